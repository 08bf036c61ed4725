//! Packing code: called in a library, linked into a program, or merely loaded.
//!
//! Step: correlate. A call says that a stream was begun, not where it went, so it makes no finding
//! by itself: it supports what the process then writes, and becomes evidence beside an output that
//! it can have made. Encryption counts only beside something encrypted, because every program that
//! talks over TLS encrypts. Linked-in code is told of a file, at any time: outputs that were told
//! before are told again with it.

use super::Correlator;
use super::writing::class;
use crate::activity::{Activity, ActivityId, OutputFile};
use crate::catalogue::Rank;
use crate::command::Command;
use crate::content::{Density, Examination, FormatClass};
use crate::event::{CodeInside, Event, FileKey, LibraryUse, ProcessKey, UsePurpose};
use crate::evidence::{Evidence, Text};
use crate::finding::Technique;
use crate::inside::{Inside, Linked};
use crate::path;
use crate::process::{Loaded, Process, Program, Role, Use, add_use};

/// What a process's code says of an output, before it is known whether it is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Support {
    /// A function that can have made such content was called.
    pub(super) used: u32,
    /// A function that encrypts was called, and the process talked to nobody.
    pub(super) encrypted: bool,
    /// Code that can have made such content is linked in.
    pub(super) linked: bool,
}

impl Support {
    /// Whether there is anything.
    pub(super) fn speaks(self) -> bool {
        self.used > 0 || self.encrypted || self.linked
    }
}

impl Correlator {
    /// Calls of a producing function.
    pub(super) fn used(&mut self, event: &Event<'_>, told: &LibraryUse<'_>) {
        let library = told.library.map(|library| self.names.name(library));
        if let Some(library) = &library {
            self.inside.watch(library);
        }
        let family = match self.policy.catalogue.code(told.family) {
            Some(code) => code.name.clone(),
            None => self.names.text(&String::from_utf8_lossy(told.family)),
        };
        let Some(process) = self.processes.find_mut(event.process) else {
            return;
        };
        let directory = process.program.directory();
        let output = told
            .output
            .and_then(|output| path::resolved(directory, output));
        let told = Use {
            family,
            function: self.names.name(told.function),
            library,
            purpose: told.purpose,
            uses: told.uses,
            first: told.first,
            output: output.map(|output| self.names.name(&output)),
            format: told.format.map(|format| self.names.name(format)),
            level: told.level,
            passphrase: told.passphrase,
        };
        let (key, activity) = (process.key, process.activity);
        let gone = add_use(&mut process.doings().uses, told, self.limits.uses);
        self.uses_evicted += u64::from(gone);
        if let Some(id) = self.open(activity) {
            self.note_code(id, key);
            self.changed(id);
        }
    }

    /// What a scan found in a file.
    pub(super) fn code_found(&mut self, told: &CodeInside<'_>) {
        if !self.inside.tell(told, &mut self.names) || told.code.is_empty() {
            return;
        }
        for id in self.activities.ids() {
            let Some(activity) = self.activities.find(id) else {
                continue;
            };
            let members = activity.members.iter();
            let holders: Vec<ProcessKey> = members
                .filter(|member| {
                    let mapped = || self.mapped(member.key).contains(&told.file);
                    member.program.image_file == Some(told.file) || mapped()
                })
                .map(|member| member.key)
                .collect();
            for key in holders {
                self.note_code(id, key);
                self.changed.insert(id);
            }
        }
    }

    /// Remembers a library that lies where none is installed: it may have been scanned, or be.
    pub(super) fn mapped_from_elsewhere(&mut self, key: ProcessKey, file: FileKey) {
        let limit = self.limits.mapped;
        let Some(process) = self.processes.find_mut(key) else {
            return;
        };
        let mapped = &mut process.doings().mapped;
        if mapped.contains(&file) {
            return;
        }
        if mapped.len() < limit {
            mapped.push(file);
        } else {
            self.uses_evicted += 1;
        }
    }

    fn mapped(&self, key: ProcessKey) -> &[FileKey] {
        self.processes
            .find(key)
            .and_then(|process| process.doings.as_deref())
            .map_or(&[], |doings| &doings.mapped)
    }

    /// Whether the program calls or holds code that makes archives: then an ordinary name in an
    /// ordinary place settles nothing.
    pub(super) fn has_archiving_code(&self, process: &Process) -> bool {
        let doings = process.doings.as_deref();
        let calls = doings.is_some_and(|doings| !doings.uses.is_empty());
        let mapped = doings.map_or(&[][..], |doings| &doings.mapped);
        calls
            || self.files_of(&process.program, mapped).any(|inside| {
                let ranks = inside.code.iter().map(|code| self.linked_rank(code));
                ranks.max() >= Some(Rank::High)
            })
    }

