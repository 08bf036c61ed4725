//! Files that were written: which of them are outputs of a packing utility.
//!
//! Step: correlate. Most writes have nothing to do with packing and leave early, without an
//! allocation. A utility's output is recognised by the name that its command line gives, or by its
//! content; content that was not seen never speaks against. What programs write without a utility
//! is judged in `programs`, what is merely gathered in `staging`.

use std::sync::Arc;

use super::Correlator;
use super::announcing::{Announced, announced, is_in_place, is_output};
use super::joining::expected_output;
use super::noting::technique;
use super::using::named_by_call;
use crate::activity::{ActivityId, OutputFile};
use crate::command::Output;
use crate::content::{self, Density, Examination, FormatClass};
use crate::event::{Content, Event, FileKey, FileWritten, ProcessKey};
use crate::evidence::{Purpose, Text};
use crate::finding::Technique;
use crate::path;
use crate::process::{Process, Program, Role};

/// An output as it was written.
#[derive(Debug)]
pub(super) struct Made<'a> {
    pub(super) by: ProcessKey,
    pub(super) path: &'a [u8],
    pub(super) file: Option<FileKey>,
    pub(super) size: Option<u64>,
    pub(super) examination: Examination,
    pub(super) technique: Technique,
    /// Beside its source and under its name.
    pub(super) in_place: bool,
}

impl<'a> Made<'a> {
    pub(super) fn new(
        by: ProcessKey,
        path: &'a [u8],
        written: &FileWritten<'_>,
        examination: Examination,
        technique: Technique,
    ) -> Self {
        Self {
            by,
            path,
            file: written.file,
            size: written.size_after,
            examination,
            technique,
            in_place: false,
        }
    }
}

impl Correlator {
    pub(super) fn written(&mut self, event: &Event<'_>, written: &FileWritten<'_>) {
        if let Some(file) = written.file {
            self.inside.forget(file);
        }
        let Some(path) = written.path else { return };
        if written.size_after == Some(0) {
            return;
        }
        let Some(process) = self.writer(event.process, written.opener) else {
            return;
        };
        let key = process.key;
        match &process.program.role {
            Role::Utility(command) => match command.purpose {
                Purpose::Archive
                | Purpose::Compress
                | Purpose::Encrypt
                | Purpose::Encode
                | Purpose::Split => {
                    let program = process.program.clone();
                    self.written_by_packer(key, &program, path, written);
                }
                Purpose::Copy => {
                    if !self.written_down_the_pipe(key, path, written) {
                        self.copied(key, path, written.size_after);
                    }
                }
                Purpose::Transfer | Purpose::Consume | Purpose::Other => {}
            },
            Role::Interpreter { .. } | Role::Program => {
                if process.lends && process.activity.is_some() {
                    let program = process.program.clone();
                    self.written_by_packer(key, &program, path, written);
                } else if let Some(asking) = self.served_by(key, path)
                    && let Some(program) = self.processes.find(asking).map(|it| it.program.clone())
                {
                    self.written_by_packer(asking, &program, path, written);
                } else if !self.written_down_the_pipe(key, path, written) {
                    self.written_by_program(key, path, written);
                }
            }
        }
    }

    /// The process that wrote, or where it is not known the one that had opened the file.
    fn writer(&mut self, key: ProcessKey, opener: Option<ProcessKey>) -> Option<&Process> {
        let known = self.processes.find_mut(key).is_some();
        let key = if known { key } else { opener? };
        self.processes.find(key)
    }

