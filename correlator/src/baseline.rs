//! What is done on this host again and again, learned from settled activities.
//!
//! Step: correlate. A habit is the same work (program, parent, user, purpose) into the same
//! directory. Invariant: bounded, deterministic, and slow to trust: what counts is on how many
//! different days it was seen. Activities of high severity are never learned, so that nobody
//! trains the baseline with a theft. What a habit is worth stands in `score`.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::event::Time;
use crate::evidence::{Purpose, Text};

/// Work that was seen on this host before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Habit {
    /// What was done.
    pub work: Work,
    /// How often.
    pub times: u64,
    /// On how many different days.
    pub days: u64,
    /// When first.
    pub first_seen: Time,
    /// When last.
    pub last_seen: Time,
}

/// What makes work the same as other work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Work {
    /// The program's file.
    pub image: Vec<u8>,
    /// The parent's program file.
    pub parent: Option<Vec<u8>>,
    /// The user's number.
    pub uid: Option<u32>,
    /// What the program was told to do; `None` for packing without a utility.
    pub purpose: Option<Purpose>,
    /// The utility's name, where there is one.
    pub utility: Option<Text>,
    /// Where the output went; parts that change from run to run are `*`.
    pub directory: Vec<u8>,
}

/// All habits.
#[derive(Debug)]
pub(crate) struct Baseline {
    habits: BTreeMap<Work, Seen>,
    /// By when they were last seen, for eviction.
    ages: BTreeSet<(Time, Work)>,
    limit: usize,
    evicted: u64,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    times: u64,
    days: u64,
    first: Time,
    last: Time,
}

impl Baseline {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            habits: BTreeMap::new(),
            ages: BTreeSet::new(),
            limit: limit.max(1),
            evicted: 0,
        }
    }

    /// How often, and on how many days, this was done before.
    pub(crate) fn known(&self, work: &Work) -> Option<(u64, u64)> {
        self.habits.get(work).map(|seen| (seen.times, seen.days))
    }

    /// Learns that it was done (once more).
    pub(crate) fn learn(&mut self, work: Work, time: Time) {
        let known = self.habits.get(&work).copied();
        let seen = if let Some(known) = known {
            self.ages.remove(&(known.last, work.clone()));
            Seen {
                times: known.times.saturating_add(1),
                days: known
                    .days
                    .saturating_add(u64::from(day(time) > day(known.last))),
                first: known.first,
                last: known.last.max(time),
            }
        } else {
            self.make_room();
            Seen {
                times: 1,
                days: 1,
                first: time,
                last: time,
            }
        };
        self.ages.insert((seen.last, work.clone()));
        self.habits.insert(work, seen);
    }

    /// Puts a habit back as it was.
    pub(crate) fn restore(&mut self, habit: Habit) {
        if let Some(known) = self.habits.remove(&habit.work) {
            self.ages.remove(&(known.last, habit.work.clone()));
        }
        self.make_room();
        let seen = Seen {
            times: habit.times,
            days: habit.days,
            first: habit.first_seen,
            last: habit.last_seen,
        };
        self.ages.insert((seen.last, habit.work.clone()));
        self.habits.insert(habit.work, seen);
    }

    /// All habits, in the order of their work.
    pub(crate) fn habits(&self) -> Vec<Habit> {
        self.habits
            .iter()
            .map(|(work, seen)| Habit {
                work: work.clone(),
                times: seen.times,
                days: seen.days,
                first_seen: seen.first,
                last_seen: seen.last,
            })
            .collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.habits.len()
    }

    pub(crate) fn evicted(&self) -> u64 {
        self.evicted
    }

    fn make_room(&mut self) {
        while self.habits.len() >= self.limit {
            let Some((_, work)) = self.ages.pop_first() else {
                return;
            };
            self.habits.remove(&work);
            self.evicted += 1;
        }
    }
}

/// A directory with the parts that differ from run to run replaced: runs of digits, and what
/// `mktemp` and its kin put after a separator.
pub(crate) fn steady(directory: &[u8]) -> Vec<u8> {
    let mut steady = Vec::with_capacity(directory.len());
    for (index, component) in directory.split(|&byte| byte == b'/').enumerate() {
        if index > 0 {
            steady.push(b'/');
        }
        let separator = component
            .iter()
            .rposition(|byte| matches!(byte, b'.' | b'-' | b'_'));
        let (stem, tail) = component.split_at(separator.map_or(0, |at| at + 1));
        digits_replaced(stem, &mut steady);
        if is_random(tail) {
            steady.push(b'*');
        } else {
            digits_replaced(tail, &mut steady);
        }
    }
    steady
}

/// Whether a name looks drawn by lot: long enough, letters and digits only, and of mixed kinds.
fn is_random(tail: &[u8]) -> bool {
    let count = |kind: fn(&u8) -> bool| tail.iter().filter(|&byte| kind(byte)).count();
    let (digits, upper, lower) = (
        count(u8::is_ascii_digit),
        count(u8::is_ascii_uppercase),
        count(u8::is_ascii_lowercase),
    );
    let inner_upper = tail.iter().skip(1).any(u8::is_ascii_uppercase);
    tail.len() >= 6
        && digits + upper + lower == tail.len()
        && ((digits > 0 && upper + lower > 0) || (inner_upper && lower > 0))
}

fn digits_replaced(text: &[u8], into: &mut Vec<u8>) {
    for &byte in text {
        if !byte.is_ascii_digit() {
            into.push(byte);
        } else if into.last() != Some(&b'*') {
            into.push(b'*');
        }
    }
}

fn day(time: Time) -> u64 {
    time.0 / (24 * 60 * 60 * 1_000_000_000)
}

#[cfg(test)]
mod tests;
