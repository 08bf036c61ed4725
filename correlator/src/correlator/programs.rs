//! Outputs of programs that pack without a utility: with a library, or by a method of their own.
//!
//! Step: correlate. Built-in compressors load nothing, so the content decides, and the
//! circumstances support: a known packed format is T1560.002, content that is dense or hidden
//! under a key and of no known format is T1560.003. Content alone is never enough for the latter:
//! caches and databases are dense, too. Contexts that are known to write such files all day are
//! left alone here, but never where the name lies or the program is in an odd place.

use super::Correlator;
use super::using::Support;
use super::writing::{Made, class};
use crate::activity::{ActivityId, is_dense};
use crate::catalogue::Rank;
use crate::content::{Density, Examination, FormatClass};
use crate::event::{Content, FileWritten, ProcessKey};
use crate::evidence::{Evidence, Purpose, Text};
use crate::finding::Technique;
use crate::path;
use crate::process::{Doings, Origin, Process, Role, Sighting};

/// What surrounds an output.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a set of circumstances, each there or not"
)]
struct Circumstances {
    interpreter: Option<Text>,
    shell: bool,
    odd_program: bool,
    installed: bool,
    library: Option<(Text, Rank)>,
    code: Support,
    sensitive: bool,
    many_directories: bool,
    staged: bool,
    user_place: bool,
    packed_name: bool,
    mismatch: bool,
}

impl Correlator {
    /// A file that a program has written that is no known utility.
    pub(super) fn written_by_program(
        &mut self,
        key: ProcessKey,
        path: &[u8],
        written: &FileWritten<'_>,
    ) {
        let Some(process) = self.processes.find(key) else {
            return;
        };
        // The cheap questions first: most writes end here.
        let named = self.policy.is_packed_name(path);
        let text = !named && is_text(&written.content);
        let unsuspected = !named && self.is_unsuspected(process);
        let interpreter = matches!(process.program.role, Role::Interpreter { .. });
        if text && !interpreter {
            self.gathered_text(key, path, written);
            return;
        }
        let worth_a_look = (!text && !unsuspected) || self.policy.is_staging(path);
        if !worth_a_look {
            return;
        }
        let mut circumstances = self.circumstances(process, path, named);
        let examination = self.examine(&written.content, path, written.size_after);
        circumstances.mismatch =
            examination.sampled > 0 && self.policy.belied(path, &examination).is_some();
        circumstances.code = self.code_support(process, path, &examination);
        let threshold = self.policy.knobs.payload_entropy_threshold;
        let technique = circumstances
            .technique(&examination, threshold)
            .filter(|_| !written.unlinked && self.policy.passes_extension_filter(path))
            .filter(|_| {
                let document = class(&examination) == Some(FormatClass::Package);
                let lies = circumstances.odd_program || (circumstances.mismatch && !document);
                lies || self
                    .policy
                    .catalogue
                    .benign_in(process.contexts, path)
                    .is_none()
            });
        match technique {
            Some(technique) => {
                let id = self.packed_by_program(key, path, written, &circumstances);
                self.add_output(id, Made::new(key, path, written, examination, technique));
            }
            None if reads_as_text(&examination) => self.gathered_text(key, path, written),
            None => {}
        }
    }

    /// Whether an ordinary name in an ordinary place settles that the program has packed nothing:
    /// it was installed, runs no other people's code, and neither reads, loads, calls nor holds what
    /// would be odd.
    fn is_unsuspected(&self, process: &Process) -> bool {
        let ordinary = |doings: &Doings| {
            let sensitive = |sighting: &Sighting| sighting.rank >= Rank::Medium;
            !doings.sensitive.iter().any(sensitive)
        };
        process.program.origin == Origin::Installed
            && !matches!(process.program.role, Role::Interpreter { .. })
            && process.doings.as_deref().is_none_or(ordinary)
            && self
                .loaded_library(process)
                .is_none_or(|loaded| loaded.rank < Rank::High)
            && !self.has_archiving_code(process)
    }

    fn circumstances(&self, process: &Process, path: &[u8], named: bool) -> Circumstances {
        let (interpreter, shell) = match &process.program.role {
            Role::Interpreter { name, shell } => (Some(name.clone()), *shell),
            Role::Utility(_) | Role::Program => (None, false),
        };
        let doings = process.doings.as_deref();
        let staged = self.policy.is_staging(path);
        Circumstances {
            interpreter,
            shell,
            odd_program: matches!(
                process.program.origin,
                Origin::Odd {
                    rank: Rank::Medium | Rank::High,
                    ..
                }
            ),
            installed: process.program.origin == Origin::Installed,
            library: self
                .loaded_library(process)
                .map(|loaded| (loaded.name.clone(), loaded.rank)),
            code: Support::default(),
            sensitive: doings.is_some_and(|doings| {
                doings
                    .sensitive
                    .iter()
                    .any(|sighting| sighting.rank >= Rank::Medium)
            }),
            many_directories: doings
                .is_some_and(|doings| doings.directories_read >= MANY_DIRECTORIES),
            staged,
            user_place: !staged && self.policy.is_user_place(path),
            packed_name: named,
            mismatch: false,
        }
    }

