//! Messages of `EndpointSecurity`, as records.
//!
//! Step: source. What is told: programs, forks, ends; executable mappings; files that were written,
//! once at their close with the size that they have then; names given and removed; the directories
//! that each process reads in, once each. A process whose start was not seen is told as one that
//! ran before, ahead of the first record that it does something in. Invariants: total on any
//! message; tables are bounded and what finds no room is counted; how many bytes were written is
//! never in a message and stays unknown; a gap in the messages' numbers becomes a loss record.

mod files;
mod processes;
mod reads;
mod sequence;
mod starts;
mod writes;

use ring_abi::{Exit, Flags, Fork, Kind, Known, Loss, LossReason, Tag};

use super::records::{Records, Who};
use super::{Came, Tally};
use crate::endpoint::{Destination, Event, File, Message, Process, Token};
use crate::source::SourceError;
use files::Files;
use processes::{Met, Processes};
use sequence::Sequence;

/// Encodes the messages of a client in the order in which they come.
#[derive(Debug)]
pub(crate) struct Session {
    processes: Processes,
    files: Files,
    sequence: Sequence,
    bounds: Bounds,
    told: Told,
    /// Why gaps are there, as far as the source knows.
    gaps: LossReason,
    /// Not every open comes, so nobody's totals are known.
    is_sampled: bool,
    /// Two names, where they have to be joined.
    names: [Vec<u8>; 2],
    /// What was read and what came of it.
    pub(crate) tally: Tally,
    counts: Counts,
}

/// Entries of the tables at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Processes.
    pub(crate) processes: usize,
    /// Files that are open for writing.
    pub(crate) files: usize,
    /// Directories that are told of one process.
    pub(crate) directories: usize,
}

/// What was lost, and what found no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Messages that are missing by their numbers.
    pub(crate) lost: u64,
    /// Processes that are not followed.
    pub(crate) processes: u64,
    /// Files of whose open nothing is known any more.
    pub(crate) files: u64,
    /// Directories that were not told.
    pub(crate) directories: u64,
}

/// Which types of messages come at all: one that never came may not have been asked for.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    opens: bool,
    closes: bool,
    unlinks: bool,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            processes: 1 << 17,
            files: 1 << 16,
            directories: 1 << 12,
        }
    }
}

impl Session {
    /// For a source that knows of gaps what `gaps` says.
    pub(crate) fn new(bounds: Bounds, gaps: LossReason) -> Self {
        Self {
            processes: Processes::new(bounds.processes),
            files: Files::new(bounds.files),
            sequence: Sequence::default(),
            bounds,
            told: Told::default(),
            gaps,
            is_sampled: false,
            names: Default::default(),
            tally: Tally::default(),
            counts: Counts::default(),
        }
    }

    /// For a client of our own, that passes over what tells nothing new; gaps are the system's.
    pub(crate) fn sampled(bounds: Bounds) -> Self {
        Self {
            is_sampled: true,
            ..Self::new(bounds, LossReason::SYSTEM)
        }
    }

    /// A process ran before the first message, and is told by somebody else. Without the version of
    /// its number its children do not know when it started, until it does something.
    pub(crate) fn ran(&mut self, pid: u32, start: u64, version: Option<u32>) {
        let token = Token {
            pid,
            version: version.unwrap_or(0),
            ..Token::default()
        };
        self.processes.meet(&Process {
            token,
            start: Some(start),
            ..Process::default()
        });
    }

    /// What was lost, and what found no room so far.
    pub(crate) fn counts(&self) -> Counts {
        Counts {
            processes: self.processes.left_out,
            files: self.files.evicted,
            ..self.counts
        }
    }

    /// Encodes one message.
    ///
    /// # Errors
    /// When there are more records than memory may hold.
    pub(crate) fn encode(
        &mut self,
        message: &Message<'_>,
        records: &mut Records,
    ) -> Result<(), SourceError> {
        self.tell_gap(message, records);
        let came = self.tell(message, records);
        self.tally.count(came);
        records.check()
    }

    /// Tells what is still open at the end of a recording.
    ///
    /// # Errors
    /// When there are more records than memory may hold.
    pub(crate) fn finish(&mut self, records: &mut Records) -> Result<(), SourceError> {
        for (file, open) in self.files.take_all() {
            if !self.told.closes && open.is_changed() {
                open.tell_unclosed(file, open.opener, ring_abi::CloseReason::SWEPT, records);
            }
        }
        records.check()
    }

    fn tell(&mut self, message: &Message<'_>, records: &mut Records) -> Came {
        let who = who(message, &message.process);
        match &message.event {
            Event::Exec { target, .. } => {
                // It is told as what it is from now on; what it was before tells nothing more.
                self.processes.meet(target);
                let program = starts::Program::of_exec(message);
                starts::tell(&program, who, Flags(0), &self.processes, records);
                if let Some(entry) = self.processes.of(target) {
                    entry.directories.clear();
                }
                return Came::Told;
            }
            Event::Exit { status } => {
                self.ended(message, who, *status, records);
                return Came::Told;
            }
            Event::Other(_) => return Came::PassedOver,
            _ => {}
        }
        // Records of what a process does begin with the process itself; most messages come to
        // none, so it is told when the first one does.
        let mut told = Telling {
            session: self,
            message,
            who,
            records,
        };
        match &message.event {
            Event::Fork { child } => told.forked(child),
            Event::Mmap {
                protection, file, ..
            } => told.mapped(*protection, file),
            Event::Open { flags, file } => told.opened(*flags, file),
            Event::Create { destination } => told.created(destination),
            Event::Close {
                modified,
                was_mapped_writable,
                file,
            } => told.closed(*modified, *was_mapped_writable, file),
            Event::Write { file } | Event::Truncate { file } => told.touched(file),
            Event::Rename {
                source,
                destination,
            } => told.renamed(source, destination),
            Event::Unlink { file, .. } => told.unlinked(file),
            Event::Link {
                source,
                directory,
                name,
            } => told.linked(source, directory, name),
            Event::Clone {
                source,
                directory,
                name,
            } => told.copied(source, None, directory, name),
            Event::Copyfile {
                source,
                existing,
                directory,
                name,
            } => told.copied(source, existing.as_ref(), directory, name),
            Event::Exec { .. } | Event::Exit { .. } | Event::Other(_) => Came::PassedOver,
        }
    }

