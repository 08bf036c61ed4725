//! Which activity a packing utility belongs to, and what its command line says.
//!
//! Step: correlate. A utility joins, in this order: the packing of the utility that started it;
//! the packing whose output it takes in; the gathering that it packs; its neighbour in a pipeline,
//! whichever of the two came first; the loop that it is one turn of. Else it begins an activity,
//! of which nothing is told until something comes out.

use std::borrow::Cow;
use std::sync::Arc;

use super::Correlator;
use super::starting::GRACE;
use crate::activity::ActivityId;
use crate::catalogue::Rank;
use crate::command::{Command, Output};
use crate::event::ProcessKey;
use crate::evidence::{Evidence, Purpose};
use crate::finding::Technique;
use crate::path;
use crate::process::{Origin, Process, Program};

impl Correlator {
    /// Takes a process that runs a packing utility into an activity.
    pub(super) fn enlist(&mut self, key: ProcessKey) {
        let Some(process) = self.processes.find(key) else {
            return;
        };
        let (program, before) = (process.program.clone(), process.activity);
        let Some(command) = program.command() else {
            return;
        };
        let inputs = self.inputs(&program, command);
        let id = self
            .open(before)
            .or_else(|| self.of_inputs(&inputs))
            .or_else(|| self.of_gathering(&inputs))
            .or_else(|| self.of_pipeline(key, command))
            .or_else(|| self.of_loop(key, &program, command))
            .unwrap_or_else(|| self.open_activity(key, None));
        self.take_in(id, key);
        self.note_command(id, key, command);
        self.note_inputs(id, key, &inputs);
        self.note_staged(id, key, &inputs);
        self.changed(id);
    }

    /// Makes a process a member whose children are members, too.
    pub(super) fn take_in(&mut self, id: ActivityId, key: ProcessKey) {
        let limits = self.limits;
        let Some(process) = self.processes.find_mut(key) else {
            return;
        };
        process.activity = Some(id);
        process.lends = process.program.packs() || process.lends;
        let first = {
            let Some(activity) = self.activities.find_mut(id) else {
                return;
            };
            let first = activity.members.is_empty();
            activity.join(process, &limits);
            activity.gaps.incomplete += u64::from(process.program.incomplete);
            let throttled = process.doings.as_ref().map_or(0, |doings| doings.throttled);
            activity.gaps.throttled = activity.gaps.throttled.saturating_add(throttled);
            first
        };
        self.note_program(id, key);
        if first {
            self.note_circumstances(id, key);
        }
    }

    /// The sources of a command line, resolved.
    pub(super) fn inputs(&self, program: &Program, command: &Command) -> Vec<Vec<u8>> {
        let directory = command_directory(program, command);
        command
            .inputs
            .iter()
            .take(2 * self.limits.entries)
            .filter_map(|input| path::resolved(directory.as_deref(), input).map(Cow::into_owned))
            .collect()
    }

    /// The packing whose output is an input here.
    fn of_inputs(&self, inputs: &[Vec<u8>]) -> Option<ActivityId> {
        if !self.activities.has_outputs() {
            return None;
        }
        inputs.iter().find_map(|input| {
            self.activities
                .of_output(Some(input), None)
                .or_else(|| self.activities.of_output_directory(input))
        })
    }

    /// The activity that was opened for a gathering which is packed now.
    fn of_gathering(&self, inputs: &[Vec<u8>]) -> Option<ActivityId> {
        let gathering = inputs
            .iter()
            .find_map(|input| self.gatherings.holding(input))?
            .1;
        self.open(gathering.activity)
    }

    /// The packing that a neighbour in the same pipeline belongs to.
    fn of_pipeline(&self, key: ProcessKey, command: &Command) -> Option<ActivityId> {
        self.neighbours(key).find_map(|neighbour| {
            let joined = neighbour.program.command().map_or_else(
                || command.inputs.is_empty(),
                |other| is_fed_by(command, other) || is_fed_by(other, command),
            );
            let carried = neighbour.carries.map(|carried| carried.id);
            let activity = neighbour.activity.or(carried);
            joined.then(|| self.open(activity)).flatten()
        })
    }

    /// The packing of which this is another turn: the same utility for the same purpose by the
    /// same parent into the same directory.
    fn of_loop(&self, key: ProcessKey, program: &Program, command: &Command) -> Option<ActivityId> {
        let directory = output_directory(program, command);
        self.siblings(key).find_map(|sibling| {
            let other = sibling.program.command()?;
            let same = other.utility == command.utility
                && other.purpose == command.purpose
                && output_directory(&sibling.program, other) == directory;
            same.then(|| self.open(sibling.activity)).flatten()
        })
    }

