//! How often a library's probes are met, and when they must rest.
//!
//! Step: source. A probe costs every call of its function a trap, so a library that is called too
//! often loses its probes for a while, for twice as long each time that it is no better after it;
//! what is called so often was told long before. Plain arithmetic; the clock and the counters are
//! somebody else's.

use std::time::Duration;

/// A library's pace.
#[derive(Debug)]
pub(super) struct Pace {
    calls: u64,
    /// What is left of a rest.
    resting: Option<Duration>,
    /// How long the next rest lasts.
    next: Duration,
}

/// What is to be done with the probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Stay,
    /// For so long.
    Rest(Duration),
    Resume,
}

impl Pace {
    /// Begins at so many calls.
    pub(super) fn new(calls: u64) -> Self {
        Self {
            calls,
            resting: None,
            next: SHORTEST,
        }
    }

    /// Looks again after `elapsed`.
    pub(super) fn look(&mut self, calls: u64, elapsed: Duration) -> Step {
        let met = calls.wrapping_sub(self.calls);
        self.calls = calls;
        if let Some(left) = self.resting {
            self.resting = left.checked_sub(elapsed).filter(|left| !left.is_zero());
            return if self.resting.is_none() {
                Step::Resume
            } else {
                Step::Stay
            };
        }
        if (met as f64) > MOST_A_SECOND * elapsed.as_secs_f64() {
            let rest = self.next;
            self.resting = Some(rest);
            self.next = (rest * 2).min(LONGEST);
            return Step::Rest(rest);
        }
        self.next = SHORTEST;
        Step::Stay
    }
}

/// Calls in a second above which probes rest: about one hundredth of a processor.
const MOST_A_SECOND: f64 = 10_000.0;
const SHORTEST: Duration = Duration::from_secs(4);
const LONGEST: Duration = Duration::from_secs(64);

#[cfg(test)]
mod tests;
