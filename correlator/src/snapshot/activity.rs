//! Open activities as a snapshot holds them.
//!
//! Step: correlate (the snapshot's boundary). The identifier and what was
//! told are kept, so that a restart repeats nothing.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::evidence::{EvidenceMirror, RankMirror};
use super::output::{SavedOutput, save_output};
use super::process::{ProgramNumber, Programs};
use super::{SavedKey, restore_key, save_key};
use crate::activity::{Activity, ActivityId, Member, Methods, Observation, Stages, Told};
use crate::catalogue::Rank;
use crate::correlator::Correlator;
use crate::event::Time;
use crate::evidence::Evidence;
use crate::finding::{FindingUid, Gaps, Severity, Source};
use crate::process::Program;

#[derive(Serialize, Deserialize)]
pub(super) struct SavedActivity {
    id: u64,
    uid: u128,
    first_seen: u64,
    last_seen: u64,
    members: Vec<SavedMember>,
    lineage: Vec<SavedMember>,
    observed: Vec<SavedObservation>,
    outputs: Vec<SavedOutput>,
    output_count: u64,
    sources: Vec<(Vec<u8>, Option<String>)>,
    inputs: Vec<Vec<u8>>,
    inputs_removed: u64,
    outputs_removed: u64,
    methods: [bool; 4],
    stages: u8,
    streams: bool,
    gaps: [u64; 5],
    omitted: u32,
    told: Option<SavedTold>,
    deadline: u64,
}

#[derive(Serialize, Deserialize)]
struct SavedMember {
    key: SavedKey,
    program: ProgramNumber,
    started: u64,
    ended: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct SavedObservation {
    #[serde(with = "EvidenceMirror")]
    evidence: Evidence,
    #[serde(with = "RankMirror")]
    rank: Rank,
    time: u64,
    process: Option<SavedKey>,
}

#[derive(Serialize, Deserialize)]
struct SavedTold {
    revision: u32,
    #[serde(with = "SeverityMirror")]
    severity: Severity,
    kinds: u64,
    state: u64,
    names: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Severity")]
enum SeverityMirror {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Correlator {
    pub(super) fn save_activities(&self, programs: &mut Programs) -> Vec<SavedActivity> {
        self.activities
            .ids()
            .into_iter()
            .filter_map(|id| Some(save(id, self.activities.find(id)?, programs)))
            .collect()
    }

    pub(super) fn restore_activities(
        &mut self,
        saved: Vec<SavedActivity>,
        programs: &[Arc<Program>],
    ) {
        for saved in saved {
            let id = ActivityId(saved.id);
            let activity = self.restore_activity(saved, programs);
            self.activities.restore(id, activity);
        }
    }

    fn restore_activity(&mut self, saved: SavedActivity, programs: &[Arc<Program>]) -> Activity {
        let members = |members: Vec<SavedMember>| {
            let restore = |saved: SavedMember| {
                Some(Member {
                    key: restore_key(saved.key),
                    program: programs.get(saved.program as usize)?.clone(),
                    started: Time(saved.started),
                    ended: saved.ended.map(Time),
                })
            };
            members.into_iter().filter_map(restore).collect()
        };
        let [utility, library, custom, staging] = saved.methods;
        let [lost, throttled, incomplete, evicted, unwatched] = saved.gaps;
        Activity {
            uid: FindingUid(saved.uid),
            first_seen: Time(saved.first_seen),
            last_seen: Time(saved.last_seen),
            members: members(saved.members),
            lineage: members(saved.lineage),
            observed: saved
                .observed
                .into_iter()
                .map(restore_observation)
                .collect(),
            outputs: saved
                .outputs
                .into_iter()
                .map(|it| self.restore_output(it))
                .collect(),
            output_count: saved.output_count,
            sources: saved
                .sources
                .into_iter()
                .map(|(path, sensitive)| Source { path, sensitive })
                .collect(),
            inputs: saved
                .inputs
                .iter()
                .map(|input| self.names.name(input))
                .collect(),
            inputs_removed: saved.inputs_removed,
            outputs_removed: saved.outputs_removed,
            methods: Methods {
                utility,
                library,
                custom,
                staging,
            },
            stages: Stages::from_bits(saved.stages),
            streams: saved.streams,
            // Told at once, and with nothing to come.
            asked: false,
            gaps: Gaps {
                lost,
                throttled,
                incomplete,
                evicted,
                unwatched,
            },
            omitted: saved.omitted,
            told: saved.told.map(|told| Told {
                revision: told.revision,
                severity: told.severity,
                kinds: told.kinds,
                state: told.state,
                names: told.names,
            }),
            deadline: Time(saved.deadline),
        }
    }
}

fn save(id: ActivityId, activity: &Activity, programs: &mut Programs) -> SavedActivity {
    let mut members = |members: &[Member]| {
        let save = |member: &Member| SavedMember {
            key: save_key(member.key),
            program: programs.save(&member.program),
            started: member.started.0,
            ended: member.ended.map(|time| time.0),
        };
        members.iter().map(save).collect::<Vec<_>>()
    };
    let (methods, gaps) = (activity.methods, activity.gaps);
    SavedActivity {
        id: id.0,
        uid: activity.uid.0,
        first_seen: activity.first_seen.0,
        last_seen: activity.last_seen.0,
        members: members(&activity.members),
        lineage: members(&activity.lineage),
        observed: activity.observed.iter().map(save_observation).collect(),
        outputs: activity.outputs.iter().map(save_output).collect(),
        output_count: activity.output_count,
        sources: activity
            .sources
            .iter()
            .map(|source| (source.path.clone(), source.sensitive.clone()))
            .collect(),
        inputs: activity.inputs.iter().map(|input| input.to_vec()).collect(),
        inputs_removed: activity.inputs_removed,
        outputs_removed: activity.outputs_removed,
        methods: [
            methods.utility,
            methods.library,
            methods.custom,
            methods.staging,
        ],
        stages: activity.stages.bits(),
        streams: activity.streams,
        gaps: [
            gaps.lost,
            gaps.throttled,
            gaps.incomplete,
            gaps.evicted,
            gaps.unwatched,
        ],
        omitted: activity.omitted,
        told: activity.told.map(|told| SavedTold {
            revision: told.revision,
            severity: told.severity,
            kinds: told.kinds,
            state: told.state,
            names: told.names,
        }),
        deadline: activity.deadline.0,
    }
}

fn save_observation(observation: &Observation) -> SavedObservation {
    SavedObservation {
        evidence: observation.evidence.clone(),
        rank: observation.rank,
        time: observation.time.0,
        process: observation.process.map(save_key),
    }
}

fn restore_observation(saved: SavedObservation) -> Observation {
    Observation {
        evidence: saved.evidence,
        rank: saved.rank,
        time: Time(saved.time),
        process: saved.process.map(restore_key),
    }
}
