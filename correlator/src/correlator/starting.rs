//! Processes that start, fork, load libraries and end.
//!
//! Step: correlate. A command line is interpreted once, when its program starts; a fork shares its
//! parent's program. A child of a packing utility is a part of the same packing, whatever it runs
//! (tar's child runs sh, which runs gzip).

use std::sync::Arc;

use super::Correlator;
use crate::activity::{ActivityId, Member};
use crate::catalogue::Rank;
use crate::command::Output;
use crate::event::{Event, Exit, FileKey, ProcessKey, ProcessStart, Time};
use crate::evidence::{Evidence, Purpose};
use crate::path;
use crate::process::{Child, Loaded, Process, Program, is_installed};

impl Correlator {
    pub(super) fn started(&mut self, event: &Event<'_>, start: &ProcessStart<'_>) {
        let key = event.process;
        if start.rundown && self.confirm(key) {
            return;
        }
        let program = Arc::new(Program::new(
            start,
            event.incomplete,
            &self.policy,
            &self.limits,
            &mut self.names,
            &mut self.images,
        ));
        let known_parent = self.processes.find(key).and_then(|process| process.parent);
        let parent = start.parent.or(known_parent);
        let inherited = parent
            .and_then(|parent| self.processes.find(parent))
            .map(|parent| {
                (
                    parent.contexts,
                    parent.lends.then_some(parent.activity).flatten(),
                )
            });
        let (contexts, lent) = inherited.unwrap_or_default();
        if let Some(process) = self.processes.find_mut(key) {
            process.parent = parent;
            process.exec(program, contexts, event.time);
        } else {
            let mut process = Process::new(key, parent, program, event.time);
            process.contexts = process.contexts.with(contexts);
            process.activity = lent;
            process.lends = lent.is_some();
            self.processes.insert(process);
        }
        self.take_up_role(key);
    }

    /// Whether the process is known with its program already: what a rundown tells of it is older
    /// than what was seen.
    fn confirm(&mut self, key: ProcessKey) -> bool {
        self.processes
            .find_mut(key)
            .is_some_and(|process| process.program.image.is_some())
    }

    pub(super) fn take_up_role(&mut self, key: ProcessKey) {
        let Some(process) = self.processes.find(key) else {
            return;
        };
        let program = process.program.clone();
        match program.purpose() {
            Some(purpose) if crate::process::packs(purpose) => {
                self.line_up(key);
                self.enlist(key);
            }
            Some(Purpose::Transfer) => {
                self.line_up(key);
                self.transfer_started(key);
            }
            Some(Purpose::Consume) => {}
            Some(_) | None => {
                self.output_handed_over(key);
                self.explored(key, &program);
            }
        }
    }

    /// Remembers a process with its parent, so that the others of its pipeline find it.
    pub(super) fn line_up(&mut self, key: ProcessKey) {
        let now = self.now;
        let Some(parent) = self.processes.find(key).and_then(|process| process.parent) else {
            return;
        };
        if self.processes.find(parent).is_none() {
            let unknown = Process::new(parent, None, self.unknown.clone(), now);
            self.processes.insert(unknown);
        }
        let Some(parent) = self.processes.find_mut(parent) else {
            return;
        };
        let children = &mut parent.doings().children;
        children.retain(|child| child.key != key);
        if children.len() >= MOST_CHILDREN {
            children.remove(0);
        }
        children.push(Child { key, started: now });
    }

    /// Counts a command that explores the host for the shells that it was run from.
    fn explored(&mut self, key: ProcessKey, program: &Program) {
        let Some(image) = program.image.as_ref() else {
            return;
        };
        let arguments = program.arguments.as_deref().unwrap_or_default();
        if self
            .policy
            .catalogue
            .exploration(image, arguments)
            .is_none()
        {
            return;
        }
        let name = self.names.name(path::base_name(image));
        let (now, window) = (self.now, self.policy.window());
        let mut next = Some(key);
        for _ in 0..EXPLORING_GENERATIONS {
            let Some(process) = next.and_then(|key| self.processes.find_mut(key)) else {
                return;
            };
            let doings = process.doings();
            if now.0.saturating_sub(doings.explored_at.0) > window {
                doings.explored.clear();
            }
            doings.explored_at = now;
            if doings.explored.len() < MOST_EXPLORED && !doings.explored.contains(&name) {
                doings.explored.push(name.clone());
            }
            next = process.parent;
        }
    }