    fn ended(&mut self, message: &Message<'_>, who: Who, status: i32, records: &mut Records) {
        let mut body = Exit {
            status: status as u32,
            known: Known::STATUS.0,
            ..Exit::default()
        };
        let closes = self.told.closes;
        if let Some(entry) = self.processes.of(&message.process) {
            for file in std::mem::take(&mut entry.writing) {
                let is_own = self.files.of(file).is_some_and(|open| {
                    (open.opener.pid, open.opener.start) == (who.pid, who.start) && !open.is_shared
                });
                if !is_own {
                    continue;
                }
                if let Some(open) = self.files.take(file)
                    && !closes
                    && open.is_changed()
                {
                    open.tell_unclosed(file, who, ring_abi::CloseReason::EXITED, records);
                }
            }
            entry.directories = std::collections::HashSet::new();
            entry.ended = true;
            if entry.whole == Some(self.counts.lost) {
                body.files_read = entry.counts.read;
                body.directories_read = entry.counts.directories;
                body.files_written = entry.counts.written;
                body.files_removed = entry.counts.removed;
                body.known |= Known::COUNTS.0;
            }
        }
        records.put(Kind::EXIT, who, Flags(0), &body.write(), &[]);
    }

    fn tell_gap(&mut self, message: &Message<'_>, records: &mut Records) {
        let Some(gap) = self.sequence.gap(message) else {
            return;
        };
        self.counts.lost += gap.count;
        let loss = Loss {
            count: gap.count,
            from: gap.from.min(message.time),
            to: message.time,
            reason: self.gaps.0,
            kind: gap.kind.map_or(0, |kind| u32::from(kind.0)),
            cpu: u32::MAX,
            ..Loss::default()
        };
        let who = Who {
            time: message.time,
            ..Who::default()
        };
        records.put(Kind::LOSS, who, Flags(0), &loss.write(), &[]);
    }
}

/// A message on its way to records.
struct Telling<'t, 'm> {
    session: &'t mut Session,
    message: &'t Message<'m>,
    who: Who,
    records: &'t mut Records,
}

impl Telling<'_, '_> {
    /// Tells of the process, if that was not done.
    fn introduce(&mut self) {
        let process = &self.message.process;
        if self.session.processes.meet(process) == Met::New {
            let program = starts::Program::running(process);
            let (who, processes) = (self.who, &self.session.processes);
            starts::tell(&program, who, Flags::RUNDOWN, processes, self.records);
        }
    }

    fn put(&mut self, kind: Kind, flags: Flags, body: &[u8], fields: &[(Tag, Option<&[u8]>)]) {
        self.records.put(kind, self.who, flags, body, fields);
    }

    fn forked(&mut self, child: &Process<'_>) -> Came {
        self.introduce();
        let start = child.start.unwrap_or(0);
        let body = Fork {
            child_start: start,
            child_pid: child.token.pid,
            ..Fork::default()
        };
        self.put(Kind::FORK, Flags(0), &body.write(), &[]);
        let session = &mut *self.session;
        let told = session.told;
        if session.processes.meet(child) == Met::New
            && !session.is_sampled
            && told.opens
            && told.closes
            && told.unlinks
            && let Some(entry) = session.processes.of(child)
        {
            entry.whole = Some(session.counts.lost);
        }
        Came::Told
    }
}

/// By whom a message is.
fn who(message: &Message<'_>, process: &Process<'_>) -> Who {
    Who {
        time: message.time,
        pid: process.token.pid,
        // A thread's number has 64 bits; such a large one was never seen.
        tid: message
            .thread
            .and_then(|thread| u32::try_from(thread).ok())
            .unwrap_or(0),
        start: process.start.unwrap_or(0),
    }
}

/// The path of a destination, joined in `buffer` where it has to be.
fn path<'p>(destination: &Destination<'p>, buffer: &'p mut Vec<u8>) -> (&'p [u8], Flags) {
    match destination {
        Destination::Existing(file) => (file.path, cut(file)),
        Destination::New {
            directory, name, ..
        } => (joined(directory, name, buffer), cut(directory)),
    }
}

fn joined<'p>(directory: &File<'_>, name: &[u8], buffer: &'p mut Vec<u8>) -> &'p [u8] {
    buffer.clear();
    buffer.extend_from_slice(directory.path);
    if !directory.path.ends_with(b"/") {
        buffer.push(b'/');
    }
    buffer.extend_from_slice(name);
    buffer
}

fn cut(file: &File<'_>) -> Flags {
    if file.is_truncated {
        Flags::TRUNCATED
    } else {
        Flags(0)
    }
}

#[cfg(test)]
mod tests;
