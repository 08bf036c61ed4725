//! The thread that commits findings, then hands them on to be told.
//!
//! Step: sink. Invariants: a finding is committed before it is told, unless the state fails; it is
//! spooled before it is committed, so that one which the state knows is never missing in the stream
//! (the start takes over what was spooled and not committed, see [`reconcile`]); a snapshot is saved after every finding that the correlator had made by then, because it knows
//! them as told.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use correlator::Finding;
use crossbeam_channel::Receiver;

use super::desk::{Desk, Told};
use super::ocsf::Document;
use super::outbox::{Feed, Letter};
use super::shelf::Shelf;
use crate::config;
use crate::host::Host;
use crate::pulse::Flow;
use crate::spool::Spool;
use crate::state::{Kept, Store};
use crate::stream::FindingFeed;
use crate::wire;

/// The keeper's means.
pub(super) struct Keeper {
    shelf: Shelf,
    desk: Desk,
    stream: Option<FindingFeed>,
    told: Feed<Told>,
    flow: Flow,
}

impl Keeper {
    pub(super) fn new(
        shelf: Shelf,
        desk: Desk,
        stream: Option<FindingFeed>,
        told: Feed<Told>,
        flow: Flow,
    ) -> Self {
        Self {
            shelf,
            desk,
            stream,
            told,
            flow,
        }
    }

    /// Works until nobody can send any more. What waits together is committed together.
    pub(super) fn work(mut self, incoming: &Receiver<Letter>) {
        while let Ok(first) = incoming.recv() {
            let mut waiting = Vec::new();
            let mut snapshot = None;
            let mut scans = None;
            let mut letters = 0;
            for letter in std::iter::once(first).chain(incoming.try_iter().take(GROUP)) {
                letters += 1;
                match letter {
                    Letter::Finding(finding, host) => {
                        waiting.extend(self.draw_up(*finding, &host));
                    }
                    Letter::Snapshot(bytes) => snapshot = Some(bytes),
                    Letter::Scans(found, about) => scans = Some((found, about)),
                    Letter::Settings(converter, bounds) => {
                        self.desk.set_converter(converter);
                        self.shelf.set_bounds(bounds);
                    }
                }
            }
            let documents: Vec<Kept> = waiting.iter().map(kept).collect();
            if let Some(stream) = &self.stream {
                let documents = documents.iter();
                stream.put(documents.map(|kept| (kept.time, &*kept.json)));
            }
            self.shelf.put(documents.into_iter());
            for told in waiting {
                if self.told.offer(told).is_err() {
                    self.shelf.delivery().untold.fetch_add(1, Ordering::Relaxed);
                }
            }
            if let Some((found, about)) = scans {
                self.shelf.keep_scans(&found, &about);
            }
            if let Some(bytes) = snapshot {
                self.shelf.save(&bytes);
            }
            self.flow.taken(letters);
        }
        self.shelf.close();
    }

    fn draw_up(&mut self, finding: Finding, host: &Host) -> Option<Told> {
        let state = &self.shelf;
        let told = self.desk.draw_up(finding, host, |uid| state.document(uid));
        if told.is_none() {
            state.delivery().repeated.fetch_add(1, Ordering::Relaxed);
        }
        told
    }
}

/// Commits what an earlier run spooled and was killed before it could commit. Gives how many.
///
/// # Errors
/// When the spool cannot be read, or the state fails.
pub(crate) fn reconcile(
    spool: &mut Spool,
    store: &Store,
    bounds: &config::State,
) -> anyhow::Result<usize> {
    let mut latest: HashMap<u128, (u32, Kept)> = HashMap::new();
    spool.each_finding(|item| {
        if let Some((uid, revision, kept)) = document(item) {
            latest.insert(uid, (revision, kept));
        }
    })?;
    let mut missing = Vec::new();
    for (uid, (revision, kept)) in latest {
        let known = store.finding(uid)?;
        let known = known.and_then(|json| serde_json::from_slice::<Document>(&json).ok());
        let known = known.map_or(0, |known| known.unmapped.packhound.revision);
        if known < revision {
            missing.push(kept);
        }
    }
    if !missing.is_empty() {
        store.keep(&missing, bounds)?;
    }
    Ok(missing.len())
}

/// The finding in a spooled item, if it is one.
fn document(item: &[u8]) -> Option<(u128, u32, Kept)> {
    let json = wire::finding(item)?;
    let document: Document = serde_json::from_slice(&json).ok()?;
    let uid = u128::from_str_radix(&document.finding_info.uid, 16).ok()?;
    let kept = Kept {
        uid,
        time: document.time,
        json,
    };
    Some((uid, document.unmapped.packhound.revision, kept))
}

fn kept(told: &Told) -> Kept {
    Kept {
        uid: told.uid,
        time: told.document.time,
        json: serde_json::to_vec(&told.document).expect("a document holds only what JSON can say"),
    }
}

/// Findings that are committed together at most.
const GROUP: usize = 256;
