//! From an activity to a finding: weighs, decides whether there is something new, writes it out.
//!
//! Step: correlate. Invariant: a revision is told only where severity, a piece of evidence that
//! counts, a technique, the state of an output, or the magnitude of a count has changed since the
//! last one. Identifiers are a keyed hash of what makes the activity unique, so that the same
//! events give the same findings.

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

use super::Correlator;
use super::news::{FEW_OUTPUTS, told};
use crate::activity::{Activity, ActivityId, Member, Observation, OutputFile, Told};
use crate::analytic::{self, Shown};
use crate::baseline::{Work, steady};
use crate::catalogue::Rank;
use crate::event::{ProcessKey, Time};
use crate::evidence::Evidence;
use crate::finding::{Finding, FindingUid, Gaps, Severity, Weighed};
use crate::fleet::Pattern;
use crate::path;
use crate::score::{self, Score};

impl Correlator {
    /// What the current event gave rise to.
    pub(super) fn tell_changed(&mut self) -> Vec<Finding> {
        if self.changed.is_empty() && self.parting.is_empty() {
            return Vec::new();
        }
        let mut findings = std::mem::take(&mut self.parting);
        for id in std::mem::take(&mut self.changed) {
            findings.extend(self.tell(id));
        }
        findings
    }

    /// The next revision of an activity, if there is something new.
    fn tell(&mut self, id: ActivityId) -> Option<Finding> {
        let activity = self.activities.find(id)?;
        if !activity.shows() {
            return None;
        }
        let score = self.score(activity);
        let gaps = self.gaps(activity);
        let told = told(activity, &score, gaps, activity.told);
        if activity.told
            == Some(Told {
                revision: told.revision - 1,
                ..told
            })
        {
            return None;
        }
        let finding = self.finding(activity, score, gaps, told.revision);
        self.activities.mark_told(id, told);
        Some(finding)
    }

    /// An activity leaves: tells what has changed since, however little, and learns from it.
    pub(super) fn settle(&mut self, activity: &Activity) {
        let Some(before) = activity.told else { return };
        let score = self.score(activity);
        let gaps = self.gaps(activity);
        let told = told(activity, &score, gaps, Some(before));
        if before.severity < Severity::High
            && let Some(work) = work(activity)
        {
            self.baseline.learn(work, activity.last_seen);
        }
        // Of many outputs the latest may have been no news; none is left untold.
        let many = activity.output_count > FEW_OUTPUTS;
        if many
            || before
                != (Told {
                    revision: told.revision - 1,
                    ..told
                })
        {
            let finding = self.finding(activity, score, gaps, told.revision);
            self.parting.push(finding);
        }
    }

    fn score(&self, activity: &Activity) -> Score {
        let mut observations = activity.observed.clone();
        for output in &activity.outputs {
            observations.extend(said_by(output));
        }
        let observe = |evidence| Observation {
            evidence,
            rank: Rank::High,
            time: activity.last_seen,
            process: None,
        };
        let threshold = self
            .policy
            .knobs
            .file_size_threshold_mb
            .saturating_mul(1 << 20);
        let bytes = activity.bytes();
        if bytes >= threshold && bytes > 0 {
            observations.push(observe(Evidence::Large { bytes }));
        }
        // Contexts and rules excuse only where they cover everything that was made.
        let all = |excuse: fn(&OutputFile) -> Option<crate::Text>| {
            let first = activity.outputs.first().and_then(excuse)?;
            activity
                .outputs
                .iter()
                .all(|output| excuse(output).is_some())
                .then_some(first)
        };
        if let Some(context) = all(|output| output.benign.clone()) {
            observations.push(observe(Evidence::Benign { context }));
        }
        if let Some(rule) = all(|output| output.allowed.clone()) {
            observations.push(observe(Evidence::Allowed { rule }));
        }
        if let Some((times, days)) = work(activity).and_then(|work| self.baseline.known(&work)) {
            observations.push(observe(Evidence::Habit { times, days }));
        }
        if let Some(known) = self.prevalence(activity) {
            observations.push(observe(known));
        }
        dedupe(&mut observations);
        score::score(observations)
    }

