//! How many findings were told, by technique and severity, and how long that took.
//!
//! Step: sink. Atomics, because one thread tells and another shows.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::desk::Told;
use crate::metrics::Latency;

/// Findings told so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// By technique, severity, and whether it was an update.
    told: [[[AtomicU64; 2]; SEVERITIES.len()]; TECHNIQUES.len()],
    latency: Latency,
}

impl Tally {
    /// Counts a finding that was told just now.
    pub(super) fn add(&self, told: &Told) {
        let document = &told.document;
        let leading = document.finding_info.attacks.first();
        let technique = leading.map_or("", |attack| attack.sub_technique.uid.as_str());
        let known = TECHNIQUES.iter().position(|known| *known == technique);
        let technique = known.unwrap_or(TECHNIQUES.len() - 1);
        let severity = usize::from(document.severity_id).clamp(1, SEVERITIES.len()) - 1;
        let update = usize::from(told.before.is_some());
        self.told[technique][severity][update].fetch_add(1, Ordering::Relaxed);
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        // A clock that was set back meanwhile has no span to tell.
        let event = Duration::from_millis(document.time);
        if let Some(span) = now.ok().and_then(|now| now.checked_sub(event)) {
            self.latency.add(span);
        }
    }

    /// How many, by technique, severity and activity.
    pub(crate) fn read(&self) -> Vec<([&'static str; 3], u64)> {
        let mut read = Vec::new();
        for (technique, severities) in TECHNIQUES.into_iter().zip(&self.told) {
            for (severity, activities) in SEVERITIES.into_iter().zip(severities) {
                for (activity, count) in ["create", "update"].into_iter().zip(activities) {
                    let count = count.load(Ordering::Relaxed);
                    read.push(([technique, severity, activity], count));
                }
            }
        }
        read
    }

    /// How long it took from the latest event of a finding to its line.
    pub(crate) fn latency(&self) -> &Latency {
        &self.latency
    }
}

/// The techniques that are told, and any that a later version may tell.
const TECHNIQUES: [&str; 5] = ["T1560.001", "T1560.002", "T1560.003", "T1074.001", "other"];

/// The severities, in the order of OCSF's `severity_id`.
const SEVERITIES: [&str; 5] = ["informational", "low", "medium", "high", "critical"];
