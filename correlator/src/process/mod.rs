//! What is known of a process: what it runs and as whom, and what it did that may matter later.
//!
//! Step: correlate. A [`Program`] is shared with forked children, so that a fork costs no copy;
//! what only few processes have is boxed apart in [`Doings`]. This module judges nothing.

mod image;
mod intern;
mod program;
mod table;
mod usage;

use std::sync::Arc;

use crate::activity::ActivityId;
use crate::catalogue::{Contexts, Rank};
use crate::event::{FileKey, ProcessKey, Time};
use crate::evidence::Text;

pub(crate) use image::Images;
pub use image::is_installed;
pub(crate) use intern::{Interner, Name};
pub(crate) use program::{Origin, Program, Role, packs, summary};
pub(crate) use table::Processes;
pub(crate) use usage::{Use, add as add_use};

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
    pub(crate) library: Option<Loaded>,
    /// Producing functions of libraries that it called.
    pub(crate) uses: Vec<Use>,
    /// Libraries that it mapped from where none is installed.
    pub(crate) mapped: Vec<FileKey>,
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

/// A packing library that a process loaded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Loaded {
    pub(crate) name: Text,
    pub(crate) rank: Rank,
    pub(crate) path: Name,
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

    /// Puts another program in place of the one before, as exec does. What the one before read,
    /// loaded and started is not the new one's doing: a shell that execs its last command is no
    /// packer for what it ran earlier.
    pub(crate) fn exec(&mut self, program: Arc<Program>, inherited: Contexts, time: Time) {
        let before = std::mem::replace(&mut self.program, program);
        if before.image.is_some() && self.earlier.len() < EARLIER_PROGRAMS {
            self.earlier.push(before);
        }
        self.contexts = self.program.contexts.with(inherited);
        self.started = time;
        if let Some(doings) = &mut self.doings {
            doings.directories.clear();
            doings.directories_read = 0;
            doings.sensitive.clear();
            doings.library = None;
            doings.uses.clear();
            doings.mapped.clear();
            doings.children.clear();
        }
    }

    pub(crate) fn doings(&mut self) -> &mut Doings {
        self.doings.get_or_insert_default()
    }
}

/// A pid that keeps changing its program (a chain of wrappers) keeps this many of them.
const EARLIER_PROGRAMS: usize = 4;
