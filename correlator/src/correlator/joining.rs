//! Which activity a packing utility belongs to.
//!
//! Step: correlate. A utility joins, in this order: the packing of the utility that started it;
//! the packing whose output it takes in; the gathering that it packs; its neighbour in a pipeline,
//! whichever of the two came first; the loop that it is one turn of. Else it begins an activity,
//! of which nothing is told until something comes out.

use std::borrow::Cow;

use super::Correlator;
use super::starting::GRACE;
use crate::activity::ActivityId;
use crate::command::{Command, Output};
use crate::event::ProcessKey;
use crate::path;
use crate::process::{Process, Program};

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
        // What a script's commands start is no part of what it packs by itself.
        let packs = process.program.packs() && !process.program.reads_scripts();
        process.lends = packs || process.lends;
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
            .filter_map(|input| {
                if program.is_expression(input) {
                    return Some(input.clone());
                }
                path::resolved(directory.as_deref(), input).map(Cow::into_owned)
            })
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
        Output::File(_) => expected_output(program)?,
        Output::BesideInputs => path::resolved(
            command_directory(program, command).as_deref(),
            command.inputs.first()?,
        )?
        .into_owned(),
        Output::Standard | Output::Remote(_) | Output::Unknown => return None,
    };
    path::parent(&named).map(<[u8]>::to_vec)
}

/// The name that the command line gives to the output, resolved; none where it is an expression.
pub(super) fn expected_output(program: &Program) -> Option<Vec<u8>> {
    let Output::File(output) = &program.command()?.output else {
        return None;
    };
    if program.is_expression(output) {
        return None;
    }
    path::resolved(program.directory(), output).map(Cow::into_owned)
}
