//! Calls that a hook of tier 1 was left out of.
//!
//! Step: source. The kernel does not run a program again on a processor where it is running already,
//! as it is when a task was preempted in it and another one comes the same way. It counts that, from
//! 5.12 on; here the count becomes loss records.

use std::fs;
use std::os::fd::{AsFd as _, AsRawFd as _};

use aya::programs::ProgramFd;
use ring_abi::{Kind, Loss, LossReason};

use super::counters::hand_out_loss;

/// Remembers what was told of each program.
pub(super) struct Skipped {
    programs: Vec<(Kind, ProgramFd, u64)>,
    since: u64,
}

impl Skipped {
    /// `since` is the boot clock at the probes' start.
    pub(super) fn new(programs: Vec<(Kind, ProgramFd)>, since: u64) -> Self {
        let programs = programs.into_iter();
        let programs = programs.map(|(kind, program)| {
            // What came before, as while the hooks were proven, is not missed by anybody.
            let told = misses(&program).unwrap_or(0);
            (kind, program, told)
        });
        Self {
            programs: programs.collect(),
            since,
        }
    }

    /// How many calls were left out so far.
    pub(super) fn count(&self) -> u64 {
        self.programs.iter().map(|(.., told)| told).sum()
    }

    /// Hands out a loss record for each program that was left out; `now` is the boot clock. Not
    /// every call would have made a record, so the counts are the most that it can be.
    pub(super) fn losses(&mut self, now: u64, pid: u32, take: &mut dyn FnMut(&[u8])) -> usize {
        let mut records = 0;
        for (kind, program, told) in &mut self.programs {
            let Some(misses) = misses(program).filter(|misses| misses > told) else {
                continue;
            };
            let loss = Loss {
                count: misses - *told,
                from: self.since,
                to: now,
                reason: LossReason::NESTED.0,
                kind: u32::from(kind.0),
                cpu: u32::MAX,
                _pad: 0,
            };
            *told = misses;
            hand_out_loss(&loss, pid, take);
            records += 1;
        }
        self.since = now;
        records
    }
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
