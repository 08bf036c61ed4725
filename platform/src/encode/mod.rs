//! Native events of Windows and macOS, as records.
//!
//! Step: source. Pure: it takes plain fields and payloads, so recordings of other hosts are read
//! on every system, and the live source uses the same code. Invariant: what an event does not
//! carry stays unknown in its record; nothing is looked up or made up.

mod arguments;
pub(crate) mod endpoint;
pub(crate) mod etw;
mod files;
pub(crate) mod moment;
mod native;
mod power_shell;
mod processes;
mod records;
mod security;
mod sysmon;
mod throttle;
mod volumes;
mod wide;

pub(crate) use arguments::split;
pub(crate) use native::{Field, Gathered, Native};
pub(crate) use records::{Flow, Records, Who, opening};
pub use volumes::Volumes;
pub(crate) use wide::{text_until_zero, utf8};

use crate::source::SourceError;
use processes::Processes;

/// Encodes named events (Sysmon, Security, PowerShell), in the order in which they come.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    processes: Processes,
    /// What was read and what came of it.
    pub(crate) tally: Tally,
}

/// What was read and what came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Events of any kind.
    pub(crate) events: u64,
    /// Events that tell nothing of interest.
    pub(crate) passed_over: u64,
    /// Events of interest that lack what they must have, or whose layout is not known.
    pub(crate) undecodable: u64,
}

/// What an event came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// It was told.
    Told,
    /// It tells nothing of interest.
    PassedOver,
    /// It lacks what it must have.
    Undecodable,
}

impl Tally {
    pub(crate) fn count(&mut self, came: Came) {
        self.events += 1;
        match came {
            Came::Told => {}
            Came::PassedOver => self.passed_over += 1,
            Came::Undecodable => self.undecodable += 1,
        }
    }
}

impl Encoder {
    /// Encodes one event.
    ///
    /// # Errors
    /// When there are more records than memory may hold.
    pub(crate) fn encode(
        &mut self,
        event: &Native<'_>,
        records: &mut Records,
    ) -> Result<(), SourceError> {
        if let Some(host) = event.text(Field::Computer) {
            records.name_host(host.as_bytes());
        }
        let came = match Log::of(event) {
            Log::Sysmon => sysmon::encode(event, &mut self.processes, records),
            Log::Security => security::encode(event, &mut self.processes, records),
            Log::PowerShell => power_shell::encode(event, &self.processes, records),
            Log::Other => Some(Came::PassedOver),
        };
        self.tally.count(came.unwrap_or(Came::Undecodable));
        records.check()
    }

    /// Tells of processes that were running before the first event, as far as events name them.
    ///
    /// # Errors
    /// When there are more records than memory may hold.
    pub(crate) fn finish(&mut self, records: &mut Records) -> Result<(), SourceError> {
        self.processes.tell_earlier(records);
        records.check()
    }
}

/// Which log an event is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Log {
    Sysmon,
    Security,
    PowerShell,
    Other,
}

impl Log {
    /// By the provider's name; objects that carry none, as many exports of Sysmon, are Sysmon's if
    /// they have its time.
    fn of(event: &Native<'_>) -> Self {
        match event.text(Field::Provider) {
            Some("Microsoft-Windows-Sysmon") => Self::Sysmon,
            Some("Microsoft-Windows-Security-Auditing") => Self::Security,
            Some("Microsoft-Windows-PowerShell" | "PowerShell" | "PowerShellCore") => {
                Self::PowerShell
            }
            _ if event.text(Field::UtcTime).is_some() => Self::Sysmon,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests;