    pub(super) fn forked(&mut self, event: &Event<'_>, child: ProcessKey) {
        let mut process = match self.processes.find_mut(event.process) {
            Some(parent) => {
                let program = parent.program.clone();
                let mut process = Process::new(child, Some(parent.key), program, event.time);
                process.contexts = parent.contexts;
                process.lends = parent.lends;
                process.activity = parent.lends.then_some(parent.activity).flatten();
                process
            }
            None => Process::new(child, Some(event.process), self.unknown.clone(), event.time),
        };
        process.touched = true;
        // A start that overtook its fork has said more already.
        if self.processes.find(child).is_none() {
            self.processes.insert(process);
        }
    }

    pub(super) fn exited(&mut self, event: &Event<'_>, exit: &Exit) {
        self.scripts_ended(event.process);
        self.asked_in_vain(event.process);
        let until = self.window_end();
        let Some(process) = self.processes.find_mut(event.process) else {
            return;
        };
        let (key, activity) = (process.key, process.activity);
        self.processes.end(key, event.time, until);
        if let Some(id) = self.open(activity) {
            self.member_ended(id, key, event.time, exit);
        }
    }

    fn member_ended(&mut self, id: ActivityId, key: ProcessKey, time: Time, exit: &Exit) {
        let Some(activity) = self.activities.find_mut(id) else {
            return;
        };
        let Some(member) = activity.member_mut(key) else {
            return;
        };
        member.ended = Some(time);
        let streams_out = member
            .program
            .command()
            .is_some_and(|command| matches!(command.output, Output::Standard | Output::Remote(_)));
        // What an interpreter reads is mostly its libraries; its data was counted by directory.
        let utility = member.program.command().is_some();
        let files = exit.files_read.unwrap_or(0);
        let directories = exit.directories_read.unwrap_or(0);
        if utility && files >= MANY_FILES {
            let evidence = Evidence::ManyIntoOne { files, directories };
            self.note(id, evidence, Rank::High, Some(key));
            self.changed.insert(id);
        }
        if streams_out {
            self.may_have_streamed(id, key);
        }
        let Some(activity) = self.activities.find_mut(id) else {
            return;
        };
        let over = activity.members.iter().all(|member| member.ended.is_some());
        if over && !activity.shows() {
            // Nothing came of it; a moment's grace for the others of its pipeline.
            let deadline = Time(self.now.0.saturating_add(GRACE));
            self.due = self.due.min(deadline);
            self.activities.keep_until(id, deadline);
        }
    }

    pub(super) fn loaded(
        &mut self,
        event: &Event<'_>,
        library: Option<&[u8]>,
        file: Option<FileKey>,
    ) {
        let Some(library) = library else { return };
        if let Some(file) = file.filter(|_| !is_installed(library)) {
            self.mapped_from_elsewhere(event.process, file);
        }
        let Some((name, rank)) = self.policy.library(library) else {
            return;
        };
        if rank == Rank::Zero {
            return;
        }
        let Some(process) = self.processes.find_mut(event.process) else {
            return;
        };
        let doings = process.doings();
        if doings
            .library
            .as_ref()
            .is_none_or(|known| known.rank < rank)
        {
            let path = self.names.name(library);
            doings.library = Some(Loaded { name, rank, path });
        }
    }

    /// Who started the process, parent first.
    pub(super) fn lineage(&self, key: ProcessKey) -> Vec<Member> {
        self.processes
            .ancestors(key)
            .take(self.limits.lineage)
            .map(Member::of)
            .collect()
    }
}

/// Children of one shell that may stand in a pipeline together.
const MOST_CHILDREN: usize = 16;

/// A command explores for itself, for its shell and for the shell around that.
const EXPLORING_GENERATIONS: usize = 3;
const MOST_EXPLORED: usize = 16;

/// From here on one output was made from many files.
const MANY_FILES: u64 = 8;

/// How long the others of a pipeline may come later than an end.
pub(super) const GRACE: u64 = 2_000_000_000;
