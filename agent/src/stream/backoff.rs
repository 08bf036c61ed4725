//! How long to wait before the next attempt to connect.
//!
//! Step: sink. The wait doubles up to a bound; a random part keeps a fleet from coming back in the
//! same moment.

use std::time::Duration;

/// The waits of a row of attempts.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failed: u32,
}

impl Backoff {
    /// The next wait: between half of the bound and all of it. `random` is any number.
    pub(super) fn next(&mut self, random: u64) -> Duration {
        let bound = FIRST.saturating_mul(1 << self.failed.min(16)).min(LONGEST);
        self.failed += 1;
        let half = bound / 2;
        let part = (random % 1_000) as u32;
        half + half * part / 1_000
    }

    /// After a success the next row begins anew.
    pub(super) fn reset(&mut self) {
        self.failed = 0;
    }
}

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests;
