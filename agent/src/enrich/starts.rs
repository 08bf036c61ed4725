//! Which process is meant where a record knows its number but not its start.
//!
//! Step: enrich. Logs of Windows are written by several providers, of which some name a process by
//! its number alone (PowerShell's scripts, the Security log); what another one told of its start
//! holds for them, too, while the process lives; macOS names a parent so. Linux's records always know
//! the start, so nothing is kept of them. Invariant: bounded; a start that nobody told stays 0.

use std::collections::HashMap;

use correlator::ProcessKey;
use ring_abi::{Body, Header, Known, ProcessStart, System, Tag, Tail, read_process};

/// The starts of living processes, by number.
#[derive(Debug, Default)]
pub(super) struct Starts {
    wanted: bool,
    living: HashMap<u32, u64>,
}

impl Starts {
    /// A capture begins.
    pub(super) fn open(&mut self, system: System) {
        self.wanted = matches!(system, System::WINDOWS | System::MACOS);
    }

    /// Whose record it is.
    pub(super) fn process(&mut self, header: &Header, body: &Body) -> ProcessKey {
        let (pid, start) = (header.pid, header.start_time);
        if !self.wanted {
            return ProcessKey { pid, start };
        }
        let process = self.resolved(pid, start);
        match body {
            Body::ProcessStart(_) if start != 0 && self.has_room(pid) => {
                self.living.insert(pid, start);
            }
            Body::Exit(_) => {
                self.living.remove(&pid);
            }
            _ => {}
        }
        process
    }

    fn has_room(&self, pid: u32) -> bool {
        self.living.len() < MOST || self.living.contains_key(&pid)
    }

    /// Who started it.
    pub(super) fn parent(&self, start: &ProcessStart) -> Option<ProcessKey> {
        Known(start.known)
            .has(Known::PARENT)
            .then(|| self.resolved(start.parent_pid, start.parent_start))
    }

    /// Who stands behind a process: where the system itself started it on somebody's behalf, as macOS
    /// does with an app's helpers, the one that answers for it; else who started it.
    pub(super) fn behind(
        &self,
        header: &Header,
        start: &ProcessStart,
        tail: &Tail<'_>,
    ) -> Option<ProcessKey> {
        let parent = self.parent(start);
        if parent.is_none_or(|parent| parent.pid != FIRST) {
            return parent;
        }
        let responsible = tail.field(Tag::RESPONSIBLE).and_then(read_process);
        let responsible = responsible.map(|(pid, start)| self.resolved(pid, start));
        responsible
            .filter(|other| other.pid != header.pid && other.pid != FIRST)
            .or(parent)
    }

    fn resolved(&self, pid: u32, start: u64) -> ProcessKey {
        let told = (start == 0).then(|| self.living.get(&pid)).flatten();
        ProcessKey {
            pid,
            start: told.copied().unwrap_or(start),
        }
    }
}

/// The system's first process, which starts services and helpers.
const FIRST: u32 = 1;

/// More than a host runs at a time.
const MOST: usize = 1 << 18;
