//! Processes by their numbers: when they started, and what of theirs is still to be told.
//!
//! Step: source. Messages name the process that acts with its start, but its parent and the process
//! that answers for it only by pid and version of the pid: what was seen of these tells when they
//! started. Invariants: bounded; a pid that is given anew is another process; a version that does
//! not fit is an unknown start, never a wrong one.

use std::collections::{HashMap, HashSet};

use crate::endpoint::{Process, Token};

/// A file's device and inode.
pub(super) type File = (u64, u64);

/// What is kept of a process.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) start: u64,
    version: u32,
    pub(super) ended: bool,
    /// Seen from its beginning, and nothing was lost before: how much had been lost by then.
    pub(super) whole: Option<u64>,
    /// Directories of which it was told that this process reads in them.
    pub(super) directories: HashSet<Box<[u8]>>,
    /// Files that it has open for writing.
    pub(super) writing: Vec<File>,
    pub(super) counts: Counts,
}

/// What a process did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) read: u64,
    pub(super) directories: u64,
    pub(super) written: u64,
    pub(super) removed: u64,
}

/// The processes.
#[derive(Debug)]
pub(super) struct Processes {
    entries: HashMap<u32, Entry>,
    most: usize,
    /// Those that found no room.
    pub(super) left_out: u64,
}

/// What a message says of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    /// It is there.
    Known,
    /// It was not known and is now.
    New,
    /// An earlier process had its pid, or there is no room.
    Apart,
}

impl Processes {
    pub(super) fn new(most: usize) -> Self {
        Self {
            entries: HashMap::new(),
            most,
            left_out: 0,
        }
    }

    /// A message names a process in full.
    pub(super) fn meet(&mut self, process: &Process<'_>) -> Met {
        let (pid, start) = (process.token.pid, process.start.unwrap_or(0));
        if let Some(entry) = self.entries.get_mut(&pid) {
            if entry.start == start {
                entry.version = process.token.version;
                return Met::Known;
            }
            if entry.start > start {
                return Met::Apart;
            }
        } else if self.entries.len() >= self.most {
            // Those that have ended wait only for late messages.
            self.entries.retain(|_, entry| !entry.ended);
            if self.entries.len() >= self.most {
                self.left_out += 1;
                return Met::Apart;
            }
        }
        let entry = Entry {
            start,
            version: process.token.version,
            ..Entry::default()
        };
        self.entries.insert(pid, entry);
        Met::New
    }

    /// What is kept of a process, if it is the one that a message names.
    pub(super) fn of(&mut self, process: &Process<'_>) -> Option<&mut Entry> {
        let start = process.start.unwrap_or(0);
        let entry = self.entries.get_mut(&process.token.pid);
        entry.filter(|entry| entry.start == start)
    }

    /// When the process of a token started; 0 where that is not known.
    pub(super) fn start_of(&self, token: Token) -> u64 {
        self.entries
            .get(&token.pid)
            .filter(|entry| entry.version == token.version)
            .map_or(0, |entry| entry.start)
    }
}