    /// Other children of the same parent that pack, transfer or carry, the latest first.
    pub(super) fn siblings(&self, key: ProcessKey) -> impl Iterator<Item = &Process> {
        let begin = self.now.0.saturating_sub(self.policy.window());
        let parent = self.processes.find(key).and_then(|process| process.parent);
        let children = parent
            .and_then(|parent| self.processes.find(parent))
            .and_then(|parent| parent.doings.as_deref())
            .map_or(&[][..], |doings| &doings.children[..]);
        children
            .iter()
            .rev()
            .filter(move |child| child.key != key && child.started.0 >= begin)
            .filter_map(|child| self.processes.find(child.key))
    }

    /// Those of them that may stand in one pipeline: all of its processes run at the same time,
    /// but for short ones that are done before the last has started.
    pub(super) fn neighbours(&self, key: ProcessKey) -> impl Iterator<Item = &Process> {
        let begin = self.now.0.saturating_sub(GRACE);
        self.siblings(key)
            .filter(move |sibling| sibling.ended.is_none_or(|ended| ended.0 >= begin))
    }

    /// Puts two activities together that turned out to be one. What was told of stays; of two that
    /// were, each keeps its own uid.
    pub(super) fn unite(&mut self, into: ActivityId, from: ActivityId) {
        let untold = self
            .activities
            .find(from)
            .is_some_and(|activity| activity.told.is_none());
        if into == from || !untold {
            return;
        }
        if self.activities.find(into).is_none() {
            return;
        }
        let Some(other) = self.activities.remove(from) else {
            return;
        };
        let members: Vec<ProcessKey> = other.members.iter().map(|member| member.key).collect();
        let limits = self.limits;
        self.activities
            .update(into, |activity| activity.absorb(other, &limits));
        for member in members {
            if let Some(process) = self.processes.find_mut(member)
                && process.activity == Some(from)
            {
                process.activity = Some(into);
            }
        }
        self.note_chain(into);
        self.changed(into);
    }

    /// What the command line says of the packing.
    fn note_command(&mut self, id: ActivityId, key: ProcessKey, command: &Command) {
        let by_default = self
            .policy
            .catalogue
            .utility_named(&command.utility)
            .is_some_and(|utility| utility.deletes_sources);
        let image = self
            .processes
            .find(key)
            .and_then(|process| process.program.image())
            .map(|image| path::base_name(image).to_vec())
            .unwrap_or_default();
        let said = [
            (
                true,
                Evidence::Utility {
                    utility: command.utility.clone(),
                    purpose: command.purpose,
                },
            ),
            (
                command.renamed,
                Evidence::RenamedUtility {
                    utility: command.utility.clone(),
                    image,
                },
            ),
            (command.password, Evidence::Password),
            (command.header_encryption, Evidence::HeaderEncryption),
            (
                command.split || command.purpose == Purpose::Split,
                Evidence::Split,
            ),
            // What it does by default says nothing.
            (
                command.deletes_sources && !by_default,
                Evidence::DeletesSources,
            ),
        ];
        for (holds, evidence) in said {
            if holds {
                self.note(id, evidence, Rank::High, Some(key));
            }
        }
        if let Some(activity) = self.activities.find_mut(id) {
            activity.methods.add(Technique::Utility);
            activity.stages.add(command.purpose);
            activity.stages.add(if command.split {
                Purpose::Split
            } else {
                Purpose::Other
            });
        }
        self.note_chain(id);
    }

    fn note_chain(&mut self, id: ActivityId) {
        let Some(activity) = self.activities.find(id) else {
            return;
        };
        let stages = activity.stages.count();
        // One utility that does two things at once is no chain.
        let utilities = activity
            .observed
            .iter()
            .filter(|observation| matches!(observation.evidence, Evidence::Utility { .. }))
            .count() as u64;
        if stages.min(utilities) >= 2 {
            self.note(
                id,
                Evidence::Chain {
                    stages: stages.min(utilities),
                },
                Rank::High,
                None,
            );
        }
    }

    /// Sources of a command line, with what is known of them.
    fn note_inputs(&mut self, id: ActivityId, key: ProcessKey, inputs: &[Vec<u8>]) {
        for input in inputs {
            // An output of this packing is a stage of it, not a source.
            let stage = self
                .activities
                .find_mut(id)
                .is_none_or(|activity| activity.output_named(input).is_some());
            if stage {
                continue;
            }
            let name = self.names.name(input);
            let limits = self.limits;
            self.activities.update(id, |activity| {
                if !activity.inputs.contains(&name) && activity.inputs.len() < limits.entries {
                    activity.inputs.push(name);
                }
            });
            self.note_source(id, input, key);
        }
    }

