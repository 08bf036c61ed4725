//! Calls that a hook of tier 1 was left out of.
//!
//! Step: source. The kernel does not run a program again on a processor where it is running already,
//! as it is when a task was preempted in it and another one comes the same way. It counts that, from
//! 5.12 on; here the count becomes loss records. Where a second program stands in for the first,
//! only what both were left out of is lost: at most the smaller of their counts.

use std::fs;
use std::os::fd::{AsFd as _, AsRawFd as _};

use aya::programs::ProgramFd;
use ring_abi::{Kind, Loss, LossReason};

use super::counters::hand_out_loss;

/// Programs that see the same calls, of which one that runs is enough, and what they make.
pub(super) type Watch = (Kind, Vec<ProgramFd>);

/// Remembers what was told of each watch.
pub(super) struct Skipped {
    watches: Vec<Watched>,
    since: u64,
}

struct Watched {
    kind: Kind,
    /// Each program with the calls that it was left out of before anybody missed them, as while the
    /// hooks were proven.
    programs: Vec<(ProgramFd, u64)>,
    told: u64,
}

impl Skipped {
    /// `since` is the boot clock at the probes' start.
    pub(super) fn new(watches: Vec<Watch>, since: u64) -> Self {
        let base = |program: ProgramFd| {
            let before = misses(&program).unwrap_or(0);
            (program, before)
        };
        let watches = watches.into_iter().map(|(kind, programs)| Watched {
            kind,
            programs: programs.into_iter().map(base).collect(),
            told: 0,
        });
        Self {
            watches: watches.collect(),
            since,
        }
    }

    /// How many calls were left out so far.
    pub(super) fn count(&self) -> u64 {
        self.watches.iter().map(|watch| watch.told).sum()
    }

    /// Hands out a loss record for each watch that was left out; `now` is the boot clock. Not every
    /// call would have made a record, so the counts are the most that it can be.
    pub(super) fn losses(&mut self, now: u64, pid: u32, take: &mut dyn FnMut(&[u8])) -> usize {
        let mut records = 0;
        for watch in &mut self.watches {
            let counts = watch.programs.iter().map(|(program, before)| {
                misses(program).map_or(0, |misses| misses.saturating_sub(*before))
            });
            let missed = missed_by_all(counts);
            if missed <= watch.told {
                continue;
            }
            let loss = Loss {
                count: missed - watch.told,
                from: self.since,
                to: now,
                reason: LossReason::NESTED.0,
                kind: u32::from(watch.kind.0),
                cpu: u32::MAX,
                _pad: 0,
            };
            watch.told = missed;
            hand_out_loss(&loss, pid, take);
            records += 1;
        }
        self.since = now;
        records
    }
}

/// The most calls that every program of a watch can have been left out of.
fn missed_by_all(counts: impl Iterator<Item = u64>) -> u64 {
    counts.min().unwrap_or(0)
}

/// How often the kernel left a program out; nothing where it does not say.
fn misses(program: &ProgramFd) -> Option<u64> {
    let descriptor = program.as_fd().as_raw_fd();
    let text = fs::read_to_string(format!("/proc/self/fdinfo/{descriptor}")).ok()?;
    read_misses(&text)
}

fn read_misses(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("recursion_misses:"))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests;
