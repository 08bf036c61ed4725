//! The state as a place that may fail for a while, such as on a full disk.
//!
//! Step: sink. Invariant: what could not be committed waits, bounded, and is committed first when
//! the state works again; only what the bound pushes out, or still waits at the end, is unkept.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::console::Console;
use super::ocsf::Document;
use super::outbox::Delivery;
use crate::config;
use crate::inspect::KeptScan;
use crate::state::{Kept, StateError, Store};

/// The state and what waits for it.
pub(super) struct Shelf {
    /// None after a failure: the database refuses to go on then, and must be opened anew.
    store: Option<Store>,
    directory: PathBuf,
    bounds: config::State,
    waiting: VecDeque<Kept>,
    console: Console,
    delivery: Arc<Delivery>,
    failing: bool,
}

impl Shelf {
    pub(super) fn new(
        store: Store,
        bounds: config::State,
        console: Console,
        delivery: Arc<Delivery>,
    ) -> Self {
        Self {
            store: Some(store),
            directory: bounds.path.clone(),
            bounds,
            waiting: VecDeque::new(),
            console,
            delivery,
            failing: false,
        }
    }

    /// The counters of what became of findings.
    pub(super) fn delivery(&self) -> &Delivery {
        &self.delivery
    }

    /// Changes how long and how much is kept; where it is kept changes at the next start.
    pub(super) fn set_bounds(&mut self, bounds: config::State) {
        self.bounds = bounds;
    }

    /// The document that was committed last for a finding.
    pub(super) fn document(&self, uid: u128) -> Option<Document> {
        let json = self.store.as_ref()?.finding(uid).ok()??;
        serde_json::from_slice(&json).ok()
    }

    /// Commits findings, those that waited first.
    pub(super) fn put(&mut self, findings: impl Iterator<Item = Kept>) {
        self.waiting.extend(findings);
        if self.waiting.is_empty() {
            return;
        }
        let waiting: &[Kept] = self.waiting.make_contiguous();
        let outcome = opened(&mut self.store, &self.directory)
            .and_then(|store| store.keep(waiting, &self.bounds));
        match outcome {
            Ok(()) => {
                let number = self.waiting.len() as u64;
                self.delivery.kept.fetch_add(number, Ordering::Relaxed);
                self.waiting.clear();
                self.work_again();
            }
            Err(error) => {
                self.fail(&error);
                let over = self.waiting.len().saturating_sub(WAITING);
                self.waiting.drain(..over);
                self.delivery
                    .unkept
                    .fetch_add(over as u64, Ordering::Relaxed);
            }
        }
    }

    /// Saves the correlator's state, unless findings that it knows as told still wait.
    pub(super) fn save(&mut self, snapshot: &[u8]) {
        self.put(std::iter::empty());
        if !self.waiting.is_empty() {
            return;
        }
        let saved = opened(&mut self.store, &self.directory)
            .and_then(|store| store.save(SNAPSHOT, snapshot));
        match saved {
            Ok(()) => self.work_again(),
            Err(error) => self.fail(&error),
        }
    }

    /// Keeps what was found in executables; what cannot be kept is searched again some day.
    pub(super) fn keep_scans(&mut self, found: &[KeptScan], about: &str) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = now.map_or(0, |now| now.as_millis() as u64);
        let kept = opened(&mut self.store, &self.directory)
            .and_then(|store| store.keep_scans(found, now, about));
        match kept {
            Ok(gone) => {
                self.delivery
                    .scans_evicted
                    .fetch_add(gone, Ordering::Relaxed);
                self.work_again();
            }
            Err(error) => self.fail(&error),
        }
    }

    /// Tries once more, and counts what then still waits as unkept.
    pub(super) fn close(mut self) {
        self.put(std::iter::empty());
        let left = self.waiting.len() as u64;
        self.delivery.unkept.fetch_add(left, Ordering::Relaxed);
    }

    /// Says once that the state fails; findings are told all the same.
    fn fail(&mut self, error: &StateError) {
        self.store = None;
        if !self.failing {
            self.failing = true;
            let message = format!("findings are told but not kept for now: {error}");
            self.console.say(&message);
        }
    }

    fn work_again(&mut self) {
        if self.failing {
            self.failing = false;
            self.console
                .say("findings are kept again, those that waited too");
        }
    }
}

/// The store, opened anew where it failed before.
fn opened<'s>(
    store: &'s mut Option<Store>,
    directory: &std::path::Path,
) -> Result<&'s Store, StateError> {
    match store {
        Some(store) => Ok(store),
        None => Ok(store.insert(Store::open(directory)?)),
    }
}

/// The name of the correlator's state in the database.
pub(crate) const SNAPSHOT: &str = "correlator";

/// Findings that wait for the state at most.
const WAITING: usize = 1024;

#[cfg(test)]
mod tests;
