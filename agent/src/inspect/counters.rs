//! What became of the files that were to be looked into.
//!
//! Step: enrich. Atomics, because one thread counts and another shows.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of one run.
#[derive(Debug, Default)]
pub(crate) struct ScanCounters {
    /// Found no room in the queue; asked for again at the next start.
    pub(crate) dropped: AtomicU64,
    /// Searched.
    pub(crate) searched: AtomicU64,
    /// Known from an earlier run.
    pub(crate) known: AtomicU64,
    /// Of both, with packing code.
    pub(crate) with_code: AtomicU64,
    /// Could not be opened as what they were, because they had gone or changed.
    pub(crate) gone: AtomicU64,
    /// Could not be read.
    pub(crate) unreadable: AtomicU64,
    /// Had headers that make no sense.
    pub(crate) malformed: AtomicU64,
    /// Were not searched as a whole.
    pub(crate) truncated: AtomicU64,
    /// Bytes searched.
    pub(crate) bytes: AtomicU64,
    /// Microseconds that searching took in all.
    pub(crate) microseconds: AtomicU64,
    /// Microseconds that the longest search took.
    pub(crate) longest_microseconds: AtomicU64,
}

impl ScanCounters {
    /// All counters with their names.
    pub(crate) fn all(&self) -> [(&'static str, u64); 11] {
        [
            ("searched", &self.searched),
            ("known_before", &self.known),
            ("with_code", &self.with_code),
            ("dropped", &self.dropped),
            ("gone", &self.gone),
            ("unreadable", &self.unreadable),
            ("malformed", &self.malformed),
            ("truncated", &self.truncated),
            ("bytes", &self.bytes),
            ("microseconds", &self.microseconds),
            ("longest_microseconds", &self.longest_microseconds),
        ]
        .map(|(name, count)| (name, count.load(Ordering::Relaxed)))
    }

    /// All that are not zero, in one line.
    pub(crate) fn line(&self) -> String {
        let counted = self.all().into_iter().filter(|(_, count)| *count > 0);
        let words: Vec<String> = counted
            .map(|(name, count)| format!("{} {count}", name.replace('_', " ")))
            .collect();
        words.join(", ")
    }
}