    /// A file that a packing utility, or a child of one, has written.
    fn written_by_packer(
        &mut self,
        key: ProcessKey,
        program: &Arc<Program>,
        path: &[u8],
        written: &FileWritten<'_>,
    ) {
        let announced = announced(program, path);
        let passing = written.unlinked || self.is_scratch(program, path);
        if passing && announced != Announced::Named {
            return;
        }
        let examination = self.examine(&written.content, path, written.size_after);
        if !is_output(program.command(), announced, &examination) {
            return;
        }
        // A script writes this and that; one that nobody looked into must be called an archive.
        let unseen = announced == Announced::Open && examination.sampled == 0;
        if unseen && program.reads_scripts() && !self.policy.is_packed_name(path) {
            return;
        }
        let own = self
            .processes
            .find(key)
            .and_then(|process| process.activity);
        let id = if let Some(id) = self.open(own) {
            id
        } else {
            // Its activity was over: this is a new packing by the same process.
            let id = self.open_activity(key, Some(path));
            self.take_in(id, key);
            if program.packs() {
                self.enlist(key);
            }
            id
        };
        let in_place = program.command().is_some_and(|command| {
            command.purpose == Purpose::Compress && is_in_place(program, command, path)
        });
        let technique = program.command().map_or(Technique::Utility, technique);
        let made = Made::new(key, path, written, examination, technique);
        self.add_output(id, Made { in_place, ..made });
    }

    /// Whether a packing utility makes such a file for the time being.
    fn is_scratch(&self, program: &Program, path: &[u8]) -> bool {
        let name = path::base_name(path);
        program
            .command()
            .and_then(|command| self.policy.catalogue.utility_named(&command.utility))
            .is_some_and(|utility| {
                utility.scratch.iter().any(|begin| {
                    name.get(..begin.len())
                        .is_some_and(|start| start.eq_ignore_ascii_case(begin.as_bytes()))
                })
            })
    }

    /// A file to which a packing utility gives the name of its output: one that was written under
    /// a temporary name, as zip does, and of which nothing was seen that gave it away. Says whether
    /// it is one.
    pub(super) fn put_in_place(
        &mut self,
        key: ProcessKey,
        path: &[u8],
        file: Option<FileKey>,
    ) -> bool {
        let Some(process) = self.processes.find(key) else {
            return false;
        };
        let program = &process.program;
        let packs = matches!(
            program.purpose(),
            Some(Purpose::Archive | Purpose::Compress | Purpose::Encrypt)
        );
        if !packs || announced(program, path) != Announced::Named {
            return false;
        }
        let program = program.clone();
        let written = FileWritten {
            path: Some(path),
            file,
            ..FileWritten::default()
        };
        self.written_by_packer(key, &program, path, &written);
        true
    }

    /// A file that a program has written at the end of a pipeline that a packing utility feeds.
    /// Whatever the program is (tee, pv, dd), the file is the utility's output.
    fn written_down_the_pipe(
        &mut self,
        key: ProcessKey,
        path: &[u8],
        written: &FileWritten<'_>,
    ) -> bool {
        let Some((id, packer)) = self.upstream(key) else {
            return false;
        };
        let examination = self.examine(&written.content, path, written.size_after);
        let class = class(&examination);
        let known = class.is_some_and(|it| is_packed(it) || it == FormatClass::Package);
        let unknown =
            class.is_none() && (examination.sampled == 0 || examination.density == Density::Dense);
        if written.unlinked || !(known || unknown) {
            return false;
        }
        let made = Made::new(packer, path, written, examination, Technique::Utility);
        self.add_output(id, made);
        true
    }

    /// The packing, and its process, whose standard output this process has written to a file: of a neighbour in its
    /// pipeline, or of a child that has inherited the file.
    fn upstream(&self, key: ProcessKey) -> Option<(ActivityId, ProcessKey)> {
        // What feeds a pipeline has shown nothing, so that nothing was told of it yet.
        if self.activities.counts().1 == 0 {
            return None;
        }
        let children = self
            .processes
            .find(key)
            .and_then(|process| process.doings.as_deref())
            .map_or(&[][..], |doings| &doings.children[..]);
        let children = children
            .iter()
            .rev()
            .filter_map(|child| self.processes.find(child.key));
        self.neighbours(key).chain(children).find_map(|source| {
            let command = source.program.command()?;
            let feeds = crate::process::packs(command.purpose)
                && matches!(command.output, Output::Standard);
            let id = self.open(source.activity).filter(|_| feeds)?;
            // One that has its output already fed nobody else.
            let waits = self
                .activities
                .find(id)
                .is_some_and(|activity| !activity.shows());
            waits.then_some((id, source.key))
        })
    }

