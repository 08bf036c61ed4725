//! `eslogger`'s messages: an object of JSON per line.
//!
//! Step: source. Lines are cut out of whatever pieces come, and each is read by itself, so that a
//! broken one costs nothing but itself. Invariants: at most one line and one piece are in memory;
//! a line that is too long is left out up to its end; every line is counted under what came of it.

mod line;
mod reader;

use std::io::Read;

use ring_abi::{LossReason, System};

use super::gathered::Gathered;
use crate::encode::Records;
use crate::encode::endpoint::{Bounds, Session};
use crate::endpoint::Message;
use crate::source::SourceError;
use reader::Trouble;

/// Reads a recording; `name` is the file's for messages.
///
/// # Errors
/// When it cannot be read, or holds no message at all.
pub fn read(name: &str, from: &mut dyn Read) -> Result<Gathered, SourceError> {
    let mut lines = Lines::new(Bounds::default());
    let mut broken = None;
    loop {
        let piece = lines.fill(from).map_err(|source| SourceError::Io {
            what: format!("reading {name}"),
            source,
        })?;
        let outcome = lines.take_all();
        if let Err(error) = outcome {
            broken = Some(error);
            break;
        }
        if piece == 0 {
            break;
        }
    }
    let outcome = lines.end();
    let broken = broken.or(outcome.err());
    let tally = lines.session.tally;
    if tally.events == tally.undecodable {
        let what = format!(
            "{name}: not one line of {} is a message of eslogger's",
            lines.counts.lines
        );
        return Err(broken.unwrap_or(SourceError::Format(what)));
    }
    let counters = lines.counters();
    Ok(Gathered::new(lines.records, tally, &counters, broken))
}

/// The message of a line, whose texts are unescaped where they stand; none where it is no message.
pub fn message(line: &mut [u8]) -> Option<Message<'_>> {
    line::message(line).ok().map(|(message, _)| message)
}

/// Lines on their way to records.
#[derive(Debug)]
pub(crate) struct Lines {
    /// What was read and not taken yet, from `at` on.
    buffer: Vec<u8>,
    at: usize,
    /// Up to here there is no end of a line.
    searched: usize,
    /// The line that is being read is too long.
    is_overlong: bool,
    pub(crate) session: Session,
    pub(crate) records: Records,
    counts: Counts,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    lines: u64,
    broken: u64,
    too_long: u64,
    unknown_members: u64,
}

impl Lines {
    pub(crate) fn new(bounds: Bounds) -> Self {
        let mut records = Records::default();
        records.name_system(System::MACOS);
        Self {
            buffer: Vec::new(),
            at: 0,
            searched: 0,
            is_overlong: false,
            session: Session::new(bounds, LossReason::GAP),
            records,
            counts: Counts::default(),
        }
    }

    /// Reads a piece; gives its length, 0 at the end.
    pub(crate) fn fill(&mut self, from: &mut dyn Read) -> std::io::Result<usize> {
        self.forget_taken();
        let before = self.buffer.len();
        self.buffer.resize(before + PIECE, 0);
        let length = loop {
            match from.read(&mut self.buffer[before..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                outcome => break outcome,
            }
        };
        self.buffer
            .truncate(before + length.as_ref().map_or(0, |length| *length));
        length
    }

    /// Adds a piece that was read elsewhere.
    pub(crate) fn add(&mut self, piece: &[u8]) {
        self.forget_taken();
        self.buffer.extend_from_slice(piece);
    }

    fn forget_taken(&mut self) {
        self.buffer.drain(..self.at);
        self.searched -= self.at;
        self.at = 0;
    }

    /// Takes all whole lines.
    ///
    /// # Errors
    /// When there are more records than memory may hold.
    pub(crate) fn take_all(&mut self) -> Result<(), SourceError> {
        while self.take_line()? {}
        Ok(())
    }

    /// Takes the next whole line, if there is one.
    ///
    /// # Errors
    /// When there are more records than memory may hold.
    pub(crate) fn take_line(&mut self) -> Result<bool, SourceError> {
        let Some(end) = memchr::memchr(b'\n', &self.buffer[self.searched..]) else {
            self.searched = self.buffer.len();
            if self.searched - self.at > LONGEST {
                self.is_overlong = true;
                (self.at, self.searched) = (self.buffer.len(), self.buffer.len());
            }
            return Ok(false);
        };
        let end = self.searched + end;
        let begin = self.at;
        (self.at, self.searched) = (end + 1, end + 1);
        self.line(begin, end)?;
        Ok(true)
    }

    /// The stream is at its end: a last line may lack its end.
    ///
    /// # Errors
    /// When there are more records than memory may hold.
    pub(crate) fn end(&mut self) -> Result<(), SourceError> {
        let (begin, end) = (self.at, self.buffer.len());
        (self.at, self.searched) = (end, end);
        if begin < end || self.is_overlong {
            self.line(begin, end)?;
        }
        self.session.finish(&mut self.records)
    }

    fn line(&mut self, begin: usize, end: usize) -> Result<(), SourceError> {
        if std::mem::take(&mut self.is_overlong) || end - begin > LONGEST {
            self.counts.lines += 1;
            self.counts.too_long += 1;
            return Ok(());
        }
        let line = self.buffer.get_mut(begin..end).unwrap_or_default();
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        self.counts.lines += 1;
        match line::message(line) {
            Ok((message, unknown)) => {
                self.counts.unknown_members += unknown;
                self.session.encode(&message, &mut self.records)
            }
            Err(Trouble::Broken) => {
                self.counts.broken += 1;
                Ok(())
            }
            Err(Trouble::Unfit) => {
                self.session.tally.count(crate::encode::Came::Undecodable);
                Ok(())
            }
        }
    }

    /// Counters beside those of events.
    pub(crate) fn counters(&self) -> Vec<(&'static str, u64)> {
        let (counts, lost) = (&self.counts, self.session.counts());
        vec![
            ("lines", counts.lines),
            ("lines_broken", counts.broken),
            ("lines_too_long", counts.too_long),
            ("members_unknown", counts.unknown_members),
            ("messages_lost", lost.lost),
            ("processes_left_out", lost.processes),
            ("open_files_evicted", lost.files),
            ("directories_left_out", lost.directories),
        ]
    }
}

/// Bytes that are read at a time.
const PIECE: usize = 256 << 10;

/// A longer line is left out. An argument list and an environment have a mebibyte together, and
/// JSON writes a byte in up to six.
const LONGEST: usize = 8 << 20;

#[cfg(test)]
mod tests;
