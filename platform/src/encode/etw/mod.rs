//! Events of Event Tracing for Windows, by provider, id and version.
//!
//! Step: source. An event's payload is read by the layout of its provider's manifest, or for the
//! kernel's classic events of its MOF class, with pointers of four or eight bytes. Invariants: total
//! on any payload; state is bounded; an unknown version is read as the latest known one where that
//! only added fields at the end, and is undecodable elsewhere.

mod file_payload;
mod kernel_file;
mod kernel_network;
mod kernel_process;
mod nt_kernel;
mod payload;
mod power_shell;

use super::processes::Processes;
use super::records::{Records, Who};
use super::{Came, Tally};
use crate::source::SourceError;
use kernel_file::Files;
pub(crate) use kernel_file::{Bounds, LeftOut};
use kernel_network::Connections;

/// An event as it was traced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event<'e> {
    /// The provider, or the class of a classic event; a GUID in its binary layout.
    pub(crate) provider: [u8; 16],
    /// The event's number; of a classic event its type.
    pub(crate) id: u16,
    /// Version of its layout.
    pub(crate) version: u8,
    /// When, in nanoseconds since the epoch.
    pub(crate) time: u64,
    /// In whose thread; `u32::MAX` where that was not traced.
    pub(crate) pid: u32,
    /// In which thread.
    pub(crate) tid: u32,
    /// Size of a pointer in the payload.
    pub(crate) pointer: usize,
    /// Everything else.
    pub(crate) payload: &'e [u8],
}

/// Encodes the events of a session in the order of their times.
#[derive(Debug, Default)]
pub(crate) struct Session {
    processes: Processes,
    files: Files,
    connections: Connections,
    /// Classic events of processes are no starts of their own: the newer ones are told, with the
    /// command line that only the classic ones have.
    joins: bool,
    /// What was read and what came of it.
    pub(crate) tally: Tally,
}

impl Session {
    /// For a live host, whose starts come from two providers.
    pub(crate) fn live(bounds: Bounds) -> Self {
        Self {
            files: Files::new(bounds),
            joins: true,
            ..Self::default()
        }
    }

    /// What found no room so far.
    pub(crate) fn left_out(&self) -> LeftOut {
        self.files.left_out()
    }

    /// A process runs already; says whether that is news.
    pub(crate) fn runs(&mut self, pid: u32, start: u64) -> bool {
        let is_new = !self.processes.is_known(pid);
        if is_new {
            self.processes.started(pid, start);
        }
        is_new
    }

    /// When the process that has this number now was started; 0 where it is not known.
    pub(crate) fn start_of(&self, pid: u32) -> u64 {
        self.processes.start_of(pid)
    }

    /// Encodes one event.
    ///
    /// # Errors
    /// When there are more records than memory may hold.
    pub(crate) fn encode(
        &mut self,
        event: &Event<'_>,
        records: &mut Records,
    ) -> Result<(), SourceError> {
        let came = match event.provider {
            KERNEL_PROCESS => {
                let (files, processes) = (&mut self.files, &mut self.processes);
                kernel_process::encode(event, processes, files, records)
            }
            KERNEL_FILE => self.files.encode(event, &self.processes, records),
            KERNEL_NETWORK => self.connections.encode(event, &self.processes, records),
            POWER_SHELL => power_shell::encode(event, &self.processes, records),
            NT_PROCESS if self.joins => nt_kernel::note(event, &mut self.processes),
            NT_PROCESS => nt_kernel::process(event, &mut self.processes, records),
            NT_IMAGE => nt_kernel::image(event, &self.processes, records),
            NT_FILE => nt_kernel::file(event, &mut self.files, &self.processes, records),
            _ => Some(Came::PassedOver),
        };
        if self.joins {
            self.processes.keep_only_running();
        }
        self.tally.count(came.unwrap_or(Came::Undecodable));
        records.check()
    }

    /// Tells what is still open at the end.
    ///
    /// # Errors
    /// When there are more records than memory may hold.
    pub(crate) fn finish(&mut self, records: &mut Records) -> Result<(), SourceError> {
        self.files.finish(records);
        self.processes.tell_earlier(records);
        records.check()
    }
}

/// Whether events of a provider are read at all.
pub(crate) fn is_known(provider: &[u8; 16]) -> bool {
    [
        KERNEL_PROCESS,
        KERNEL_FILE,
        KERNEL_NETWORK,
        POWER_SHELL,
        NT_PROCESS,
        NT_IMAGE,
        NT_FILE,
    ]
    .contains(provider)
}

impl Event<'_> {
    /// In whose thread it happened.
    fn who(&self, processes: &Processes) -> Who {
        self.by(self.pid, processes)
    }

    /// As if it had happened in another process.
    fn by(&self, pid: u32, processes: &Processes) -> Who {
        Who {
            time: self.time,
            pid,
            tid: if pid == self.pid { self.tid } else { 0 },
            start: processes.start_of(pid),
        }
    }
}

/// A GUID in its binary layout: its first three numbers are little-endian.
const fn guid(first: u32, second: u16, third: u16, rest: [u8; 8]) -> [u8; 16] {
    let numbers = (first as u64) | (second as u64) << 32 | (third as u64) << 48;
    let numbers = numbers.to_le_bytes();
    let mut guid = [0; 16];
    let mut at = 0;
    while at < 8 {
        guid[at] = numbers[at];
        guid[at + 8] = rest[at];
        at += 1;
    }
    guid
}

/// Microsoft-Windows-Kernel-Process.
pub(crate) const KERNEL_PROCESS: [u8; 16] = guid(
    0x22fb_2cd6,
    0x0e7b,
    0x422b,
    [0xa0, 0xc7, 0x2f, 0xad, 0x1f, 0xd0, 0xe7, 0x16],
);

/// Microsoft-Windows-Kernel-File.
pub(crate) const KERNEL_FILE: [u8; 16] = guid(
    0xedd0_8927,
    0x9cc4,
    0x4e65,
    [0xb9, 0x70, 0xc2, 0x56, 0x0f, 0xb5, 0xc2, 0x89],
);

/// Microsoft-Windows-Kernel-Network.
pub(crate) const KERNEL_NETWORK: [u8; 16] = guid(
    0x7dd4_2a49,
    0x5329,
    0x4832,
    [0x8d, 0xfd, 0x43, 0xd9, 0x79, 0x15, 0x3a, 0x88],
);

/// Microsoft-Windows-PowerShell.
pub(crate) const POWER_SHELL: [u8; 16] = guid(
    0xa0c1_853b,
    0x5c40,
    0x4b15,
    [0x87, 0x66, 0x3c, 0xf1, 0xc5, 0x8f, 0x98, 0x5a],
);

/// The kernel's classic process events.
pub(crate) const NT_PROCESS: [u8; 16] = guid(
    0x3d6f_a8d0,
    0xfe05,
    0x11d0,
    [0x9d, 0xda, 0x00, 0xc0, 0x4f, 0xd7, 0xba, 0x7c],
);

/// The kernel's classic image events.
pub(crate) const NT_IMAGE: [u8; 16] = guid(
    0x2cb1_5d1d,
    0x5fc1,
    0x11d2,
    [0xab, 0xe1, 0x00, 0xa0, 0xc9, 0x11, 0xf5, 0x18],
);

/// The kernel's classic file events.
pub(crate) const NT_FILE: [u8; 16] = guid(
    0x90cb_dc39,
    0x4a3e,
    0x11d1,
    [0x84, 0xf4, 0x00, 0x00, 0xf8, 0x04, 0x64, 0xe3],
);

#[cfg(test)]
mod tests;
