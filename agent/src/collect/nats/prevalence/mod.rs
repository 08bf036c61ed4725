//! What the fleet knows: on how many hosts a packing was seen, kept in a `JetStream` bucket.
//!
//! Step: sink. Agents send a pattern with each finding; the collector counts on how many distinct
//! hosts it was seen in the last two weeks, and answers agents that ask. The bucket is the only
//! memory that is shared, so any number of collectors may work on one.
//!
//! How hosts are counted was a choice between three layouts. One key per pattern and host needs no
//! reading before writing, but 10,000 hosts with 200 customs each make two million subjects, which
//! a server holds in its memory, and counting one pattern means listing up to 10,000 of them. A
//! plain list in one key per pattern is rewritten for every host every day, 40 KB at a time. So a
//! pattern has one key whose value is a [`sketch`]: the 256 smallest keyed hashes of hosts, each
//! with the days on which it first and last saw the pattern. Up to 256 hosts it is exact, beyond
//! that it errs by 6 %; a host outside of the sample never writes, one inside of it once a day; the
//! value has at most 3 KB. Collectors that write at once are kept apart by compare-and-set on the
//! key's revision, and since a host's sighting can be added again without harm, whoever loses reads
//! again and repeats it.
//!
//! What keeps an intruder from making his packing look usual: only distinct hosts count and never
//! the asking one; which hosts are in the sample depends on a salt that only collectors know; a
//! host counts for a pattern only days after it first showed it (`--nats-prevalence-after`); and
//! the correlator never lets this knowledge outweigh what tells. A host is who an accepted agent
//! says it is: whoever may connect to a collector as an agent could invent hosts, which is why
//! sockets are closed to all but root.
//!
//! Bounds: two weeks of age and 64 MiB for the bucket, which takes nothing new when it is full; 200
//! patterns for a host and day; a bounded queue, of which what does not fit is dropped and counted,
//! for a custom is seen again tomorrow. Nothing here delays an acknowledgement.

mod keeper;
mod sketch;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_nats::jetstream::Context;
use tokio::sync::{mpsc, oneshot, watch};

use crate::collect::Counters;
use crate::sink::Console;
use crate::wire::Known;

/// What the keeper of the bucket needs to know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    /// Days after which a host's sighting of a pattern counts for others.
    pub(super) after: u16,
    /// Replicas of a bucket that is made.
    pub(super) replicas: usize,
}

/// The connections' end.
#[derive(Clone)]
pub(in crate::collect) struct Fleet {
    requests: mpsc::Sender<Request>,
    counters: Arc<Counters>,
}

/// What is asked of the keeper.
enum Request {
    /// A host is there.
    Present([u8; 16]),
    /// A host saw a pattern.
    Seen([u8; 16], [u8; 16]),
    /// A host wants to know.
    Asked([u8; 16], Vec<[u8; 16]>, oneshot::Sender<Known>),
}

impl Fleet {
    /// Starts the keeper on the runtime of publishing; it works whenever there is a connection.
    pub(super) fn start(
        settings: Settings,
        connected: watch::Receiver<Option<Context>>,
        console: Console,
        counters: &Arc<Counters>,
    ) -> (Self, impl Future<Output = ()> + use<>) {
        let (requests, requested) = mpsc::channel(REQUESTS);
        let fleet = Self {
            requests,
            counters: Arc::clone(counters),
        };
        let keeper = keeper::Keeper::new(settings, connected, console, Arc::clone(counters));
        (fleet, keeper.work(requested))
    }

    /// A host is there.
    pub(in crate::collect) fn present(&self, agent: [u8; 16]) {
        self.request(Request::Present(agent));
    }

    /// A host told a finding.
    pub(in crate::collect) fn told(&self, agent: [u8; 16], finding: &[u8]) {
        if let Some(pattern) = pattern(finding) {
            self.request(Request::Seen(agent, pattern));
        }
    }

    /// What the fleet knows; nothing where the keeper cannot tell.
    pub(in crate::collect) async fn known(
        &self,
        agent: [u8; 16],
        patterns: Vec<[u8; 16]>,
    ) -> Known {
        let (answer, answered) = oneshot::channel();
        self.request(Request::Asked(agent, patterns, answer));
        answered.await.unwrap_or_default()
    }

    fn request(&self, request: Request) {
        if self.requests.try_send(request).is_err() {
            let dropped = &self.counters.prevalence_dropped;
            dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The pattern that a finding names.
fn pattern(finding: &[u8]) -> Option<[u8; 16]> {
    let finding: serde_json::Value = serde_json::from_slice(finding).ok()?;
    let digits = finding.pointer("/unmapped/packhound/pattern")?.as_str()?;
    let number = u128::from_str_radix(digits, 16).ok();
    number.filter(|_| digits.len() == 32).map(u128::to_be_bytes)
}

/// Requests that wait for the keeper.
const REQUESTS: usize = 4096;
