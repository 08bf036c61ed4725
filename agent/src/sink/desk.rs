//! Draws up the document of each finding, beside what was told of it before.
//!
//! Step: sink. Invariants: revisions of a finding only ever grow, and what was told already is not
//! told again. Both matter after a crash: the correlator then goes on from its last snapshot, which
//! is older than the last finding, and comes to the same findings once more.

use std::collections::{HashMap, VecDeque};

use correlator::{Finding, Time};

use super::ocsf::{Converter, Document};
use crate::host::Host;

/// A finding as it is told, and as it was told last.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) uid: u128,
    pub(crate) document: Document,
    pub(crate) before: Option<Document>,
}

/// Remembers what was told lately.
pub(crate) struct Desk {
    converter: Converter,
    told: HashMap<u128, Document>,
    order: VecDeque<u128>,
}

impl Desk {
    pub(crate) fn new(converter: Converter) -> Self {
        Self {
            converter,
            told: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Draws up documents in another way from now on.
    pub(crate) fn set_converter(&mut self, converter: Converter) {
        self.converter = converter;
    }

    /// The document to tell; none when it was told already. `kept` looks up what an earlier run
    /// told, and is asked only for findings that this run has not told lately.
    pub(crate) fn draw_up(
        &mut self,
        mut finding: Finding,
        host: &Host,
        kept: impl FnOnce(u128) -> Option<Document>,
    ) -> Option<Told> {
        let uid = finding.uid.0;
        let before = self.told.get(&uid).cloned().or_else(|| kept(uid));
        let created = match &before {
            Some(before) => Time(before.finding_info.created_time.saturating_mul(1_000_000)),
            None => finding.last_seen,
        };
        let before_revision = before
            .as_ref()
            .map_or(0, |told| told.unmapped.packhound.revision);
        let again = finding.revision <= before_revision;
        finding.revision = finding.revision.max(before_revision.saturating_add(1));
        let document = self.converter.document(&finding, host, created);
        if again
            && before
                .as_ref()
                .is_some_and(|before| says_the_same(before, &document))
        {
            return None;
        }
        self.remember(uid, &document);
        Some(Told {
            uid,
            document,
            before,
        })
    }

    fn remember(&mut self, uid: u128, document: &Document) {
        if self.told.insert(uid, document.clone()).is_none() {
            self.order.push_back(uid);
            if self.order.len() > REMEMBERED
                && let Some(oldest) = self.order.pop_front()
            {
                self.told.remove(&oldest);
            }
        }
    }
}

/// Whether a reader would learn nothing from the second document.
fn says_the_same(before: &Document, after: &Document) -> bool {
    let substance = |document: &Document| {
        let packhound = &document.unmapped.packhound;
        let weights: Vec<(String, i32)> = packhound
            .weights
            .iter()
            .map(|weight| (weight.description.clone(), weight.weight))
            .collect();
        (document.severity_id, weights, packhound.outputs.clone())
    };
    substance(before) == substance(after)
}

/// Findings whose last document is remembered; others are looked up in the state.
const REMEMBERED: usize = 512;

#[cfg(test)]
mod tests;
