//! What the fleet answered, taken in.
//!
//! Step: correlate. Whoever is asked for a verdict later weighs the answer with the rest; what is
//! open and was told already is weighed anew, and told again where that changes anything.

use super::Correlator;
use super::telling::work;
use crate::activity::Activity;
use crate::event::Answered;
use crate::evidence::Evidence;
use crate::fleet::{Pattern, Prevalence};

impl Correlator {
    /// What the fleet knows of such work.
    pub(super) fn prevalence(&self, activity: &Activity) -> Option<Evidence> {
        if self.fleet.is_empty() {
            return None;
        }
        let pattern = Pattern::of(work(activity)?);
        let Prevalence {
            others,
            lately,
            hosts,
            days,
        } = self.fleet.known(&pattern, self.now)?;
        Some(Evidence::Fleet {
            others,
            lately,
            hosts,
            days,
        })
    }

    /// The fleet answered: what is open is weighed anew.
    pub(super) fn answered(&mut self, answered: &Answered<'_>) {
        let news = self
            .fleet
            .learn(answered.pattern, answered.prevalence, self.now);
        if !news {
            return;
        }
        for id in self.activities.ids() {
            let concerned = self.activities.find(id).is_some_and(|activity| {
                let pattern = work(activity).map(Pattern::of);
                activity.told.is_some() && pattern.as_ref() == Some(answered.pattern)
            });
            if concerned {
                self.changed.insert(id);
            }
        }
    }

    /// What to ask the fleet about open activities that were told, as after a restart.
    #[must_use]
    pub fn open_patterns(&self) -> Vec<Pattern> {
        let told = |id| self.activities.find(id).filter(|it| it.told.is_some());
        let open = self.activities.ids().into_iter().filter_map(told);
        open.filter_map(work).map(Pattern::of).collect()
    }
}
