//! How long something took, as counts of a few spans.
//!
//! Step: sink. Atomics, because one thread measures and another shows.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A histogram of spans of time.
#[derive(Debug, Default)]
pub(crate) struct Latency {
    /// One for each of [`BOUNDS`], and one for what took longer.
    counts: [AtomicU64; BOUNDS.len() + 1],
    microseconds: AtomicU64,
}

impl Latency {
    /// Adds one that took so long.
    pub(crate) fn add(&self, span: Duration) {
        let bound = BOUNDS.partition_point(|bound| span.as_secs_f64() > *bound);
        self.counts[bound].fetch_add(1, Ordering::Relaxed);
        let microseconds = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        self.microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }

    /// The sum in seconds, the number, and the number within each span.
    pub(super) fn read(&self) -> (f64, u64, Vec<(f64, u64)>) {
        let bounds = BOUNDS.into_iter().chain([f64::INFINITY]);
        let counts = self.counts.iter().map(|one| one.load(Ordering::Relaxed));
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let seconds = self.microseconds.load(Ordering::Relaxed) as f64 / 1e6;
        (seconds, count, buckets)
    }
}

/// The spans' ends in seconds; 0.05 and 0.5 are what the design promises for 99 of 100.
const BOUNDS: [f64; 13] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