    /// What the process's code says of content that it has written to `path`.
    pub(super) fn code_support(
        &self,
        process: &Process,
        path: &[u8],
        seen: &Examination,
    ) -> Support {
        let mut support = Support::default();
        let doings = process.doings.as_deref();
        if let Some(doings) = doings {
            let alone = doings.open_flows == 0 && doings.received == 0;
            for it in &doings.uses {
                let named = it
                    .output
                    .as_deref()
                    .is_some_and(|output| is_written_as(path, output));
                match it.purpose {
                    UsePurpose::Encrypt => support.encrypted |= named || (alone && is_secret(seen)),
                    UsePurpose::Archive if named || self.may_make(&it.family, seen) => {
                        support.used = support.used.max(3);
                    }
                    UsePurpose::Compress if named || self.may_make(&it.family, seen) => {
                        support.used = support.used.max(if named { 3 } else { 2 });
                    }
                    UsePurpose::Archive | UsePurpose::Compress => {}
                }
            }
        }
        // Every interpreter has it linked in.
        if !matches!(process.program.role, Role::Interpreter { .. }) && class(seen).is_some() {
            let mapped = doings.map_or(&[][..], |doings| &doings.mapped);
            support.linked = self.files_of(&process.program, mapped).any(|inside| {
                inside.code.iter().any(|code| {
                    code.purpose != UsePurpose::Encrypt && self.may_make(&code.family, seen)
                })
            });
        }
        support
    }

