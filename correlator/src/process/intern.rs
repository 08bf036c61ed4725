//! One copy of each path, user and container name, however many processes share it.
//!
//! Step: correlate. Invariant: the set is swept whenever it has doubled since the last sweep, so
//! that it holds at most twice what is in use and the cost of sweeping is spread over insertions.

use std::sync::Arc;

use rustc_hash::FxHashSet;

/// A shared name.
pub(crate) type Name = Arc<[u8]>;

/// The names in use.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    names: FxHashSet<Name>,
    texts: FxHashSet<Arc<str>>,
    sweep_at: usize,
}

impl Interner {
    /// The shared copy of `bytes`.
    pub(crate) fn name(&mut self, bytes: &[u8]) -> Name {
        if let Some(name) = self.names.get(bytes) {
            return name.clone();
        }
        self.sweep();
        let name = Name::from(bytes);
        self.names.insert(name.clone());
        name
    }

    /// The shared copy of `text`.
    pub(crate) fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(shared) = self.texts.get(text) {
            return shared.clone();
        }
        self.sweep();
        let shared = Arc::<str>::from(text);
        self.texts.insert(shared.clone());
        shared
    }

    /// Bytes that the set and its names take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        let names: usize = self.names.iter().map(|name| name.len() + ENTRY).sum();
        let texts: usize = self.texts.iter().map(|text| text.len() + ENTRY).sum();
        names + texts
    }

    fn sweep(&mut self) {
        if self.names.len() + self.texts.len() < self.sweep_at.max(FIRST_SWEEP) {
            return;
        }
        self.names.retain(|name| Arc::strong_count(name) > 1);
        self.texts.retain(|text| Arc::strong_count(text) > 1);
        self.sweep_at = 2 * (self.names.len() + self.texts.len());
    }
}

/// Below this many names sweeping is not worth its while.
const FIRST_SWEEP: usize = 4_096;

/// What an entry costs beside its bytes: the counters, the pointer, its share of the table.
const ENTRY: usize = 16 + 16 + 8;

#[cfg(test)]
mod tests;
