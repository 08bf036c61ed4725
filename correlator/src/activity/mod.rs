//! An activity: the processes of one packing, what they made, and what speaks for and against it.
//!
//! Step: correlate. An activity is opened when a utility is told to pack, or when an output says
//! that something was packed; it is told of once it has something to show, and keeps its uid over
//! all revisions. It owns what its findings need, so that they can be told when its processes are
//! long forgotten. It decides nothing: `score` weighs, `correlator` relates.

mod index;
mod output;
mod table;

use std::sync::Arc;

use crate::catalogue::Rank;
use crate::event::{ProcessKey, Time};
use crate::evidence::{Evidence, Purpose};
use crate::finding::{FindingUid, Gaps, Severity, Source, Technique};
use crate::limits::Limits;
use crate::path;
use crate::process::{self, Name, Process, Program};

pub(crate) use output::{Disguise, OutputFile, is_dense};
pub(crate) use table::Activities;

/// Names an activity within this correlator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ActivityId(pub(crate) u64);

/// The processes of one packing and all that is known of it.
#[derive(Debug)]
pub(crate) struct Activity {
    pub(crate) uid: FindingUid,
    pub(crate) first_seen: Time,
    pub(crate) last_seen: Time,
    /// Who did it, the first to join first.
    pub(crate) members: Vec<Member>,
    /// Who started the first of them, parent first.
    pub(crate) lineage: Vec<Member>,
    pub(crate) observed: Vec<Observation>,
    pub(crate) outputs: Vec<OutputFile>,
    /// Outputs in all, those that did not fit included.
    pub(crate) output_count: u64,
    pub(crate) sources: Vec<Source>,
    /// Sources by name, for telling when they are removed; absolute.
    pub(crate) inputs: Vec<Name>,
    /// Sources that were removed since they were packed.
    pub(crate) inputs_removed: u64,
    /// How often an output was removed.
    pub(crate) outputs_removed: u64,
    pub(crate) methods: Methods,
    pub(crate) stages: Stages,
    /// It goes, or went, out without a local file.
    pub(crate) streams: bool,
    /// A shell was asked for it and started nothing that packs.
    pub(crate) asked: bool,
    pub(crate) gaps: Gaps,
    pub(crate) omitted: u32,
    /// What was last told of it.
    pub(crate) told: Option<Told>,
    /// When it is forgotten unless something happens; kept by the table.
    pub(crate) deadline: Time,
}

/// A process of an activity, or one of its ancestors.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) key: ProcessKey,
    pub(crate) program: Arc<Program>,
    pub(crate) started: Time,
    pub(crate) ended: Option<Time>,
}

/// A piece of evidence as it was met.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Observation {
    pub(crate) evidence: Evidence,
    /// How much the catalogue makes of it, where it ranks such things.
    pub(crate) rank: Rank,
    pub(crate) time: Time,
    pub(crate) process: Option<ProcessKey>,
}

/// By which techniques the activity works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a set of techniques, each there or not"
)]
pub(crate) struct Methods {
    pub(crate) utility: bool,
    pub(crate) library: bool,
    pub(crate) custom: bool,
    pub(crate) staging: bool,
}

/// Kinds of work that followed one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stages(u8);

/// What the latest revision told, to tell a change that matters from a trifle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) revision: u32,
    pub(crate) severity: Severity,
    /// Which kinds of evidence that counts, one bit each.
    pub(crate) kinds: u64,
    /// Magnitudes of what is counted, and what has become of the outputs.
    pub(crate) state: u64,
    /// A hash of the outputs' names, while there are few.
    pub(crate) names: u64,
}

impl Activity {
    pub(crate) fn new(uid: FindingUid, time: Time) -> Self {
        Self {
            uid,
            first_seen: time,
            last_seen: time,
            members: Vec::new(),
            lineage: Vec::new(),
            observed: Vec::new(),
            outputs: Vec::new(),
            output_count: 0,
            sources: Vec::new(),
            inputs: Vec::new(),
            inputs_removed: 0,
            outputs_removed: 0,
            methods: Methods::default(),
            stages: Stages::default(),
            streams: false,
            asked: false,
            gaps: Gaps::default(),
            omitted: 0,
            told: None,
            deadline: Time(u64::MAX),
        }
    }