    /// The library that the process loaded, unless calls of it would have been told and none was.
    pub(super) fn loaded_library<'p>(&self, process: &'p Process) -> Option<&'p Loaded> {
        let doings = process.doings.as_deref()?;
        let loaded = doings.library.as_ref()?;
        let only_consumes = self.inside.is_watched(&loaded.path, process.started)
            && !doings
                .uses
                .iter()
                .any(|it| it.library.as_ref() == Some(&loaded.path));
        (!only_consumes).then_some(loaded)
    }

    /// Notes calls and linked-in code that can have made what the process wrote.
    pub(super) fn note_code(&mut self, id: ActivityId, key: ProcessKey) {
        let Some(activity) = self.activities.find(id) else {
            return;
        };
        let Some(member) = activity.member(key) else {
            return;
        };
        let program = member.program.clone();
        let uses = self
            .processes
            .find(key)
            .and_then(|process| process.doings.as_deref())
            .map_or(&[][..], |doings| &doings.uses);
        // A utility's own library is how it works; only what it hides of itself is news. What a
        // runtime's utility calls is the runtime's library, as if a program had called it.
        let utility = program.command();
        let own_library = utility.is_some_and(|command| !self.is_of_runtime(command));
        let mut found: Vec<(Evidence, Rank)> = Vec::new();
        for it in uses {
            if it.passphrase && activity.shows() {
                let function = it.function.to_vec();
                let family = it.family.clone();
                found.push((Evidence::Passphrase { family, function }, Rank::High));
            }
            if !own_library && self.bears_on(activity, key, it.purpose, &it.family) {
                found.push((evidence_of(it), self.use_rank(it)));
            }
        }
        let called = utility.is_some() && found.iter().any(|(it, _)| it.names_code());
        let linked = utility.is_none_or(|command| command.renamed);
        let linked = if linked {
            self.linked_evidence(activity, key, &program, uses)
        } else {
            Vec::new()
        };
        for (evidence, rank) in found.into_iter().chain(linked) {
            self.note(id, evidence, rank, Some(key));
        }
        if called && let Some(activity) = self.activities.find_mut(id) {
            activity.methods.add(Technique::Library);
        }
    }

    /// Whether the utility packs through the library of a language runtime.
    fn is_of_runtime(&self, command: &Command) -> bool {
        let utility = self.policy.catalogue.utility_named(&command.utility);
        utility.is_some_and(|utility| utility.runtime)
    }

    fn linked_evidence(
        &self,
        activity: &Activity,
        key: ProcessKey,
        program: &Program,
        uses: &[Use],
    ) -> Vec<(Evidence, Rank)> {
        let mut found: Vec<(Evidence, Rank)> = Vec::new();
        for inside in self.files_of(program, self.mapped(key)) {
            for code in &inside.code {
                let family = self.family_name(&code.family);
                let called = uses.iter().any(|it| *it.family == *family);
                if called || !self.bears_on(activity, key, code.purpose, &code.family) {
                    continue;
                }
                let evidence = Evidence::LinkedIn {
                    family: code.family.clone(),
                    purpose: code.purpose,
                    recognised: code.recognised.clone(),
                    file: inside.path.as_deref().unwrap_or_default().to_vec(),
                };
                found.push((evidence, self.linked_rank(code)));
            }
        }
        // The code that says most comes first; what else a large program can do says no more.
        found.sort_by_key(|(_, rank)| std::cmp::Reverse(*rank));
        // A crate, what it is built on and their tables are one thing.
        let mut told: Vec<Text> = Vec::new();
        found.retain(|(evidence, _)| {
            let Evidence::LinkedIn { family, .. } = evidence else {
                return true;
            };
            let name = self.family_name(family);
            let new = !told.contains(&name);
            told.push(name);
            new
        });
        found.truncate(MOST_TOLD);
        found
    }

    /// Whether such code can have made an output of this process.
    fn bears_on(
        &self,
        activity: &Activity,
        key: ProcessKey,
        purpose: UsePurpose,
        family: &str,
    ) -> bool {
        let own = activity.outputs.iter().filter(|output| output.by == key);
        own.into_iter().any(|output| match purpose {
            UsePurpose::Encrypt => is_secret_output(output),
            UsePurpose::Compress | UsePurpose::Archive => output
                .examination
                .as_ref()
                .is_none_or(|seen| self.may_make(family, seen)),
        })
    }

    /// Whether the family makes content like that which was seen.
    fn may_make(&self, family: &str, seen: &Examination) -> bool {
        let Some(format) = &seen.format else {
            // What has no mark of its own may be anybody's, if it is packed at all.
            return seen.sampled == 0 || seen.density != Density::Plain;
        };
        let Some(code) = self.policy.catalogue.code(family.as_bytes()) else {
            return matches!(
                format.class,
                FormatClass::Archive | FormatClass::Compressed | FormatClass::Package
            );
        };
        let held = seen.holds.as_deref();
        code.makes(&format.format) || held.is_some_and(|held| code.makes(held))
    }

    /// The scanned files whose code the process has in its memory.
    fn files_of<'c>(
        &'c self,
        program: &'c Program,
        mapped: &'c [FileKey],
    ) -> impl Iterator<Item = &'c Inside> {
        let files = program.image_file.iter().chain(mapped);
        files.filter_map(|file| self.inside.find(*file))
    }

    fn use_rank(&self, it: &Use) -> Rank {
        let monitored = it
            .library
            .as_deref()
            .is_some_and(|library| self.policy.is_monitored_library(library));
        if monitored {
            return Rank::High;
        }
        self.family_rank(&it.family, it.purpose)
    }

    fn linked_rank(&self, code: &Linked) -> Rank {
        self.family_rank(&code.family, code.purpose)
    }

    /// The family's name in the catalogue, or its own.
    fn family_name(&self, family: &Text) -> Text {
        let code = self.policy.catalogue.code(family.as_bytes());
        code.map_or_else(|| family.clone(), |code| code.name.clone())
    }

    fn family_rank(&self, family: &Text, purpose: UsePurpose) -> Rank {
        match self.policy.catalogue.code(family.as_bytes()) {
            Some(code) => code.rank,
            None if purpose == UsePurpose::Archive => Rank::Medium,
            None => Rank::Low,
        }
    }
}

fn evidence_of(it: &Use) -> Evidence {
    Evidence::LibraryUse {
        family: it.family.clone(),
        function: it.function.to_vec(),
        library: it.library.as_deref().map(<[u8]>::to_vec),
        purpose: it.purpose,
        uses: it.uses,
        since: it.first,
        format: it.format.as_deref().map(<[u8]>::to_vec),
        level: it.level,
    }
}

/// Whether content may be the outcome of encryption.
fn is_secret(seen: &Examination) -> bool {
    match &seen.format {
        Some(format) => format.class == FormatClass::Encrypted || format.encrypted == Some(true),
        None => seen.density == Density::Dense,
    }
}

fn is_secret_output(output: &OutputFile) -> bool {
    output.examination.as_ref().is_some_and(is_secret)
}

/// Whether a file is the one that a call named: under that name, or under one that begins with it
/// and is going to be renamed.
fn is_written_as(path: &[u8], named: &[u8]) -> bool {
    path.starts_with(named)
}

/// The name that a call gave to the output that is written as `path`, for the time being under a
/// name that begins with it.
pub(super) fn named_by_call<'p>(process: &'p Process, path: &[u8]) -> Option<&'p [u8]> {
    let uses = &process.doings.as_deref()?.uses;
    uses.iter()
        .rev()
        .filter_map(|it| it.output.as_deref())
        .find(|named| is_written_as(path, named))
}

/// Families of linked-in code told of one process.
const MOST_TOLD: usize = 4;
