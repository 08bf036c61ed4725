//! Sends what a daemon would have sent while a recording is replayed.
//!
//! Step: sink, wired. It goes through the spool like a daemon's stream, so what the collector does
//! not take waits there for the next one. Unlike a daemon a replay waits for its own disk, and at
//! its end for the collector, as long as that goes on taking items.

use std::time::Duration;

use anyhow::bail;
use correlator::Finding;
use platform::Duty;

use crate::config::Settings;
use crate::sink::ocsf::Document;
use crate::sink::{Console, Stats};
use crate::state::Store;
use crate::stream::{FindingFeed, Stream, Tap};

/// The stream of a replay.
pub(super) struct Streamed {
    stream: Stream,
    findings: FindingFeed,
    tap: Tap,
    /// Keeps the agent's identifier, and other daemons out.
    _store: Store,
}

impl Streamed {
    /// Opens state and spool and begins to stream.
    pub(super) fn start(settings: &Settings, console: &Console) -> anyhow::Result<Self> {
        let store = Store::open(&settings.state.path)?;
        let (stream, mut tap) =
            crate::commands::streaming::start(settings, &store, console, Duty::Writing)?;
        tap.be_patient();
        Ok(Self {
            findings: stream.findings(),
            stream,
            tap,
            _store: store,
        })
    }

    /// Takes a record.
    pub(super) fn record(&mut self, bytes: &[u8]) {
        self.tap.record(bytes);
    }

    /// Takes a finding, whose processes' records may be wanted.
    pub(super) fn finding(&mut self, finding: &Finding) {
        self.tap.finding(finding);
    }

    /// Takes a finding's document.
    pub(super) fn document(&self, document: &Document) {
        let json = serde_json::to_vec(document).expect("a document holds only what JSON can say");
        self.findings.put(std::iter::once((document.time, &*json)));
    }

    /// Waits until the collector has everything, or takes nothing for [`PATIENCE`].
    pub(super) fn finish(self, stats: &mut Stats) -> anyhow::Result<()> {
        drop(self.tap);
        let streamed = self.stream.deliver(PATIENCE);
        stats.streamed(&streamed);
        if !streamed.whole {
            bail!(
                "the collector has not taken all of it: the rest waits in the spool for the next \
                 agent that streams from it"
            );
        }
        Ok(())
    }
}

/// Longest time in which a collector may take nothing.
const PATIENCE: Duration = Duration::from_secs(15);