    /// Whether there is anything to tell.
    pub(crate) fn shows(&self) -> bool {
        !self.outputs.is_empty() || self.streams || self.asked
    }

    pub(crate) fn member(&self, key: ProcessKey) -> Option<&Member> {
        self.members.iter().find(|member| member.key == key)
    }

    pub(crate) fn member_mut(&mut self, key: ProcessKey) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.key == key)
    }

    /// Takes a process in. One that runs another program now is told by that one, unless only the
    /// earlier one packed.
    pub(crate) fn join(&mut self, process: &Process, limits: &Limits) {
        if let Some(member) = self.member_mut(process.key) {
            if process.program.packs() || !member.program.packs() {
                member.program = process.program.clone();
                member.started = process.started;
            }
            return;
        }
        if self.members.len() < limits.entries {
            self.members.push(Member::of(process));
        } else {
            self.omitted += 1;
        }
    }

    /// Notes evidence; what is known already is replaced where the new observation says more.
    pub(crate) fn note(&mut self, observation: Observation, limits: &Limits) {
        let same = |known: &&mut Observation| known.evidence.is_about_same(&observation.evidence);
        if let Some(known) = self.observed.iter_mut().find(same) {
            known.evidence = observation.evidence;
            known.rank = known.rank.max(observation.rank);
        } else if self.observed.len() < 2 * limits.entries {
            self.observed.push(observation);
        } else {
            self.omitted += 1;
        }
    }

    /// Drops evidence that turned out otherwise.
    pub(crate) fn retract(&mut self, untrue: impl Fn(&Evidence) -> bool) {
        self.observed
            .retain(|observation| !untrue(&observation.evidence));
    }

    pub(crate) fn add_source(&mut self, path: &[u8], sensitive: Option<&str>, limits: &Limits) {
        if let Some(known) = self.sources.iter_mut().find(|source| source.path == path) {
            if known.sensitive.is_none() {
                known.sensitive = sensitive.map(str::to_owned);
            }
        } else if self.sources.len() < limits.entries {
            let sensitive = sensitive.map(str::to_owned);
            self.sources.push(Source {
                path: path.to_vec(),
                sensitive,
            });
        } else {
            self.omitted += 1;
        }
    }

    /// The output of this name, the latest first.
    pub(crate) fn output_named(&mut self, path: &[u8]) -> Option<&mut OutputFile> {
        self.outputs
            .iter_mut()
            .rev()
            .find(|output| output.is_named(path))
    }

    /// The size of all outputs, as far as it is known.
    pub(crate) fn bytes(&self) -> u64 {
        let sizes = self.outputs.iter().filter_map(|output| output.size);
        sizes.fold(0, u64::saturating_add)
    }

    /// Whether a compressor put an output in the place of this source, as it does by default
    /// (`a.log.1` and `a.log.1.gz`); the output is marked.
    pub(crate) fn replaced_in_place(&mut self, source: &[u8]) -> bool {
        let compresses = self.observed.iter().any(|observation| {
            matches!(
                observation.evidence,
                Evidence::Utility {
                    purpose: Purpose::Compress,
                    ..
                }
            )
        });
        let twin = self.outputs.iter_mut().find(|output| {
            let rest = output
                .path
                .as_deref()
                .and_then(|path| path::rest_after(path, source));
            rest.is_some_and(|rest| rest.starts_with(b"."))
        });
        match twin {
            Some(output) if compresses => {
                output.mark_in_place();
                true
            }
            Some(_) | None => false,
        }
    }

    /// Takes out the output of this name, to be put back with what is new of it.
    pub(crate) fn take_output(&mut self, path: &[u8]) -> Option<OutputFile> {
        let at = self
            .outputs
            .iter()
            .position(|output| output.is_named(path))?;
        Some(self.outputs.remove(at))
    }

    /// Adds an output; one that was removed and had the same name is this one made anew.
    pub(crate) fn add_output(&mut self, output: OutputFile, limits: &Limits) {
        self.outputs
            .retain(|other| !(other.removed() && other.path == output.path));
        if self.outputs.len() < limits.entries {
            self.outputs.push(output);
        } else {
            self.omitted += 1;
        }
    }

    /// Everything of another activity that turned out to be a part of this one.
    pub(crate) fn absorb(&mut self, other: Activity, limits: &Limits) {
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        for member in other.members {
            if self.member(member.key).is_some() {
                continue;
            }
            if self.members.len() < limits.entries {
                self.members.push(member);
            } else {
                self.omitted += 1;
            }
        }
        if self.lineage.is_empty() {
            self.lineage = other.lineage;
        }
        for observation in other.observed {
            self.note(observation, limits);
        }
        for source in other.sources {
            self.add_source(&source.path, source.sensitive.as_deref(), limits);
        }
        self.output_count += other.output_count;
        for output in other.outputs {
            if self.outputs.len() < limits.entries {
                self.outputs.push(output);
            } else {
                self.omitted += 1;
            }
        }
        for input in other.inputs {
            if self.inputs.len() < limits.entries && !self.inputs.contains(&input) {
                self.inputs.push(input);
            }
        }
        self.inputs_removed += other.inputs_removed;
        self.outputs_removed += other.outputs_removed;
        self.methods = self.methods.with(other.methods);
        self.stages = self.stages.with(other.stages);
        self.streams |= other.streams;
        self.asked |= other.asked;
        self.gaps.throttled = self.gaps.throttled.saturating_add(other.gaps.throttled);
        self.gaps.incomplete += other.gaps.incomplete;
        self.gaps.evicted += other.gaps.evicted;
        self.omitted += other.omitted;
    }
}

