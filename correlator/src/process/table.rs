//! The table of processes: found by (pid, start), bounded, forgotten in time.
//!
//! Step: correlate. Invariant: there are never more than the limit; beyond it the one that ended
//! longest ago goes first, then a living one that the clock hand finds untouched; each is counted.
//! Every operation costs the same however many processes live: hashing, and sweeping spread over
//! insertions.

use std::collections::VecDeque;
use std::mem::size_of;

use rustc_hash::FxHashMap;

use super::{Process, Program};
use crate::event::{ProcessKey, Time};

/// All known processes.
#[derive(Debug)]
pub(crate) struct Processes {
    index: FxHashMap<ProcessKey, u32>,
    slots: Vec<Option<Process>>,
    free: Vec<u32>,
    /// Ended processes in the order of their end, with the time from which each may go.
    ended: VecDeque<(Time, ProcessKey)>,
    /// Where the search for a living process to evict goes on.
    hand: usize,
    limit: usize,
    ended_count: usize,
    evicted_live: u64,
    evicted_ended: u64,
}

impl Processes {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            index: FxHashMap::default(),
            slots: Vec::new(),
            free: Vec::new(),
            ended: VecDeque::new(),
            hand: 0,
            limit: limit.max(1),
            ended_count: 0,
            evicted_live: 0,
            evicted_ended: 0,
        }
    }

    pub(crate) fn find(&self, key: ProcessKey) -> Option<&Process> {
        let slot = *self.index.get(&key)?;
        self.slots[slot as usize].as_ref()
    }

    /// As [`Processes::find`], and marks the process as in use.
    pub(crate) fn find_mut(&mut self, key: ProcessKey) -> Option<&mut Process> {
        let slot = *self.index.get(&key)?;
        let process = self.slots[slot as usize].as_mut()?;
        process.touched = true;
        Some(process)
    }

    /// Puts a process in place of what is known under its key.
    pub(crate) fn insert(&mut self, process: Process) {
        let key = process.key;
        if let Some(&slot) = self.index.get(&key) {
            let before = self.slots[slot as usize].replace(process);
            if before.is_some_and(|process| process.ended.is_some()) {
                self.ended_count -= 1;
            }
            return;
        }
        if self.index.len() >= self.limit {
            self.evict();
        }
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = Some(process);
            slot
        } else {
            self.slots.push(Some(process));
            (self.slots.len() - 1) as u32
        };
        self.index.insert(key, slot);
    }

    /// Marks a process as ended; it may go at `until`.
    pub(crate) fn end(&mut self, key: ProcessKey, time: Time, until: Time) {
        if let Some(process) = self.find_mut(key)
            && process.ended.is_none()
        {
            process.ended = Some(time);
            self.ended_count += 1;
            self.ended.push_back((until, key));
        }
    }

    /// Lets go of a process at `until` unless it is heard of before.
    pub(crate) fn doubt(&mut self, key: ProcessKey, until: Time) {
        if let Some(process) = self.find_mut(key) {
            process.touched = false;
            self.ended.push_back((until, key));
        }
    }

    /// Forgets what ended long enough ago.
    pub(crate) fn expire(&mut self, now: Time) {
        while let Some(&(until, key)) = self.ended.front() {
            if until > now {
                break;
            }
            self.ended.pop_front();
            // One that was only doubted and has been heard of since stays.
            if self
                .find(key)
                .is_some_and(|process| process.ended.is_some() || !process.touched)
            {
                self.remove(key);
            }
        }
    }

    /// When the next one may go.
    pub(crate) fn next_expiry(&self) -> Option<Time> {
        self.ended.front().map(|&(until, _)| until)
    }

    /// The ancestors of a process, parent first, as far as they are known.
    pub(crate) fn ancestors(&self, key: ProcessKey) -> impl Iterator<Item = &Process> {
        let parent = |process: &Process| process.parent.and_then(|parent| self.find(parent));
        // A forged or mistaken parent could make a ring.
        std::iter::successors(self.find(key).and_then(parent), move |process| {
            parent(process)
        })
        .take(MOST_ANCESTORS)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Process> {
        self.slots.iter().flatten()
    }

    pub(crate) fn live(&self) -> usize {
        self.index.len() - self.ended_count
    }

    pub(crate) fn ended_count(&self) -> usize {
        self.ended_count
    }

    /// Living and ended processes that went for the limit.
    pub(crate) fn evicted(&self) -> (u64, u64) {
        (self.evicted_live, self.evicted_ended)
    }

    /// Bytes that the table takes, estimated; programs that several share count once each.
    pub(crate) fn bytes(&self) -> usize {
        let table = self.slots.capacity() * size_of::<Option<Process>>()
            + self.index.capacity() * (size_of::<(ProcessKey, u32)>() + 1)
            + self.ended.capacity() * size_of::<(Time, ProcessKey)>();
        let owned: usize = self.iter().map(owned_bytes).sum();
        table + owned
    }

    fn evict(&mut self) {
        while let Some((_, key)) = self.ended.pop_front() {
            if self
                .find(key)
                .is_some_and(|process| process.ended.is_some() || !process.touched)
            {
                self.remove(key);
                self.evicted_ended += 1;
                return;
            }
        }
        // At most two rounds: the first one clears every mark.
        for _ in 0..=2 * self.slots.len() {
            self.hand = (self.hand + 1) % self.slots.len().max(1);
            let Some(process) = self.slots.get_mut(self.hand).and_then(Option::as_mut) else {
                continue;
            };
            if std::mem::take(&mut process.touched) {
                continue;
            }
            let key = process.key;
            self.remove(key);
            self.evicted_live += 1;
            return;
        }
    }

    fn remove(&mut self, key: ProcessKey) {
        let Some(slot) = self.index.remove(&key) else {
            return;
        };
        let process = self.slots[slot as usize].take();
        if process.is_some_and(|process| process.ended.is_some()) {
            self.ended_count -= 1;
        }
        self.free.push(slot);
    }
}

/// What a process keeps outside its slot.
fn owned_bytes(process: &Process) -> usize {
    let program = (size_of::<Program>()
        + process.program.arguments.as_deref().map_or(0, <[u8]>::len))
        / std::sync::Arc::strong_count(&process.program);
    let doings = process.doings.as_ref().map_or(0, |doings| {
        size_of::<super::Doings>()
            + doings.directories.capacity() * size_of::<super::Name>()
            + doings.children.capacity() * size_of::<super::Child>()
            + doings.sensitive.capacity() * size_of::<super::Sighting>()
            + doings.uses.capacity() * size_of::<super::Use>()
            + doings.mapped.capacity() * size_of::<crate::event::FileKey>()
    });
    program + doings
}

/// More than any real chain of processes that says something.
const MOST_ANCESTORS: usize = 32;

#[cfg(test)]
mod tests;