    /// The activity of a program that packs by itself, with what there is to say of the program.
    fn packed_by_program(
        &mut self,
        key: ProcessKey,
        path: &[u8],
        written: &FileWritten<'_>,
        circumstances: &Circumstances,
    ) -> ActivityId {
        let process = self.processes.find(key);
        let own = process.and_then(|process| self.open(process.activity));
        if let Some(id) = own {
            return id;
        }
        let of_same_file = self.open(self.activities.of_output(Some(path), written.file));
        let handed = process
            .and_then(|process| process.carries)
            .map(|carried| carried.id);
        let packed_again = self.open(handed);
        let id = of_same_file
            .or(packed_again)
            .unwrap_or_else(|| self.open_activity(key, Some(path)));
        if let Some(process) = self.processes.find_mut(key) {
            process.activity = Some(id);
        }
        self.take_in(id, key);
        if let Some(interpreter) = circumstances.interpreter.clone() {
            self.note(
                id,
                Evidence::Interpreter { interpreter },
                Rank::High,
                Some(key),
            );
        }
        // Beside what was called, or is there to be called, what was loaded says nothing.
        let loaded = circumstances.library.clone();
        if let Some((library, rank)) = loaded.filter(|_| !circumstances.code.speaks()) {
            self.note(id, Evidence::Library { library }, rank, Some(key));
        }
        self.note_received(id, key);
        id
    }

    /// Speaks against a packing where the file may have come over the network: the program has, or
    /// had, a connection and has read nothing of its own host that could be in it.
    fn note_received(&mut self, id: ActivityId, key: ProcessKey) {
        let Some(doings) = self
            .processes
            .find(key)
            .and_then(|process| process.doings.as_deref())
        else {
            return;
        };
        let connected = doings.open_flows > 0 || doings.received > 0;
        let reads_data = doings.directories.iter().any(|directory| {
            self.policy.is_user_place(directory) || self.policy.is_staging(directory)
        });
        if connected && !reads_data && doings.sensitive.is_empty() {
            let evidence = Evidence::Received {
                bytes: doings.received,
            };
            self.note(id, evidence, Rank::High, Some(key));
        }
    }

    /// What the process read before it wrote, as sources of its packing.
    pub(super) fn note_read_directories(&mut self, id: ActivityId, key: ProcessKey) {
        let Some(process) = self.processes.find(key) else {
            return;
        };
        let Some(doings) = process.doings.as_deref() else {
            return;
        };
        let sightings = doings.sensitive.clone();
        for sighting in sightings {
            self.note_sighting(id, key, &sighting);
        }
        let Some(process) = self
            .processes
            .find(key)
            .filter(|it| packs_what_it_reads(it))
        else {
            return;
        };
        let Some(doings) = process.doings.as_deref() else {
            return;
        };
        let count = doings.directories_read;
        let read: Vec<Vec<u8>> = doings
            .directories
            .iter()
            .map(|name| name.to_vec())
            .collect();
        for directory in &read {
            self.note_source(id, directory, key);
        }
        if count >= MANY_DIRECTORIES {
            let evidence = Evidence::ManyIntoOne {
                files: count,
                directories: count,
            };
            self.note(id, evidence, Rank::High, Some(key));
        }
        self.note_staged(id, key, &read);
    }

    /// Notes what a process has read of what attackers collect, if that is what it packs: a utility
    /// with sources on its command line packs those, and reads its own settings beside.
    pub(super) fn note_sighting(&mut self, id: ActivityId, key: ProcessKey, sighting: &Sighting) {
        let Some(process) = self.processes.find(key) else {
            return;
        };
        let within = || {
            let activity = self.activities.find(id);
            activity.is_some_and(|activity| {
                let inputs = &activity.inputs;
                inputs
                    .iter()
                    .any(|input| path::is_within(&sighting.path, input))
            })
        };
        if packs_what_it_reads(process) || within() {
            self.note_source(id, &sighting.path, key);
        }
    }
}

/// Whether what a process reads is what it packs: true of scripts and unknown programs, and of an
/// archiver whose command line names no sources. One that encrypts or compresses a stream reads
/// only its own settings.
pub(super) fn packs_what_it_reads(process: &Process) -> bool {
    process.program.command().is_none_or(|command| {
        let archives = command.purpose == Purpose::Archive && command.inputs.is_empty();
        archives || command.purpose == Purpose::Copy
    })
}

