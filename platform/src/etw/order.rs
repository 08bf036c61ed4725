//! Events of several sessions in the order of their times.
//!
//! Step: source. Each session hands its events over in order, but a quick one earlier than a slow
//! one; a process's number means another process when it is looked up too late or too early. So an
//! event waits until every other session has come as far, or until it has waited long enough.
//! Invariant: events leave in order unless a session was slower than that, which is counted.

use std::collections::VecDeque;
use std::time::Duration;

use super::intake::{Taken, read};
use crate::encode::etw::{Event, NT_PROCESS};

/// Events that wait for their turn.
#[derive(Debug)]
pub struct Order {
    lanes: Vec<Lane>,
    /// Nanoseconds that an event waits at most.
    patience: u64,
    /// The key of the event that left last.
    left: u64,
    /// Events that left after a later one.
    pub late: u64,
}

#[derive(Debug, Default)]
struct Lane {
    chunks: VecDeque<Vec<u8>>,
    at: usize,
    /// Up to where the session has come.
    latest: u64,
    /// Nothing comes any more.
    is_over: bool,
}

impl Lane {
    /// The first event that waits, and how many bytes it takes.
    fn head(&self) -> Option<(Event<'_>, usize)> {
        let bytes = self.chunks.front()?.get(self.at..)?;
        let (event, rest) = read(bytes)?;
        Some((event, bytes.len() - rest.len()))
    }

    fn leave(&mut self, length: usize) {
        self.at += length;
        if self
            .chunks
            .front()
            .is_some_and(|chunk| self.at >= chunk.len())
        {
            self.chunks.pop_front();
            self.at = 0;
        }
    }
}

impl Order {
    /// For so many sessions.
    #[must_use]
    pub fn new(lanes: usize, patience: Duration) -> Self {
        Self {
            lanes: (0..lanes).map(|_| Lane::default()).collect(),
            patience: u64::try_from(patience.as_nanos()).unwrap_or(u64::MAX),
            left: 0,
            late: 0,
        }
    }

    /// Takes in what a session has handed over.
    pub fn take(&mut self, lane: usize, taken: Taken) {
        let Some(lane) = self.lanes.get_mut(lane) else {
            return;
        };
        lane.latest = lane.latest.max(taken.latest);
        lane.is_over |= taken.ended.is_some();
        if !taken.bytes.is_empty() {
            lane.chunks.push_back(taken.bytes);
        }
    }

    /// A session that does not run holds nobody back.
    pub fn leave_out(&mut self, lane: usize) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.is_over = true;
        }
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| lane.chunks.is_empty())
    }

    /// Bytes that wait.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let bytes = self
            .lanes
            .iter()
            .flat_map(|lane| &lane.chunks)
            .map(Vec::len);
        bytes.sum()
    }

    /// Hands out the next event, if it is its turn at the time `now`, in nanoseconds since 1970.
    pub(super) fn next(&mut self, now: u64, take: impl FnOnce(&Event<'_>)) -> bool {
        let heads = self
            .lanes
            .iter()
            .enumerate()
            .filter_map(|(index, lane)| Some((key(&lane.head()?.0), index)));
        let Some((key, index)) = heads.min() else {
            // What cannot be read would wait for ever; it is our own writing, so there is none.
            for lane in &mut self.lanes {
                lane.chunks.clear();
            }
            return false;
        };
        let has_waited = now.saturating_sub(key) >= self.patience;
        let come_as_far = |lane: &Lane| {
            lane.is_over || !lane.chunks.is_empty() || lane.latest.saturating_sub(AHEAD) > key
        };
        if !has_waited && !self.lanes.iter().all(come_as_far) {
            return false;
        }
        self.late += u64::from(key < self.left);
        self.left = self.left.max(key);
        let lane = &mut self.lanes[index];
        let Some((event, length)) = lane.head() else {
            return false;
        };
        take(&event);
        lane.leave(length);
        true
    }
}

/// What events are ordered by. The classic event of a start goes before the newer one of the same
/// start, whichever the kernel wrote first.
fn key(event: &Event<'_>) -> u64 {
    if event.provider == NT_PROCESS {
        event.time.saturating_sub(AHEAD)
    } else {
        event.time
    }
}

/// How far a classic event goes ahead.
const AHEAD: u64 = 5_000_000;

#[cfg(test)]
mod tests;
