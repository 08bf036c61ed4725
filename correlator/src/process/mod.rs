//! What is known of a process: what it runs and as whom, and what it did that may matter later.
//!
//! Step: correlate. A [`Program`] is made once per exec and shared with forked children, so that a
//! fork costs no copy; what only few processes have is boxed apart in [`Doings`]. A command line
//! is interpreted once, here. This module judges nothing.

mod intern;
mod table;

use std::sync::Arc;

use crate::activity::ActivityId;
use crate::catalogue::{Catalogue, Contexts, Rank};
use crate::command::{self, Command};
use crate::event::{ProcessKey, ProcessStart, Time};
use crate::evidence::{Purpose, Text};
use crate::finding::ProcessSummary;
use crate::limits::Limits;
use crate::policy::Policy;

pub(crate) use intern::{Interner, Name};
pub(crate) use table::Processes;

/// What a process runs, and as whom.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) image: Option<Name>,
    pub(crate) script: Option<Name>,
    /// Cut to the limit at the end of a whole argument.
    pub(crate) arguments: Option<Box<[u8]>>,
    pub(crate) directory: Option<Name>,
    pub(crate) user: Option<Arc<str>>,
    pub(crate) container: Option<Arc<str>>,
    pub(crate) uid: Option<u32>,
    pub(crate) login_uid: Option<u32>,
    /// Owner of the image.
    pub(crate) image_owner: Option<u32>,
    pub(crate) terminal: Option<bool>,
    pub(crate) role: Role,
    /// Benign contexts that its image or script stands for.
    pub(crate) contexts: Contexts,
    pub(crate) origin: Origin,
    /// The record of its start had a cut or unreadable value.
    pub(crate) incomplete: bool,
}

/// What a program is there for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Role {
    /// A known utility with this command.
    Utility(Command),
    /// It runs other people's code.
    Interpreter {
        /// Its name in the catalogue.
        name: Text,
        /// A command shell: what it does is mostly what its children do.
        shell: bool,
    },
    /// Something else, or not known.
    Program,
}

/// Where a program's file comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From where the system and its packages install programs, or not known.
    Installed,
    /// From elsewhere, such as a home directory.
    Elsewhere,
    /// From a place where programs do not belong.
    Odd {
        /// The catalogue's name for the place.
        place: Text,
        /// How much that says.
        rank: Rank,
    },
}

/// One process.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) key: ProcessKey,
    pub(crate) parent: Option<ProcessKey>,
    pub(crate) program: Arc<Program>,
    /// What it ran before, the oldest first.
    pub(crate) earlier: Vec<Arc<Program>>,
    /// When its program started; for a fork that did not exec, when it was made.
    pub(crate) started: Time,
    pub(crate) ended: Option<Time>,
    /// Benign contexts of its own and of its ancestors.
    pub(crate) contexts: Contexts,
    /// The activity that it is a part of.
    pub(crate) activity: Option<ActivityId>,
    /// Its children are parts of that activity too.
    pub(crate) lends: bool,
    /// The activity whose output it may be carrying away.
    pub(crate) carries: Option<Carried>,
    pub(crate) doings: Option<Box<Doings>>,
    /// Seen since the table's clock hand passed.
    pub(crate) touched: bool,
}

/// What a process did that may matter later.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Doings {
    /// Directories in which it read files, the first ones.
    pub(crate) directories: Vec<Name>,
    /// How many there were in all.
    pub(crate) directories_read: u64,
    /// What it read that attackers collect.
    pub(crate) sensitive: Vec<Sighting>,
    /// The packing library of the highest rank that it loaded.
    pub(crate) library: Option<(Text, Rank)>,
    /// Names of the exploring commands that it or its children ran, each once.
    pub(crate) explored: Vec<Name>,
    /// When the latest of them started.
    pub(crate) explored_at: Time,
    /// Its latest children that pack, transfer or carry.
    pub(crate) children: Vec<Child>,
    /// Connections that it opened and that are still open.
    pub(crate) open_flows: u32,
    /// Bytes that came in over connections that have ended.
    pub(crate) received: u64,
    /// Records of it that the throttle left out.
    pub(crate) throttled: u64,
}