    pub(super) fn examine(
        &self,
        samples: &Content<'_>,
        path: &[u8],
        size: Option<u64>,
    ) -> Examination {
        content::examine(&self.policy.catalogue, samples, Some(path), size)
    }

    /// Adds an output to an activity, or what is new of one that it has.
    pub(super) fn add_output(&mut self, id: ActivityId, made: Made<'_>) {
        let name = self.names.name(made.path);
        let Some(process) = self.processes.find(made.by) else {
            return;
        };
        let program = process.program.clone();
        let expected = expected_output(&program);
        // A temporary name says nothing of where the output will be.
        let final_name = expected
            .as_deref()
            .or_else(|| named_by_call(process, made.path))
            .unwrap_or(made.path)
            .to_vec();
        let final_name = &*final_name;
        let benign = self.benign(process, final_name, made.path);
        let parent = process
            .parent
            .and_then(|parent| self.processes.find(parent));
        let parent = parent.map(|parent| &*parent.program);
        let allowed = self
            .policy
            .allowed(made.technique, &program, parent, final_name);
        let (now, limits, policy) = (self.now, self.limits, &self.policy);
        self.activities.update(id, |activity| {
            activity.methods.add(made.technique);
            let mut output = activity.take_output(made.path).unwrap_or_else(|| {
                activity.output_count += 1;
                OutputFile::new(made.by, now)
            });
            output.file = made.file.or(output.file);
            output.size = made.size;
            output.examine(made.examination, policy.knobs.payload_entropy_threshold);
            output.name(name, policy);
            if final_name != made.path {
                output.judge_name(final_name, policy);
            }
            if made.in_place {
                output.mark_in_place();
            }
            output.benign = benign;
            output.allowed = allowed;
            activity.add_output(output, &limits);
        });
        self.note_read_directories(id, made.by);
        self.note_code(id, made.by);
        self.changed(id);
    }

    /// The context in which the process, or an ancestor, writes such files all day.
    fn benign(&self, process: &Process, final_name: &[u8], path: &[u8]) -> Option<Text> {
        let catalogue = &self.policy.catalogue;
        catalogue
            .benign_in(process.contexts, final_name)
            .or_else(|| catalogue.benign_in(process.contexts, path))
            .map(|benign| benign.name.clone())
            .or_else(|| {
                let own = self.is_own_of_suite(process, final_name);
                own.then(|| Text::from("archiver of the suite whose files these are"))
            })
    }

    /// Content that was read after the fact.
    pub(super) fn content_read(
        &mut self,
        path: Option<&[u8]>,
        file: Option<FileKey>,
        size: Option<u64>,
        samples: &Content<'_>,
    ) {
        let Some(id) = self.activities.of_output(path, file) else {
            return;
        };
        let examination = content::examine(&self.policy.catalogue, samples, path, size);
        let threshold = self.policy.knobs.payload_entropy_threshold;
        let Some(activity) = self.activities.find_mut(id) else {
            return;
        };
        let output = activity.outputs.iter_mut().rev().find(|output| {
            path.is_some_and(|path| output.is_named(path))
                || (file.is_some() && output.file == file)
        });
        let Some(output) = output else { return };
        output.size = size.or(output.size);
        output.examine(examination, threshold);
        if let Some(name) = output.path.clone() {
            output.judge_name(&name, &self.policy);
        }
        self.changed(id);
    }
}

/// The class of a recognised format.
pub(super) fn class(examination: &Examination) -> Option<FormatClass> {
    examination.format.as_ref().map(|format| format.class)
}

/// Whether such a format is what packing makes.
pub(super) fn is_packed(class: FormatClass) -> bool {
    match class {
        FormatClass::Archive
        | FormatClass::Compressed
        | FormatClass::Encrypted
        | FormatClass::Encoded
        | FormatClass::Disk => true,
        FormatClass::Package | FormatClass::Other => false,
    }
}
