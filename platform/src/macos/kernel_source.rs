//! The live kernel as a source of records, through `EndpointSecurity`.
//!
//! Step: source. Opening it makes the client and lists what runs already; polling takes copies of
//! messages out of the ring, moves them through [`Live`], and hands its records out. Everything that
//! decides is in [`crate::endpoint`]. After [`Source::close`] the ring is emptied, so every message
//! that was copied becomes a record or is counted.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::client::Client;
use super::{content, process, system};
use crate::endpoint::{Live, LiveBounds};
use crate::looks::{Looker, wall};
use crate::source::{Progress, Source, SourceError, SourceStats};
use crate::survey::{Hook, Options, Tier};

/// The live kernel.
pub struct KernelSource {
    client: Client,
    looker: Option<Looker>,
    live: Live,
    notes: std::cell::RefCell<Vec<String>>,
    closed: bool,
}

impl KernelSource {
    /// Makes the client.
    ///
    /// # Errors
    /// `Privilege` when this program may not be one, `Unsupported` when the system takes none.
    pub fn open(options: &Options) -> Result<Self, SourceError> {
        let begin = wall();
        let mut client = Client::start(options.ring_bytes as usize)?;
        let mut notes = std::mem::take(&mut client.notes);
        let looker = Looker::start(|| content::look, || {});
        let identity = system::identity();
        let mut live = Live::new(
            identity.host.as_deref(),
            identity.boot.as_deref(),
            begin,
            &LiveBounds {
                directories_per_process: options.directories_per_process as usize,
                records_per_second: options.records_per_second,
                looking: looker.is_ok(),
            },
        );
        if let Err(error) = &looker {
            notes.push(format!(
                "no thread for looking at files, so their contents stay unknown: {error}"
            ));
        }
        if options.rundown {
            match process::running() {
                Ok(running) => live.runs(&running, begin),
                Err(error) => notes.push(format!("what runs already cannot be listed: {error}")),
            }
        }
        Ok(Self {
            client,
            looker: looker.ok(),
            live,
            notes: notes.into(),
            closed: false,
        })
    }

    /// Where the hooks stand, on systems with more than one tier.
    #[must_use]
    pub fn tier(&self) -> Option<Tier> {
        None
    }

    /// The hooks and whether they listen.
    #[must_use]
    pub fn hooks(&self) -> &[Hook] {
        &self.client.hooks
    }

    /// How functions of libraries are watched; else why they are not.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn library_probes(&self) -> Result<&'static str, &str> {
        Err(
            "macOS tells which files are mapped, not which of their functions are called; what a \
             program could call is read from its file",
        )
    }

    /// What there is to say that no counter tells, each once.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.notes.take()
    }

    /// Whether everything that already ran has been handed out.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        // It stands before everything else that is handed out.
        true
    }

    /// Moves messages on to where they are records.
    fn turn(&mut self) {
        let now = Instant::now();
        let mut taken = 0;
        while taken < MOST_IN_A_TURN
            && self.live.has_room()
            && let Some(copy) = self.client.ring.take()
        {
            self.live.take(copy, now);
            taken += 1;
        }
        self.live.dropped(self.client.ring.dropped(), wall());
        if let Some(looker) = &self.looker {
            looker.serve(self.live.outgoing());
        }
    }
}

impl Source for KernelSource {
    fn poll(
        &mut self,
        wait: Duration,
        limit: usize,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Progress, SourceError> {
        self.turn();
        let mut records = self.live.outgoing().hand_out(Instant::now(), limit, take);
        if records == 0 && !self.closed {
            // What is held back leaves by the clock, not by a new message.
            let longest = if self.live.is_drained() {
                wait
            } else {
                wait.min(HELD)
            };
            self.client.ring.wait(longest);
            self.turn();
            records = self.live.outgoing().hand_out(Instant::now(), limit, take);
        }
        if self.closed && self.client.ring.is_empty() {
            self.live.end();
            let left = limit.saturating_sub(records);
            records += self.live.outgoing().hand_out(Instant::now(), left, take);
            if records == 0 && self.live.is_drained() {
                return Ok(Progress::Ended);
            }
        }
        Ok(Progress::Records(records))
    }

    fn stats(&mut self) -> SourceStats {
        let counts = self.client.counts();
        let mut stats = self.live.stats();
        let count = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
        stats.others.extend([
            ("messages", count(&counts.messages)),
            ("messages_passed_over", count(&counts.passed_over)),
            ("callbacks_failed", count(&counts.failed)),
        ]);
        stats
    }

    fn close(&mut self) -> Result<(), SourceError> {
        self.closed = true;
        self.client.stop()
    }
}

/// Messages between two looks at what else is to be done.
const MOST_IN_A_TURN: usize = 4096;

/// How often what is held back is looked at.
const HELD: Duration = Duration::from_millis(20);
