//! Asks the fleet how common a packing is there, and hands the answers to the correlator.
//!
//! Step: correlate. The fleet is behind the collector ([`crate::stream`]); without one nothing is
//! asked or answered, and everything is judged as if there were no fleet. Invariants: what waits for
//! an answer is bounded; the same is asked again after an hour at the earliest. Nothing of this is
//! kept over a restart: it is asked again.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use correlator::{Finding, Pattern, Prevalence};
use crossbeam_channel::Receiver;
use sha2::{Digest as _, Sha256};

use crate::stream::AskFeed;
use crate::wire::Known;

/// Names a pattern to the fleet: nobody can read a path out of it, and nobody finds another pattern
/// with the same name.
pub(crate) fn name(pattern: &Pattern) -> [u8; 16] {
    let Pattern {
        image,
        parent,
        purpose,
        utility,
        directory,
    } = pattern;
    let purpose = purpose.map(|purpose| format!("{purpose:?}"));
    let parts = [
        Some(&**image),
        parent.as_deref(),
        purpose.as_deref().map(str::as_bytes),
        utility.as_deref().map(str::as_bytes),
        Some(&**directory),
    ];
    let mut digest = Sha256::new();
    digest.update(b"packhound pattern 1");
    for part in parts {
        digest.update([u8::from(part.is_some())]);
        let part = part.unwrap_or_default();
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    let digest = digest.finalize();
    digest.first_chunk().copied().unwrap_or_default()
}

/// What was asked, and who answers.
pub(crate) struct Inquiry {
    asks: AskFeed,
    answers: Receiver<Known>,
    asked: HashMap<[u8; 16], (Pattern, Instant)>,
    /// By when they were asked.
    order: VecDeque<([u8; 16], Instant)>,
    /// Answers that were received and not handed on yet.
    ready: VecDeque<(Pattern, Prevalence)>,
}

impl Inquiry {
    pub(crate) fn new(asks: AskFeed, answers: Receiver<Known>) -> Self {
        Self {
            asks,
            answers,
            asked: HashMap::new(),
            order: VecDeque::new(),
            ready: VecDeque::new(),
        }
    }

    /// Asks about a finding's packing, unless that was asked lately.
    pub(crate) fn see(&mut self, finding: &Finding) {
        if let Some(pattern) = &finding.pattern {
            self.ask(pattern);
        }
    }

    /// Asks about a packing, unless that was asked lately.
    pub(crate) fn ask(&mut self, pattern: &Pattern) {
        let name = name(pattern);
        let known = self.asked.get(&name);
        if known.is_some_and(|(_, since)| since.elapsed() < AGAIN) {
            return;
        }
        while self.order.len() >= MOST {
            if let Some((oldest, since)) = self.order.pop_front()
                && self.asked.get(&oldest).is_some_and(|(_, at)| *at == since)
            {
                self.asked.remove(&oldest);
            }
        }
        let now = Instant::now();
        self.asked.insert(name, (pattern.clone(), now));
        self.order.push_back((name, now));
        self.asks.ask(name);
    }

    /// The next answer, if there is one.
    pub(crate) fn next(&mut self) -> Option<(Pattern, Prevalence)> {
        while self.ready.is_empty() {
            let Known {
                hosts,
                days,
                answers,
            } = self.answers.try_recv().ok()?;
            let known = answers.iter().filter_map(|answer| {
                let (pattern, _) = self.asked.get(&answer.pattern)?;
                let prevalence = Prevalence {
                    others: answer.others,
                    lately: answer.lately,
                    hosts,
                    days,
                };
                Some((pattern.clone(), prevalence))
            });
            self.ready.extend(known);
        }
        self.ready.pop_front()
    }
}

/// The same is asked again after this time at the earliest.
const AGAIN: Duration = Duration::from_hours(1);

/// Patterns that are remembered as asked.
const MOST: usize = 1024;