    fn finding(&self, activity: &Activity, score: Score, gaps: Gaps, revision: u32) -> Finding {
        let techniques = activity.methods.techniques();
        let place_or_lineage = score.evidence.iter().any(|weighed| {
            matches!(
                weighed.evidence,
                Evidence::Place { .. } | Evidence::Lineage { .. }
            )
        });
        let packed =
            activity.methods.utility || activity.methods.library || activity.methods.custom;
        let shown = Shown {
            place_or_lineage,
            staged_and_packed: packed && activity.methods.staging,
        };
        Finding {
            uid: activity.uid,
            revision,
            first_seen: activity.first_seen,
            last_seen: activity.last_seen,
            severity: score.severity,
            confidence: confidence(activity, &score.evidence, gaps),
            score: score.sum,
            analytics: analytic::analytics(self.policy.knobs.system, &techniques, shown),
            techniques,
            evidence: score.evidence,
            processes: processes(activity),
            lineage: activity.lineage.iter().map(Member::summary).collect(),
            outputs: activity.outputs.iter().map(OutputFile::summary).collect(),
            sources: activity.sources.clone(),
            gaps,
            omitted: activity.omitted,
            pattern: work(activity).map(Pattern::of),
        }
    }

    /// The activity's own gaps and what was lost anywhere in its window.
    fn gaps(&self, activity: &Activity) -> Gaps {
        let begin = activity.first_seen.0.saturating_sub(LOOK_BACK);
        let end = activity.last_seen.0.saturating_add(self.policy.window());
        let lost = self
            .losses
            .iter()
            .filter(|gap| gap.to.0 >= begin && gap.from.0 <= end)
            .fold(0, |lost: u64, gap| lost.saturating_add(gap.count));
        let rests = self.inside.rests().iter();
        let unwatched = rests.filter(|rest| rest.to.0 >= begin && rest.from.0 <= end);
        Gaps {
            lost,
            unwatched: unwatched.count() as u64,
            ..activity.gaps
        }
    }
}

/// A keyed hash of what makes the activity unique on this host: the boot-clock start of its first
/// process, the time, and what was made.
pub(super) fn uid(key: ProcessKey, time: Time, path: Option<&[u8]>) -> FindingUid {
    let mut hasher = SipHasher13::new_with_keys(UID_KEYS.0, UID_KEYS.1);
    hasher.write_u32(key.pid);
    hasher.write_u64(key.start);
    hasher.write_u64(time.0);
    hasher.write(path.unwrap_or_default());
    FindingUid(hasher.finish128().as_u128())
}

/// What an output says by itself.
fn said_by(output: &OutputFile) -> Vec<Observation> {
    let mut said = Vec::new();
    let mut say = |evidence, rank| {
        said.push(Observation {
            evidence,
            rank,
            time: output.time,
            process: Some(output.by),
        });
    };
    if let Some(format) = output.format() {
        let name = format.format.clone();
        say(
            Evidence::Format {
                format: name.clone(),
            },
            Rank::High,
        );
        if output.encrypted() {
            say(Evidence::EncryptedContent { format: name }, Rank::High);
        }
    }
    let seen = output.examination.as_ref();
    let measured = seen
        .and_then(|seen| seen.entropy.zip(seen.random))
        .filter(|_| output.dense);
    if let Some((entropy, random)) = measured {
        say(Evidence::Dense { entropy, random }, Rank::High);
    }
    if let Some(found) = seen.and_then(|seen| seen.obfuscation.clone()) {
        say(
            Evidence::Obfuscated {
                key: found.key,
                reveals: found.reveals,
            },
            Rank::High,
        );
    }
    if let Some(extension) = &output.mismatch {
        let format = output.format().map(|format| format.format.clone());
        say(
            Evidence::Mismatch {
                extension: extension.clone(),
                format,
            },
            Rank::High,
        );
    }
    if let Some((place, rank)) = &output.place {
        say(
            Evidence::Place {
                place: place.clone(),
            },
            *rank,
        );
    }
    if output.in_place {
        say(Evidence::InPlace, Rank::High);
    }
    said
}

