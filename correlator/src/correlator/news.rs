//! What is new in an activity since it was last told of: reduces it to what matters.
//!
//! Step: correlate. Counts are reduced to their magnitudes and names to a hash, so that a loop of
//! a thousand outputs is not told a thousand times (what came after the last telling is told when
//! the activity leaves); evidence that hardly weighs is told along with the
//! next revision, not by one of its own.

use std::collections::BTreeSet;
use std::hash::Hasher;

use crate::activity::{Activity, Told};
use crate::evidence::Evidence;
use crate::finding::{Gaps, Weighed};
use crate::score::{self, Score};

/// What is told now, reduced to what matters.
pub(super) fn told(activity: &Activity, score: &Score, gaps: Gaps, before: Option<Told>) -> Told {
    let telling = |weighed: &&Weighed| {
        weighed.weight.abs() >= TELLING_WEIGHT || weighed.evidence.names_code()
    };
    let kinds = score
        .evidence
        .iter()
        .filter(telling)
        .fold(0, |kinds, weighed| kinds | 1 << weighed.evidence.kind());
    let transfers = score
        .evidence
        .iter()
        .filter(|weighed| matches!(weighed.evidence, Evidence::Transfer { .. }))
        .count() as u64;
    // A new name counts as news while there are few.
    let few = activity.output_count <= FEW_OUTPUTS;
    let outputs =
        activity.output_count.min(FEW_OUTPUTS) + score::magnitude(activity.output_count) as u64;
    let removed = activity.outputs_removed;
    let paths: BTreeSet<_> = activity.outputs.iter().map(|output| &output.path).collect();
    let names = paths.iter().filter(|_| few).fold(0_u64, |hash, path| {
        let mut hasher = rustc_hash::FxHasher::default();
        hasher.write(path.as_deref().unwrap_or_default());
        hash ^ hasher.finish()
    });
    let state = [
        (activity.methods.techniques().len() as u64, 4),
        (outputs, 8),
        (removed.min(1) + score::magnitude(removed) as u64, 4),
        (score::magnitude(activity.inputs_removed) as u64, 6),
        (transfers.min(15), 4),
        (u64::from(gaps.throttled > 0), 1),
        (u64::from(gaps.lost > 0), 1),
        (u64::from(gaps.unwatched > 0), 1),
        (u64::from(activity.streams), 1),
    ]
    .into_iter()
    .fold(0_u64, |state, (value, bits)| {
        state << bits | value & ((1 << bits) - 1)
    });
    Told {
        revision: before.map_or(1, |before| before.revision.saturating_add(1)),
        severity: score.severity,
        kinds,
        state,
        names,
    }
}

/// Evidence below this weight is context: it is told with the next revision, not by one.
const TELLING_WEIGHT: i32 = 8;

/// While an activity has no more outputs than these, each is news.
pub(super) const FEW_OUTPUTS: u64 = 16;