/// An output that a process may be carrying away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Carried {
    pub(crate) id: ActivityId,
    /// It was given the output's name or has read it; else it read a file beside it.
    pub(crate) named: bool,
}

/// Something that attackers collect, as it was met.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sighting {
    pub(crate) what: Text,
    pub(crate) rank: Rank,
    pub(crate) path: Name,
}

/// A child of a shell that may stand in a pipeline or a sequence with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Child {
    pub(crate) key: ProcessKey,
    pub(crate) started: Time,
}

impl Program {
    /// The program of a start, its command interpreted.
    pub(crate) fn new(
        start: &ProcessStart<'_>,
        incomplete: bool,
        policy: &Policy,
        limits: &Limits,
        names: &mut Interner,
    ) -> Self {
        let catalogue = &*policy.catalogue;
        let arguments = start
            .arguments
            .map(|all| whole_arguments(all, limits.arguments));
        let role = Role::of(
            start.image,
            arguments,
            catalogue,
            &policy.knobs.archive_commands,
        );
        let kept = match role {
            Role::Program => limits.other_arguments,
            Role::Utility(_) | Role::Interpreter { .. } => limits.arguments,
        };
        Self {
            image: start.image.map(|image| names.name(image)),
            script: start.script.map(|script| names.name(script)),
            arguments: arguments.map(|all| whole_arguments(all, kept).into()),
            directory: start.directory.map(|directory| names.name(directory)),
            user: start.user.map(|user| names.text(user)),
            container: start.container.map(|container| names.text(container)),
            uid: start.uid,
            login_uid: start.login_uid,
            image_owner: start.image_owner,
            terminal: start.terminal,
            role,
            contexts: [start.image, start.script]
                .into_iter()
                .flatten()
                .map(|file| catalogue.contexts(file))
                .fold(Contexts::default(), Contexts::with),
            origin: Origin::of(start, policy),
            incomplete,
        }
    }

    /// The program of a process of which nothing is known.
    pub(crate) fn unknown() -> Self {
        Self {
            image: None,
            script: None,
            arguments: None,
            directory: None,
            user: None,
            container: None,
            uid: None,
            login_uid: None,
            image_owner: None,
            terminal: None,
            role: Role::Program,
            contexts: Contexts::default(),
            origin: Origin::Installed,
            incomplete: false,
        }
    }

    pub(crate) fn image(&self) -> Option<&[u8]> {
        self.image.as_deref()
    }

    /// Where relative names start: what the command line changed to, or the working directory.
    pub(crate) fn directory(&self) -> Option<&[u8]> {
        self.directory.as_deref()
    }

    pub(crate) fn command(&self) -> Option<&Command> {
        match &self.role {
            Role::Utility(command) => Some(command),
            Role::Interpreter { .. } | Role::Program => None,
        }
    }

    pub(crate) fn purpose(&self) -> Option<Purpose> {
        self.command().map(|command| command.purpose)
    }

    /// Whether it makes archives, compresses, encrypts, encodes or splits.
    pub(crate) fn packs(&self) -> bool {
        self.purpose().is_some_and(packs)
    }

    pub(crate) fn is_shell(&self) -> bool {
        matches!(self.role, Role::Interpreter { shell: true, .. })
    }

    /// Each argument, the program's own name first.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &[u8]> {
        let all = self.arguments.as_deref().unwrap_or_default();
        all.strip_suffix(b"\0")
            .unwrap_or(all)
            .split(|&byte| byte == 0)
    }
}

impl Role {
    fn of(
        image: Option<&[u8]>,
        arguments: Option<&[u8]>,
        catalogue: &Catalogue,
        further_utilities: &[Text],
    ) -> Self {
        if let Some(command) = command::interpret(catalogue, image, arguments.unwrap_or_default()) {
            return Self::Utility(command);
        }
        let Some(image) = image else {
            return Self::Program;
        };
        if let Some(interpreter) = catalogue.interpreter(image) {
            return Self::Interpreter {
                name: interpreter.name.clone(),
                shell: interpreter.shell,
            };
        }
        let name = crate::path::base_name(image);
        match further_utilities
            .iter()
            .find(|utility| utility.as_bytes() == name)
        {
            Some(utility) => Self::Utility(command_of_further(utility)),
            None => Self::Program,
        }
    }
}

