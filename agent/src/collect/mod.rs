//! `packhound collect`: many agents in, files out.
//!
//! Step: sink, at the other end of the stream. One thread talks to all agents ([`server`],
//! [`connection`]), one writes ([`writer`]). Invariants: an item is acknowledged only when it is on
//! disk together with the position that keeps it from being written again ([`positions`]); what is
//! on its way through memory is bounded in bytes, whatever the number of agents; one agent's
//! mistake ends its own connection and nothing else.

mod beats;
mod columns;
mod connection;
mod day;
mod findings;
mod journal;
mod nats;
mod positions;
mod rows;
mod server;
mod speaking;
mod table;
mod writer;

use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use platform::host::{Access, User};
use serde_json::json;

pub(crate) use nats::{Login, Target};
pub(crate) use server::serve;

/// How to collect.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The socket.
    pub(crate) listen: PathBuf,
    /// Its permission bits.
    pub(crate) access: Access,
    /// Users that agents may run as.
    pub(crate) agents: Vec<User>,
    /// The directory below which everything is written.
    pub(crate) out: PathBuf,
    /// A file of findings is closed at this size.
    pub(crate) rotate_bytes: u64,
    /// A file of findings, and telemetry that waits to become a table, is closed at this age.
    pub(crate) rotate_every: Duration,
    /// Compress closed files of findings.
    pub(crate) compress: bool,
    /// Connections at most.
    pub(crate) connections: usize,
    /// Where everything is published, too, before it is acknowledged.
    pub(crate) publish: Option<Target>,
    /// How long agents are waited for.
    pub(crate) patience: Patience,
    /// Where counters can be asked for.
    pub(crate) metrics: crate::config::Metrics,
}

/// How long agents are waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Longest silence between frames.
    pub(crate) silence: Duration,
    /// Longest time for the first frame, and for the rest of one that has begun.
    pub(crate) frame: Duration,
}

/// What the collector did.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Connections that were accepted.
    pub(crate) accepted: AtomicU64,
    /// Connections that were refused or ended with an error.
    pub(crate) ended: AtomicU64,
    /// Connections of allowed users that found no room.
    pub(crate) full: AtomicU64,
    /// Findings written.
    pub(crate) findings: AtomicU64,
    /// Records written.
    pub(crate) records: AtomicU64,
    /// Reports of losses written.
    pub(crate) losses: AtomicU64,
    /// Items that had been written before.
    pub(crate) repeated: AtomicU64,
    /// Items that never came, by the gaps in their sequences.
    pub(crate) missing: AtomicU64,
    /// Records that are none.
    pub(crate) undecodable: AtomicU64,
    /// Messages that a stream took.
    pub(crate) published: AtomicU64,
    /// Messages that a stream had already.
    pub(crate) published_before: AtomicU64,
    /// Messages that no stream can take.
    pub(crate) unpublishable: AtomicU64,
    /// Attempts to publish that failed.
    pub(crate) publish_failures: AtomicU64,
    /// Sightings of packings on hosts that were written for the fleet.
    pub(crate) prevalence_written: AtomicU64,
    /// Sightings and questions that found no room or no answer.
    pub(crate) prevalence_dropped: AtomicU64,
    /// Connections that are open.
    pub(crate) connected: AtomicU64,
    /// Of those that were refused or ended with an error, why, in the order of [`ENDINGS`].
    pub(crate) endings: [AtomicU64; ENDINGS.len()],
    /// Bytes of frames that came.
    pub(crate) received: AtomicU64,
    /// Batches that came.
    pub(crate) batches: AtomicU64,
    /// Batches that were acknowledged.
    pub(crate) acknowledged: AtomicU64,
    /// Lanes of agents' epochs that are remembered.
    pub(crate) positions: AtomicU64,
    /// Bytes of findings written.
    pub(crate) finding_bytes: AtomicU64,
    /// Bytes of telemetry written to journals.
    pub(crate) record_bytes: AtomicU64,
    /// Attempts to write that failed.
    pub(crate) write_failures: AtomicU64,
    /// Attempts to close files that failed.
    pub(crate) close_failures: AtomicU64,
    /// 1 while nothing can be written.
    pub(crate) failing: AtomicU64,
    /// Journals that wait to become tables.
    pub(crate) journals: AtomicU64,
    /// Journals that became tables.
    pub(crate) tabled: AtomicU64,
    /// Turns that the writing thread took, failed attempts included; not told.
    pub(crate) turns: AtomicU64,
}

/// Why connections are refused or end with an error: the names of the protocol's codes, and those
/// of what no code is sent for.
pub(crate) const ENDINGS: [&str; 12] = [
    "version",
    "length",
    "malformed",
    "unexpected",
    "silent",
    "slow",
    "window",
    "flood",
    "full",
    "user",
    "broken",
    "other",
];

/// The place of connections that found no room.
const FULL: usize = 8;

impl Counters {
    /// Counts a connection that was refused or ended with an error.
    pub(crate) fn end(&self, why: &str) {
        let known = ENDINGS.iter().position(|known| *known == why);
        let place = known.unwrap_or(ENDINGS.len() - 1);
        self.endings[place].fetch_add(1, Relaxed);
        self.ended.fetch_add(1, Relaxed);
    }

    /// Counts a connection that found no room; gives how many did before.
    pub(crate) fn turn_away(&self) -> u64 {
        self.endings[FULL].fetch_add(1, Relaxed);
        self.full.fetch_add(1, Relaxed)
    }

    /// As JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        let read = |counter: &AtomicU64| counter.load(Relaxed);
        json!({
            "accepted": read(&self.accepted),
            "ended_with_an_error": read(&self.ended),
            "full": read(&self.full),
            "findings": read(&self.findings),
            "records": read(&self.records),
            "losses": read(&self.losses),
            "repeated": read(&self.repeated),
            "missing": read(&self.missing),
            "undecodable": read(&self.undecodable),
            "published": read(&self.published),
            "published_before": read(&self.published_before),
            "unpublishable": read(&self.unpublishable),
            "publish_failures": read(&self.publish_failures),
            "prevalence_written": read(&self.prevalence_written),
            "prevalence_dropped": read(&self.prevalence_dropped),
        })
    }
}