/// Keeps the first of observations that say the same.
fn dedupe(observations: &mut Vec<Observation>) {
    let mut index = 0;
    while index < observations.len() {
        let (before, rest) = observations.split_at(index);
        let known = before
            .iter()
            .any(|known| known.evidence.is_about_same(&rest[0].evidence));
        if known {
            observations.remove(index);
        } else {
            index += 1;
        }
    }
}

/// How sure it is that data was packed or staged.
fn confidence(activity: &Activity, evidence: &[Weighed], gaps: Gaps) -> u8 {
    let has = |matches: fn(&Evidence) -> bool| evidence.iter().any(|it| matches(&it.evidence));
    let seen = has(|it| matches!(it, Evidence::Format { .. }));
    let mut sure: i32 = if activity.methods.utility {
        if seen { 95 } else { 75 }
    } else if activity.methods.library {
        let used = has(|it| matches!(it, Evidence::LibraryUse { .. }));
        match (seen, used) {
            (true, true) => 95,
            (true, false) => 85,
            (false, true) => 75,
            (false, false) => 60,
        }
    } else if activity.methods.custom {
        if has(|it| matches!(it, Evidence::Obfuscated { .. })) {
            80
        } else {
            55
        }
    } else if has(|it| matches!(it, Evidence::CollectedOutput { .. })) {
        70
    } else {
        60
    };
    if activity.methods.custom && !activity.methods.utility {
        let support = has(|it| {
            matches!(
                it,
                Evidence::InputsRemoved { .. } | Evidence::Transfer { .. }
            )
        }) || has(|it| matches!(it, Evidence::SensitiveSource { .. }));
        sure += if support { 20 } else { 0 };
    }
    if has(|it| matches!(it, Evidence::Received { .. })) {
        sure -= 30;
    }
    // What was lost may have been the innocent explanation.
    if gaps != Gaps::default() {
        sure -= 10;
    }
    sure.clamp(1, 100) as u8
}

/// The one that made the latest output first, then in the order in which they joined.
fn processes(activity: &Activity) -> Vec<crate::finding::ProcessSummary> {
    let maker = activity.outputs.last().map(|output| output.by);
    let (first, others): (Vec<&Member>, Vec<&Member>) = activity
        .members
        .iter()
        .partition(|member| Some(member.key) == maker);
    first
        .into_iter()
        .chain(others)
        .map(Member::summary)
        .collect()
}

/// What makes the activity the same work as another day's.
pub(super) fn work(activity: &Activity) -> Option<Work> {
    let output = activity.outputs.first();
    let maker = output
        .and_then(|output| activity.member(output.by))
        .or_else(|| activity.members.first())?;
    let first = activity.members.first().unwrap_or(maker);
    let command = first.program.command();
    let directory = output
        .and_then(|output| output.path.as_deref())
        .map(|path| {
            if output.is_some_and(|it| it.directory) {
                Some(path)
            } else {
                path::parent(path)
            }
        });
    Some(Work {
        image: first.program.image()?.to_vec(),
        parent: activity
            .lineage
            .first()
            .and_then(|parent| parent.program.script.as_deref().or(parent.program.image()))
            .map(<[u8]>::to_vec),
        uid: first.program.uid,
        purpose: command.map(|command| command.purpose),
        utility: command.map(|command| command.utility.clone()),
        directory: directory.flatten().map(steady).unwrap_or_default(),
    })
}

/// A loss shortly before the first event may have hidden the real first one.
const LOOK_BACK: u64 = 10_000_000_000;

/// Any fixed keys do: the hash keeps identifiers apart, it hides nothing.
const UID_KEYS: (u64, u64) = (0x7061_636b_686f_756e, 0x642e_6669_6e64_696e);
