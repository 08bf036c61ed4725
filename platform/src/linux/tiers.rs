//! On which tier each purpose is watched, and what follows from it.
//!
//! Step: source. Plain facts that `attach` finds out and `survey` tells.

use super::hooks::{CLOSING, NAMING, OPENING};
use crate::survey::Tier;

/// On which tier each purpose is watched.
#[derive(Debug, Default)]
pub(super) struct Tiers {
    /// For each of [`PURPOSES`] with hooks on tier 1: nothing where it is watched there, else why not.
    refusals: Vec<Option<String>>,
}

impl Tiers {
    /// Adds the next purpose: nothing where it is watched on tier 1, else why not.
    pub(super) fn push(&mut self, refusal: Option<String>) {
        self.refusals.push(refusal);
    }

    /// Both tiers as one.
    pub(super) fn tier(&self) -> Tier {
        match self.refusals.iter().filter(|why| why.is_none()).count() {
            0 => Tier::Two,
            count if count == self.refusals.len() => Tier::One,
            _ => Tier::Mixed,
        }
    }

    /// Why something is not watched on tier 1, each reason once.
    pub(super) fn refusals(&self) -> Vec<&str> {
        let mut reasons: Vec<&str> = Vec::new();
        for refusal in self.refusals.iter().flatten() {
            let reason = |text: &str| text.split_once(": ").map_or("", |(_, why)| why).to_owned();
            if !reasons.iter().any(|known| reason(known) == reason(refusal)) {
                reasons.push(refusal);
            }
        }
        reasons
    }

    fn at_functions(&self, purpose: usize) -> bool {
        matches!(self.refusals.get(purpose), Some(None))
    }

    /// Whether the end of every open file is seen, whatever held it.
    pub(super) fn sees_every_end(&self) -> bool {
        self.at_functions(CLOSING)
    }

    /// Whether opens are seen whoever asks for them.
    pub(super) fn sees_every_open(&self) -> bool {
        self.at_functions(OPENING)
    }

    /// What becomes of files' names that is seen only where system calls ask for it.
    pub(super) fn names_at_calls(&self) -> Vec<&'static str> {
        let unseen = NAMING
            .iter()
            .filter(|(purpose, _)| !self.at_functions(*purpose));
        unseen.map(|(_, what)| *what).collect()
    }
}