impl Circumstances {
    /// How the output was packed, if it was.
    fn technique(&self, examination: &Examination, threshold: f32) -> Option<Technique> {
        let library = |needed: u32| (self.support() >= needed).then_some(Technique::Library);
        match class(examination) {
            Some(FormatClass::Archive | FormatClass::Encrypted) => library(1),
            // Logs, pages and objects are compressed by whoever keeps them.
            Some(FormatClass::Compressed | FormatClass::Encoded | FormatClass::Disk) => library(3),
            Some(FormatClass::Package) => (self.mismatch
                && (self.interpreter.is_some() || self.staged))
                .then_some(Technique::Library),
            Some(FormatClass::Other) => None,
            None => self.without_format(examination, threshold),
        }
    }

    fn without_format(&self, examination: &Examination, threshold: f32) -> Option<Technique> {
        let custom = |needed: u32| {
            let by_script_or_unknown =
                self.interpreter.is_some() || self.odd_program || !self.installed;
            (by_script_or_unknown && self.support() >= needed).then_some(Technique::Custom)
        };
        if examination.sampled == 0 {
            // Nothing was seen of it: the name and the program, or what it loaded, must do.
            let by_script = self.interpreter.is_some() && !self.shell;
            let by_library =
                self.code.used > 0 || matches!(self.library, Some((_, Rank::Medium | Rank::High)));
            let told = self.packed_name && (by_script || by_library);
            return told.then_some(Technique::Library);
        }
        if examination.obfuscation.is_some() {
            return custom(1);
        }
        // A library has made bytes that show no format: a raw stream, or a cipher's output.
        let by_library = self.code.encrypted || self.code.used > 0;
        match examination.density {
            Density::Dense
                if by_library && is_dense(examination, threshold) && self.support() >= 3 =>
            {
                Some(Technique::Library)
            }
            Density::Dense if is_dense(examination, threshold) => {
                custom(if self.interpreter.is_some() { 3 } else { 2 })
            }
            // Too few bytes to tell, under a name that says what it is.
            Density::Unknown if self.packed_name => custom(4),
            // A weak cipher, or any binary format: more than the place has to speak for it.
            Density::Mixed if is_nearly_dense(examination) => custom(4),
            Density::Dense | Density::Unknown | Density::Mixed | Density::Plain => None,
        }
    }

    /// How much speaks for a packing beside the content.
    fn support(&self) -> u32 {
        let library = match self.library {
            Some((_, Rank::High)) => 2,
            Some((_, Rank::Medium)) => 1,
            Some((_, Rank::Low | Rank::Zero)) | None => 0,
        };
        library
            + self.code.used
            + [
                (self.code.encrypted, 2),
                (self.code.linked, 1),
                (self.interpreter.is_some(), 2),
                (self.odd_program, 2),
                (!self.installed && !self.odd_program, 1),
                (self.sensitive, 2),
                (self.many_directories, 1),
                (self.staged, 1),
                (self.user_place, 1),
                (self.packed_name, 1),
                (self.mismatch, 2),
            ]
            .into_iter()
            .map(|(holds, points)| if holds { points } else { 0 })
            .sum::<u32>()
    }
}

/// Whether the beginning is nothing but text: no format that packs, nor dense bytes, look so.
/// Text that encodes bytes does, and so it is looked at where its name or place is telling.
fn is_text(content: &Content<'_>) -> bool {
    content.head.is_some_and(|head| {
        // Without a branch per byte the compiler looks at sixteen at a time.
        let odd = head.iter().fold(0u8, |odd, &byte| {
            let printable = u8::from(byte.wrapping_sub(b' ') < 0x7f - b' ');
            let space = u8::from(byte.wrapping_sub(b'\t') <= b'\r' - b'\t');
            odd | (1 ^ (printable | space))
        });
        !head.is_empty() && odd == 0
    })
}

/// Whether content may be what commands print.
fn reads_as_text(examination: &Examination) -> bool {
    match class(examination) {
        None => examination.density != Density::Dense,
        Some(class) => class == FormatClass::Encoded,
    }
}

/// Whether content has nearly the entropy of random bytes, as text under a long key has.
fn is_nearly_dense(examination: &Examination) -> bool {
    let measured = examination.entropy.zip(examination.random);
    measured.is_some_and(|(entropy, random)| entropy >= NEARLY * random)
}

/// The share of what random bytes reach that text under a key of a few dozen bytes reaches.
const NEARLY: f32 = 0.9;

/// From here on a program reads more widely than its own files.
const MANY_DIRECTORIES: u64 = 4;