    /// A source, and what of it attackers collect.
    pub(super) fn note_source(&mut self, id: ActivityId, source: &[u8], by: ProcessKey) {
        let sensitive = self
            .policy
            .catalogue
            .sensitive(source)
            .map(|sensitive| (sensitive.name.clone(), sensitive.rank));
        let limits = self.limits;
        if let Some(activity) = self.activities.find_mut(id) {
            activity.add_source(source, sensitive.as_ref().map(|(what, _)| &**what), &limits);
        }
        if let Some((what, rank)) = sensitive {
            let evidence = Evidence::SensitiveSource {
                what,
                path: source.to_vec(),
            };
            self.note(id, evidence, rank, Some(by));
        }
    }

    /// What the program itself and its doings so far say.
    fn note_program(&mut self, id: ActivityId, key: ProcessKey) {
        let Some(process) = self.processes.find(key) else {
            return;
        };
        let origin = process.program.origin.clone();
        let doings = process.doings.as_deref();
        let sightings = doings
            .map(|doings| doings.sensitive.clone())
            .unwrap_or_default();
        if let Origin::Odd { place, rank } = origin {
            self.note(id, Evidence::ProgramPlace { place }, rank, Some(key));
        }
        for sighting in sightings {
            self.note_sighting(id, key, &sighting);
        }
    }

    /// Who started it and as whom, told once per activity.
    fn note_circumstances(&mut self, id: ActivityId, key: ProcessKey) {
        let catalogue = &self.policy.catalogue;
        let lineage = self
            .processes
            .ancestors(key)
            .take(self.limits.lineage)
            .filter_map(|ancestor| catalogue.lineage(ancestor.program.image()?))
            .max_by_key(|lineage| lineage.rank)
            .map(|lineage| (lineage.name.clone(), lineage.rank));
        if let Some((ancestor, rank)) = lineage {
            self.note(id, Evidence::Lineage { ancestor }, rank, Some(key));
        }
        let Some(process) = self.processes.find(key) else {
            return;
        };
        if let Some(context) = self.user_context(&process.program.clone()) {
            self.note(id, Evidence::UserContext { context }, Rank::High, Some(key));
        }
    }

    fn user_context(&self, program: &Program) -> Option<crate::Text> {
        let knob = &self.policy.knobs.user_context;
        let flagged = program
            .user
            .as_deref()
            .is_some_and(|user| knob.users.iter().any(|flagged| **flagged == *user));
        let uid = program.uid?;
        let text = if flagged {
            "flagged user"
        } else if uid != 0 && uid < knob.service_accounts_below {
            "service account"
        } else if uid == 0
            && knob.root_without_terminal
            && program.terminal == Some(false)
            && program.login_uid.is_none()
        {
            "root without a terminal or a login"
        } else {
            return None;
        };
        Some(Arc::from(text))
    }
}

/// Whether the one may read from a pipe what the other writes into it.
fn is_fed_by(reader: &Command, writer: &Command) -> bool {
    reader.inputs.is_empty() && matches!(writer.output, Output::Standard | Output::Unknown)
}

/// Where the names of a command line start from.
pub(super) fn command_directory<'p>(
    program: &'p Program,
    command: &'p Command,
) -> Option<Cow<'p, [u8]>> {
    match &command.directory {
        Some(changed) => path::resolved(program.directory(), changed),
        None => program.directory().map(Cow::Borrowed),
    }
}

/// The directory that a command's output goes to, as far as the command line says.
fn output_directory(program: &Program, command: &Command) -> Option<Vec<u8>> {
    let named = match &command.output {
        Output::File(output) => path::resolved(program.directory(), output)?,
        Output::BesideInputs => path::resolved(
            command_directory(program, command).as_deref(),
            command.inputs.first()?,
        )?
        .into_owned()
        .into(),
        Output::Standard | Output::Remote(_) | Output::Unknown => return None,
    };
    path::parent(&named).map(<[u8]>::to_vec)
}

/// The name that the command line gives to the output, resolved.
pub(super) fn expected_output(program: &Program) -> Option<Vec<u8>> {
    let Output::File(output) = &program.command()?.output else {
        return None;
    };
    path::resolved(program.directory(), output).map(Cow::into_owned)
}