impl Member {
    pub(crate) fn of(process: &Process) -> Self {
        Self {
            key: process.key,
            program: process.program.clone(),
            started: process.started,
            ended: process.ended,
        }
    }

    pub(crate) fn summary(&self) -> crate::finding::ProcessSummary {
        process::summary(self.key, &self.program, Some(self.started), self.ended)
    }
}

impl Methods {
    pub(crate) fn add(&mut self, technique: Technique) {
        match technique {
            Technique::Utility => self.utility = true,
            Technique::Library => self.library = true,
            Technique::Custom => self.custom = true,
            Technique::LocalStaging => self.staging = true,
        }
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            utility: self.utility || other.utility,
            library: self.library || other.library,
            custom: self.custom || other.custom,
            staging: self.staging || other.staging,
        }
    }

    /// The techniques, the leading one first.
    pub(crate) fn techniques(self) -> Vec<Technique> {
        [
            (self.utility, Technique::Utility),
            (self.library, Technique::Library),
            (self.custom, Technique::Custom),
            (self.staging, Technique::LocalStaging),
        ]
        .into_iter()
        .filter_map(|(used, technique)| used.then_some(technique))
        .collect()
    }
}

impl Stages {
    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Adds what a command does. Making an archive and compressing it are one stage: `tar | gzip`
    /// is `tar -z`.
    pub(crate) fn add(&mut self, purpose: Purpose) {
        self.0 |= match purpose {
            Purpose::Archive | Purpose::Compress => 1,
            Purpose::Encrypt => 2,
            Purpose::Encode => 4,
            Purpose::Split => 8,
            Purpose::Copy | Purpose::Transfer | Purpose::Consume | Purpose::Other => 0,
        };
    }

    pub(crate) fn count(self) -> u64 {
        u64::from(self.0.count_ones())
    }

    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        Self(bits)
    }
}

#[cfg(test)]
mod tests;
