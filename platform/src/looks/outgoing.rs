//! Records on their way out, some of which wait for a look at a process or a file.
//!
//! Step: source. A look is taken by another thread; meanwhile the record, and everything after it,
//! waits here, so that the order stays. Invariants: nothing waits longer than [`LONGEST`]; no more
//! than [`MOST_LOOKS`] looks are open at a time; what waits is bounded in bytes. A record that goes
//! without its look is whole all the same, and counted.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use ring_abi::{Body, Flags, Kind, Known, Tag, decode};

use super::completing::{Seen, complete};
use crate::source::KindStats;

/// Names a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// A look that is to be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Names it.
    pub ticket: Ticket,
    /// At what.
    pub want: Want,
}

/// What is to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// A process and its program.
    Process {
        /// Its number.
        pid: u32,
        /// When it started, in nanoseconds since 1970.
        start: u64,
        /// Its program.
        image: Option<Box<[u8]>>,
    },
    /// A file that was written.
    File {
        /// Its name.
        path: Box<[u8]>,
        /// Its device and number, where the event tells them.
        identity: Option<(u64, u64)>,
        /// When it was closed, in nanoseconds since 1970.
        closed: u64,
    },
}

/// What looks are taken at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looking {
    /// Processes and files: events carry neither command lines nor contents.
    AtBoth,
    /// Files alone: events say everything of processes.
    AtFiles,
    /// Nothing: nobody takes looks.
    Nowhere,
}

/// Counters of looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Looks {
    pub(crate) asked: u64,
    pub(crate) refused: u64,
    pub(crate) late: u64,
}

#[derive(Debug)]
struct Entry {
    bytes: Vec<u8>,
    /// Since when it waits.
    since: Option<Instant>,
}

/// The records.
#[derive(Debug)]
pub struct Outgoing {
    entries: VecDeque<Entry>,
    /// Number of the first entry.
    first: u64,
    bytes: usize,
    looks: VecDeque<Look>,
    open: usize,
    looking: Looking,
    pub(crate) counts: Looks,
    made: [u64; KINDS],
    delivered: [u64; KINDS],
}

impl Outgoing {
    pub(crate) fn new(looking: Looking) -> Self {
        Self {
            entries: VecDeque::new(),
            first: 0,
            bytes: 0,
            looks: VecDeque::new(),
            open: 0,
            looking,
            counts: Looks::default(),
            made: [0; KINDS],
            delivered: [0; KINDS],
        }
    }

    /// Nobody takes looks any more.
    pub(crate) fn stop_looking(&mut self) {
        self.looking = Looking::Nowhere;
        self.looks.clear();
        self.open = 0;
        for entry in &mut self.entries {
            entry.since = None;
        }
    }

    /// Adds a record.
    pub(crate) fn push(&mut self, record: &[u8], now: Instant) {
        count(&mut self.made, record);
        let want = want(record, self.looking);
        let mut since = None;
        if let Some(want) = want {
            self.counts.asked += 1;
            if self.open < MOST_LOOKS {
                self.open += 1;
                since = Some(now);
                let ticket = Ticket(self.first + self.entries.len() as u64);
                self.looks.push_back(Look { ticket, want });
            } else {
                self.counts.refused += 1;
            }
        }
        self.bytes += record.len();
        self.entries.push_back(Entry {
            bytes: record.to_vec(),
            since,
        });
    }

    /// The next look that is to be taken.
    pub fn next_look(&mut self) -> Option<Look> {
        self.looks.pop_front()
    }

    /// A look was taken; it may come too late.
    pub fn answer(&mut self, ticket: Ticket, seen: &Seen) {
        let index = ticket.0.checked_sub(self.first);
        let index = index.and_then(|index| usize::try_from(index).ok());
        let Some(entry) = index.and_then(|index| self.entries.get_mut(index)) else {
            return;
        };
        if entry.since.take().is_none() {
            return;
        }
        self.open = self.open.saturating_sub(1);
        if let Some(completed) = complete(&entry.bytes, seen) {
            self.bytes = self.bytes - entry.bytes.len() + completed.len();
            entry.bytes = completed;
        }
    }

    /// Nobody could be found who takes this look.
    pub fn refuse(&mut self, ticket: Ticket) {
        self.counts.refused += 1;
        self.answer(ticket, &Seen::Nothing);
    }

    /// Hands out what does not wait any more, at most so many.
    pub fn hand_out(&mut self, now: Instant, limit: usize, take: &mut dyn FnMut(&[u8])) -> usize {
        let mut handed = 0;
        while handed < limit
            && let Some(entry) = self.entries.front()
        {
            if let Some(since) = entry.since {
                if now.saturating_duration_since(since) < LONGEST && self.bytes < MOST_BYTES {
                    break;
                }
                self.counts.late += 1;
                self.open = self.open.saturating_sub(1);
            }
            count(&mut self.delivered, &entry.bytes);
            take(&entry.bytes);
            self.bytes -= entry.bytes.len();
            self.entries.pop_front();
            self.first += 1;
            handed += 1;
        }
        handed
    }

    /// Whether there is room for more.
    pub(crate) fn has_room(&self) -> bool {
        self.bytes < MOST_BYTES && self.entries.len() < MOST_ENTRIES
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Counters by kind; whatever was made is handed out in the end.
    pub(crate) fn kinds(&self) -> Vec<KindStats> {
        let counts = self.made.iter().zip(&self.delivered).zip(0_u16..);
        counts
            .filter(|((made, _), _)| **made > 0)
            .map(|((made, delivered), kind)| KindStats {
                kind,
                emitted: *made,
                delivered: *delivered,
                dropped: Vec::new(),
            })
            .collect()
    }
}

/// What a record lacks and a look may tell.
fn want(record: &[u8], looking: Looking) -> Option<Want> {
    let kind = Kind(u16::from_le_bytes(*record.get(6..)?.first_chunk()?));
    match (looking, kind) {
        (Looking::AtBoth, Kind::PROCESS_START | Kind::FILE_WRITTEN)
        | (Looking::AtFiles, Kind::FILE_WRITTEN) => {}
        _ => return None,
    }
    let decoded = decode(record).ok()?;
    let path = decoded.tail.field(Tag::PATH);
    match decoded.body {
        Body::ProcessStart(_) if !decoded.flags().has(Flags::RUNDOWN) => Some(Want::Process {
            pid: decoded.header.pid,
            start: decoded.header.start_time,
            image: path.map(Into::into),
        }),
        Body::FileWritten(body) => Some(Want::File {
            path: path?.into(),
            identity: Known(body.known)
                .has(Known::FILE)
                .then_some((body.device, body.inode)),
            closed: decoded.header.time,
        }),
        _ => None,
    }
}

/// Counts a record by its kind, which every record has at the same place.
fn count(counts: &mut [u64; KINDS], record: &[u8]) {
    if let Some(&[low, high]) = record.get(6..8) {
        let kind = usize::from(u16::from_le_bytes([low, high])).min(KINDS - 1);
        counts[kind] += 1;
    }
}

const KINDS: usize = 32;

/// How long a record waits for its look at most.
pub const LONGEST: Duration = Duration::from_millis(250);

/// Looks that are open at a time.
pub(crate) const MOST_LOOKS: usize = 512;

/// Bytes that wait at most; beyond, nothing waits for a look.
const MOST_BYTES: usize = 8 << 20;

/// Records that wait at most.
const MOST_ENTRIES: usize = 16_384;

#[cfg(test)]
mod tests;
