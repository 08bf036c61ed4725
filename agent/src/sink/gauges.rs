//! What the status line shows, published by the thread that counts.
//!
//! Step: sink. Atomics, so that showing never slows counting.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::wording::count;

/// The latest counts.
#[derive(Debug, Default)]
pub(crate) struct Gauges {
    /// Records read.
    pub(crate) records: AtomicU64,
    /// Processes that run.
    pub(crate) processes: AtomicU64,
    /// Findings, updates included.
    pub(crate) findings: AtomicU64,
    /// Records lost.
    pub(crate) lost: AtomicU64,
    /// Records at the last line.
    shown: AtomicU64,
}

impl Gauges {
    /// The status line, `passed` after the last one.
    pub(crate) fn line(&self, passed: Duration) -> String {
        let records = self.records.load(Ordering::Relaxed);
        let before = self.shown.swap(records, Ordering::Relaxed);
        let rate = (records.saturating_sub(before)) as f64 / passed.as_secs_f64().max(0.001);
        let lost = self.lost.load(Ordering::Relaxed);
        format!(
            "watching: {rate:.0} records/s, {}, {}, {}",
            count(self.processes.load(Ordering::Relaxed), "process"),
            count(self.findings.load(Ordering::Relaxed), "finding"),
            if lost == 0 {
                "nothing lost".to_owned()
            } else {
                format!("{lost} lost")
            }
        )
    }
}
