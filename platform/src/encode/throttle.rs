//! How many records one process may make in a second, for sources whose kernel does not count them.
//!
//! Step: source. The Linux probes do the same in the kernel. Invariants: what is left out is counted
//! and told with the process's next record that passes, or its last; starts, ends and what concerns
//! the capture itself are never left out; the processes that are counted are bounded, and one that
//! finds no place is not limited.

use std::collections::HashMap;

use ring_abi::{Kind, Throttle as Told, ThrottleReason};

use super::records::Who;

/// Counts the records of each process.
#[derive(Debug)]
pub(crate) struct Throttle {
    limit: u32,
    processes: HashMap<(u32, u64), Count>,
}

/// A process's second.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    /// When it began.
    second: u64,
    records: u32,
    left_out: u64,
    since: u64,
    /// The kind of the first record that was left out.
    kind: u16,
}

/// What becomes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Passes,
    /// It passes, and before it is told what did not.
    PassesAfter(Told),
    LeftOut,
}

impl Throttle {
    /// So many records in a second.
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            limit,
            processes: HashMap::new(),
        }
    }

    /// Decides on a record.
    pub(crate) fn admit(&mut self, kind: Kind, who: Who) -> Admission {
        let key = (who.pid, who.start);
        match kind {
            Kind::EXIT => {
                let count = self.processes.remove(&key);
                return count.map_or(Admission::Passes, Count::told);
            }
            Kind::PROCESS_START | Kind::LOSS | Kind::THROTTLE | Kind::CAPTURE_START => {
                return Admission::Passes;
            }
            _ => {}
        }
        if self.processes.len() >= MOST && !self.processes.contains_key(&key) {
            self.processes
                .retain(|_, count| who.time.saturating_sub(count.second) <= SECOND);
            if self.processes.len() >= MOST {
                return Admission::Passes;
            }
        }
        let count = self.processes.entry(key).or_default();
        let mut admission = Admission::Passes;
        if who.time.abs_diff(count.second) > SECOND {
            admission = count.told();
            *count = Count {
                second: who.time,
                ..Count::default()
            };
        }
        count.records = count.records.saturating_add(1);
        if count.records <= self.limit {
            return admission;
        }
        if count.left_out == 0 {
            (count.since, count.kind) = (who.time, kind.0);
        }
        count.left_out += 1;
        Admission::LeftOut
    }
}

impl Count {
    fn told(self) -> Admission {
        if self.left_out == 0 {
            return Admission::Passes;
        }
        Admission::PassesAfter(Told {
            left_out: self.left_out,
            since: self.since,
            reason: ThrottleReason::RATE.0,
            kind: u32::from(self.kind),
        })
    }
}

/// In nanoseconds.
const SECOND: u64 = 1_000_000_000;

/// Processes that are counted at a time.
const MOST: usize = 1 << 16;

#[cfg(test)]
mod tests;
