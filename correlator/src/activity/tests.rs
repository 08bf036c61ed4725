//! An activity keeps its bounds, replaces what it knows better, and absorbs another.

use super::{Activity, Methods, Observation, Stages};
use crate::catalogue::Rank;
use crate::event::Time;
use crate::evidence::{Evidence, Purpose};
use crate::finding::{FindingUid, Technique};
use crate::limits::Limits;

const LIMITS: Limits = Limits {
    processes: 8,
    activities: 8,
    habits: 8,
    gatherings: 8,
    arguments: 64,
    other_arguments: 64,
    directories: 8,
    uses: 4,
    mapped: 4,
    code_files: 4,
    answers: 4,
    entries: 2,
    lineage: 2,
};

fn observation(evidence: Evidence) -> Observation {
    Observation {
        evidence,
        rank: Rank::High,
        time: Time(1),
        process: None,
    }
}

fn removed(files: u64) -> Observation {
    observation(Evidence::InputsRemoved { files })
}

fn activity() -> Activity {
    Activity::new(FindingUid(1), Time(5))
}

#[test]
fn counts_replace_smaller_counts() {
    let mut activity = activity();
    activity.note(removed(1), &LIMITS);
    activity.note(removed(2), &LIMITS);
    activity.note(observation(Evidence::Password), &LIMITS);
    activity.note(observation(Evidence::Password), &LIMITS);
    let evidence: Vec<&Evidence> = activity.observed.iter().map(|it| &it.evidence).collect();
    assert_eq!(
        evidence,
        [&Evidence::InputsRemoved { files: 2 }, &Evidence::Password]
    );
}

#[test]
fn what_does_not_fit_is_counted() {
    let mut activity = activity();
    for number in 0..5 {
        activity.add_source(format!("/srv/{number}").as_bytes(), None, &LIMITS);
    }
    assert_eq!((activity.sources.len(), activity.omitted), (2, 3));
    // A source that is known already takes no room.
    activity.add_source(b"/srv/1", Some("secrets"), &LIMITS);
    assert_eq!(activity.omitted, 3);
    assert_eq!(activity.sources[1].sensitive.as_deref(), Some("secrets"));
}

#[test]
fn absorbing_keeps_both_stories() {
    let (mut one, mut other) = (activity(), activity());
    one.methods.add(Technique::Utility);
    one.stages.add(Purpose::Archive);
    other.first_seen = Time(2);
    other.last_seen = Time(9);
    other.methods.add(Technique::LocalStaging);
    other.stages.add(Purpose::Encode);
    other.note(removed(3), &LIMITS);
    one.absorb(other, &LIMITS);
    assert_eq!((one.first_seen, one.last_seen), (Time(2), Time(9)));
    assert_eq!(
        one.methods.techniques(),
        [Technique::Utility, Technique::LocalStaging]
    );
    assert_eq!(one.stages.count(), 2);
    assert_eq!(one.observed.len(), 1);
}

#[test]
fn archiving_and_compressing_are_one_stage() {
    let mut stages = Stages::default();
    stages.add(Purpose::Archive);
    stages.add(Purpose::Compress);
    stages.add(Purpose::Copy);
    assert_eq!(stages.count(), 1);
    stages.add(Purpose::Encrypt);
    assert_eq!(stages.count(), 2);
    assert_eq!(Stages::from_bits(stages.bits()), stages);
}

#[test]
fn the_packing_technique_leads() {
    let methods = Methods {
        staging: true,
        library: true,
        ..Methods::default()
    };
    assert_eq!(
        methods.techniques(),
        [Technique::Library, Technique::LocalStaging]
    );
}
