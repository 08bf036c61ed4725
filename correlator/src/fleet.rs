//! What other hosts know: on how many of them a packing like this one was seen.
//!
//! Step: correlate. A pattern is work without what differs between hosts: no user, no name of a
//! home. Who asks the fleet and how is not known here; answers come as events and are kept in a
//! bounded table until they are stale. Invariants: a small fleet gives no verdict; the answer never
//! counts this host itself; what an answer is worth stands in `score`.

use std::collections::{BTreeMap, BTreeSet};

use crate::baseline::Work;
use crate::event::Time;
use crate::evidence::{Purpose, Text};

/// What makes a packing on one host like one on another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    /// The program's file.
    pub image: Vec<u8>,
    /// The parent's program file.
    pub parent: Option<Vec<u8>>,
    /// What the program was told to do; `None` for packing without a utility.
    pub purpose: Option<Purpose>,
    /// The utility's name, where there is one.
    pub utility: Option<Text>,
    /// Where the output went; parts that change from run to run, and users' names, are `*`.
    pub directory: Vec<u8>,
}

/// On how many hosts of a fleet a pattern was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prevalence {
    /// Other hosts that have seen it for long enough to count.
    pub others: u64,
    /// Other hosts that have seen it only lately.
    pub lately: u64,
    /// Hosts of the fleet, this one included.
    pub hosts: u64,
    /// Days that this was counted over.
    pub days: u64,
}

impl Pattern {
    pub(crate) fn of(work: Work) -> Self {
        Self {
            image: homeless(work.image),
            parent: work.parent.map(homeless),
            purpose: work.purpose,
            utility: work.utility,
            directory: homeless(work.directory),
        }
    }
}

/// Answers that are not stale yet.
#[derive(Debug)]
pub(crate) struct Fleet {
    answers: BTreeMap<Pattern, (Prevalence, Time)>,
    /// By when they came, for eviction.
    ages: BTreeSet<(Time, Pattern)>,
    limit: usize,
}

impl Fleet {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            answers: BTreeMap::new(),
            ages: BTreeSet::new(),
            limit: limit.max(1),
        }
    }

    /// Takes an answer, and says whether it is another one than before. That of a small fleet is
    /// none.
    pub(crate) fn learn(&mut self, pattern: &Pattern, prevalence: Prevalence, now: Time) -> bool {
        let before = self.answers.remove(pattern);
        if let Some((_, age)) = before {
            self.ages.remove(&(age, pattern.clone()));
        }
        if prevalence.hosts < SMALL {
            return before.is_some();
        }
        while self.answers.len() >= self.limit {
            let Some((_, oldest)) = self.ages.pop_first() else {
                break;
            };
            self.answers.remove(&oldest);
        }
        self.ages.insert((now, pattern.clone()));
        self.answers.insert(pattern.clone(), (prevalence, now));
        before.is_none_or(|(known, _)| known != prevalence)
    }

    /// The answer about a pattern, unless it is stale.
    pub(crate) fn known(&self, pattern: &Pattern, now: Time) -> Option<Prevalence> {
        let (prevalence, age) = self.answers.get(pattern)?;
        (now.0 <= age.0.saturating_add(STALE)).then_some(*prevalence)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.answers.len()
    }
}

/// A path without the name of whose home it is in.
fn homeless(path: Vec<u8>) -> Vec<u8> {
    for homes in HOMES {
        let Some(rest) = path.strip_prefix(homes) else {
            continue;
        };
        let below = rest
            .iter()
            .position(|byte| matches!(byte, b'/' | b'\\'))
            .map_or(&[][..], |at| &rest[at..]);
        return [homes, b"*", below].concat();
    }
    path
}

/// A fleet of fewer hosts tells nothing about what is usual.
const SMALL: u64 = 20;

/// An answer holds for a day.
const STALE: u64 = 24 * 60 * 60 * 1_000_000_000;

/// Where users' homes are.
const HOMES: [&[u8]; 4] = [b"/home/", b"/Users/", b"C:\\Users\\", b"/run/user/"];

#[cfg(test)]
mod tests;
