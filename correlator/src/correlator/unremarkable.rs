//! Paths that were looked up and found to say nothing.
//!
//! Step: correlate. Most reads on a host are of the same few thousand files, and looking one up
//! among the catalogue's patterns costs more than all else that is done with a read. A fixed table
//! of hashes remembers those without a meaning; a newer path takes the place of an older one. The
//! hash is one for which nobody can make up a path that is taken for another.

use std::hash::Hasher as _;

use siphasher::sip::SipHasher13;

/// The table; it must be emptied when the catalogue changes.
#[derive(Debug)]
pub(super) struct Unremarkable {
    slots: Box<[u64]>,
}

impl Default for Unremarkable {
    fn default() -> Self {
        Self {
            slots: vec![0; SLOTS].into_boxed_slice(),
        }
    }
}

impl Unremarkable {
    /// Whether the path is remembered.
    pub(super) fn contains(&self, path: &[u8]) -> bool {
        let hash = hash(path);
        self.slots[slot(hash)] == hash
    }

    /// Remembers a path that says nothing.
    pub(super) fn add(&mut self, path: &[u8]) {
        let hash = hash(path);
        self.slots[slot(hash)] = hash;
    }
}

/// Never 0, which marks an empty slot.
fn hash(path: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(path);
    hasher.finish() | 1
}

fn slot(hash: u64) -> usize {
    (hash >> 32) as usize % SLOTS
}

/// 32 KiB of hashes.
const SLOTS: usize = 4096;