impl Origin {
    fn of(start: &ProcessStart<'_>, policy: &Policy) -> Self {
        let Some(image) = start.image else {
            return Self::Installed;
        };
        if let Some(place) = policy.catalogue.program_place(image) {
            return Self::Odd {
                place: place.name.clone(),
                rank: place.rank,
            };
        }
        let by_a_user = start.image_owner.is_some_and(|owner| owner != 0);
        let installed = INSTALLED.iter().any(|directory| {
            image
                .get(..directory.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(directory))
        });
        if installed && !by_a_user {
            Self::Installed
        } else {
            Self::Elsewhere
        }
    }
}

impl Process {
    pub(crate) fn new(
        key: ProcessKey,
        parent: Option<ProcessKey>,
        program: Arc<Program>,
        started: Time,
    ) -> Self {
        let contexts = program.contexts;
        Self {
            key,
            parent,
            program,
            earlier: Vec::new(),
            started,
            ended: None,
            contexts,
            activity: None,
            lends: false,
            carries: None,
            doings: None,
            touched: true,
        }
    }

    /// Puts another program in place of the one before, as exec does.
    pub(crate) fn exec(&mut self, program: Arc<Program>, inherited: Contexts, time: Time) {
        let before = std::mem::replace(&mut self.program, program);
        if before.image.is_some() && self.earlier.len() < EARLIER_PROGRAMS {
            self.earlier.push(before);
        }
        self.contexts = self.program.contexts.with(inherited);
        self.started = time;
    }

    pub(crate) fn doings(&mut self) -> &mut Doings {
        self.doings.get_or_insert_default()
    }
}

/// A process as a finding tells it.
pub(crate) fn summary(
    key: ProcessKey,
    program: &Program,
    started: Option<Time>,
    ended: Option<Time>,
) -> ProcessSummary {
    ProcessSummary {
        key,
        image: program.image.as_deref().map(<[u8]>::to_vec),
        script: program.script.as_deref().map(<[u8]>::to_vec),
        arguments: program.arguments.as_deref().map(<[u8]>::to_vec),
        directory: program.directory.as_deref().map(<[u8]>::to_vec),
        uid: program.uid,
        user: program.user.as_deref().map(str::to_owned),
        login_uid: program.login_uid,
        terminal: program.terminal,
        container: program.container.as_deref().map(str::to_owned),
        started,
        ended,
    }
}

/// Whether such a command makes something that is packed.
pub(crate) fn packs(purpose: Purpose) -> bool {
    match purpose {
        Purpose::Archive
        | Purpose::Compress
        | Purpose::Encrypt
        | Purpose::Encode
        | Purpose::Split => true,
        Purpose::Copy | Purpose::Transfer | Purpose::Consume | Purpose::Other => false,
    }
}

/// The command of a utility that only the operator knows: nothing of its grammar is known.
fn command_of_further(utility: &Text) -> Command {
    Command {
        utility: utility.clone(),
        renamed: false,
        purpose: Purpose::Archive,
        password: false,
        header_encryption: false,
        split: false,
        deletes_sources: false,
        output: command::Output::Unknown,
        inputs: Vec::new(),
        directory: None,
    }
}

/// The beginning of `all` up to `limit` bytes, cut after a whole argument where there is one.
fn whole_arguments(all: &[u8], limit: usize) -> &[u8] {
    if all.len() <= limit {
        return all;
    }
    let cut = &all[..limit];
    match cut.iter().rposition(|&byte| byte == 0) {
        Some(end) => &cut[..=end],
        None => cut,
    }
}

/// Where only an administrator puts programs.
const INSTALLED: [&[u8]; 13] = [
    b"/usr/",
    b"/bin/",
    b"/sbin/",
    b"/lib/",
    b"/lib64/",
    b"/opt/",
    b"/snap/",
    b"/nix/store/",
    b"/Applications/",
    b"/System/",
    b"/Library/",
    b"C:\\Windows\\",
    b"C:\\Program Files",
];

/// A pid that keeps changing its program (a chain of wrappers) keeps this many of them.
const EARLIER_PROGRAMS: usize = 4;

#[cfg(test)]
mod tests;
