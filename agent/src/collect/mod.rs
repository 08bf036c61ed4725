//! `packhound collect`: many agents in, files out.
//!
//! Step: sink, at the other end of the stream. One thread talks to all agents ([`server`],
//! [`connection`]), one writes ([`writer`]). Invariants: an item is acknowledged only when it is on
//! disk together with the position that keeps it from being written again ([`positions`]); what is
//! on its way through memory is bounded in bytes, whatever the number of agents; one agent's
//! mistake ends its own connection and nothing else.

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
use std::time::Duration;

use serde_json::json;

pub(crate) use nats::{Login, Target};
pub(crate) use server::serve;

/// How to collect.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The socket.
    pub(crate) listen: PathBuf,
    /// Its permission bits.
    pub(crate) access: platform::host::Access,
    /// Users that agents may run as.
    pub(crate) agent_uids: Vec<u32>,
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
}

impl Counters {
    /// As JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        let read = |counter: &AtomicU64| counter.load(std::sync::atomic::Ordering::Relaxed);
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
