//! The thread that commits findings, then hands them on to be told.
//!
//! Step: sink. Invariants: a finding is committed before it is told, unless the state fails; a
//! snapshot is saved after every finding that the correlator had made by then, because it knows
//! them as told.

use std::sync::atomic::Ordering;

use correlator::Finding;
use crossbeam_channel::Receiver;

use super::desk::{Desk, Told};
use super::outbox::{Feed, Letter};
use super::shelf::Shelf;
use crate::host::Host;
use crate::state::Kept;

/// The keeper's means.
pub(super) struct Keeper {
    shelf: Shelf,
    desk: Desk,
    told: Feed<Told>,
}

impl Keeper {
    pub(super) fn new(shelf: Shelf, desk: Desk, told: Feed<Told>) -> Self {
        Self { shelf, desk, told }
    }

    /// Works until nobody can send any more. What waits together is committed together.
    pub(super) fn work(mut self, incoming: &Receiver<Letter>) {
        while let Ok(first) = incoming.recv() {
            let mut waiting = Vec::new();
            let mut snapshot = None;
            let mut scans = None;
            for letter in std::iter::once(first).chain(incoming.try_iter().take(GROUP)) {
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
            self.shelf.put(waiting.iter().map(kept));
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

fn kept(told: &Told) -> Kept {
    Kept {
        uid: told.uid,
        time: told.document.time,
        json: serde_json::to_vec(&told.document).expect("a document holds only what JSON can say"),
    }
}

/// Findings that are committed together at most.
const GROUP: usize = 256;
