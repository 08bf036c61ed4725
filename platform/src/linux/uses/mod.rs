//! Library use: a probe on every function that begins to produce, in every file that has one.
//!
//! Step: source. The system's libraries are looked at first, then every file that is mapped
//! executable, started or written, once for each identity; a thread of its own reads and attaches,
//! so that no record waits for it. Invariants: its queue, its memory and the number of files are
//! bounded, and whatever is left out is counted; a file's content decides, never its name.

mod catalogue;
mod files;
mod links;
mod look;
mod pace;
mod places;
mod prologue;
mod rest;
mod survey;
mod tables;
mod worker;

use std::any::Any;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use aya::Ebpf;
use ring_abi::{Body, Flags, Kind, Known, Record, Tag, decode};

use super::attach::{Attachment, describe};
use crate::elf::{self, Machine};
use files::Notice;
use links::Setter;
use rest::Rest;
use tables::Tables;
use worker::Worker;

/// The probes on libraries, as the source sees them.
pub(super) struct LibraryProbes {
    queue: Option<SyncSender<Notice>>,
    thread: Option<JoinHandle<Vec<worker::Links>>>,
    shared: Arc<Shared>,
    seen: Seen,
    sets_many: bool,
}

/// What the thread tells the source.
#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    ready: AtomicBool,
    /// Files that wait to be looked at.
    waiting: AtomicU64,
    counts: Counts,
    notes: Mutex<Vec<String>>,
    /// Rests that are not told yet; a library has at most one, so the limit of libraries bounds them.
    rests: Mutex<Vec<Rest>>,
}

/// Counters of the probes on libraries.
#[derive(Debug, Default)]
struct Counts {
    /// Files that have probes now.
    attached: AtomicU64,
    /// Probes in them.
    functions: AtomicU64,
    /// Files that were read.
    read: AtomicU64,
    /// Files whose probes were taken away.
    detached: AtomicU64,
    /// Times that a file's probes were taken away for a while, since it is called too often.
    rested: AtomicU64,
    /// Files that got none because of the limit.
    refused: AtomicU64,
    /// Files that could not be opened or read any more, or where the kernel took no probe.
    failed: AtomicU64,
    /// Files whose tables cannot be what they say.
    malformed: AtomicU64,
    /// Files that were not looked at because the queue was full.
    missed: AtomicU64,
}

impl LibraryProbes {
    /// Loads the program and starts the thread, which begins with the system's own libraries.
    pub(super) fn start(
        ebpf: &mut Ebpf,
        object: &[u8],
        most_libraries: u16,
    ) -> Result<Self, String> {
        let setter = Setter::load(ebpf, object)?;
        let sets_many = setter.sets_many();
        let most = if sets_many {
            most_libraries
        } else {
            // Each single probe takes tens of milliseconds to take away, one after the other.
            most_libraries.min(MOST_BY_SINGLE_PROBES)
        };
        let tables = Tables::take(ebpf, most)?;
        let shared = Arc::new(Shared::default());
        let (queue, notices) = sync_channel(QUEUE);
        let worker = Worker::new(setter, tables, Arc::clone(&shared));
        let thread = std::thread::Builder::new()
            .name("libraries".to_owned())
            .spawn(move || worker.run(&notices))
            .map_err(describe)?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
            shared,
            seen: Seen::default(),
            sets_many,
        })
    }

    /// Whether the system's own libraries have been looked at, and every file handed on so far.
    pub(super) fn is_ready(&self) -> bool {
        let shared = &self.shared;
        shared.ready.load(Ordering::Acquire) && shared.waiting.load(Ordering::Acquire) == 0
    }

    /// Whether all functions of a file share a link.
    pub(super) fn sets_many(&self) -> bool {
        self.sets_many
    }

    /// Looks at a record for a file that may have functions of interest.
    pub(super) fn look_at(&mut self, record: &[u8]) {
        let kind = record.get(6..8).map(|pair| [pair[0], pair[1]]);
        let kind = kind.map(|pair| Kind(u16::from_le_bytes(pair)));
        if !matches!(
            kind,
            Some(Kind::LIBRARY_LOAD | Kind::PROCESS_START | Kind::FILE_WRITTEN)
        ) {
            return;
        }
        let notice = decode(record)
            .ok()
            .and_then(|record| self.seen.notice(&record));
        let (Some(notice), Some(queue)) = (notice, &self.queue) else {
            return;
        };
        self.shared.waiting.fetch_add(1, Ordering::AcqRel);
        if let Err(TrySendError::Full(notice)) = queue.try_send(notice) {
            self.shared.waiting.fetch_sub(1, Ordering::AcqRel);
            self.seen.forget(&notice);
            self.shared.counts.missed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What there is to say that no counter tells, each once.
    pub(super) fn notes(&self) -> Vec<String> {
        let notes = self.shared.notes.lock();
        std::mem::take(&mut *notes.unwrap_or_else(PoisonError::into_inner))
    }

    /// Hands out a record for each library that is left alone since the last time, by its path;
    /// `now` is the boot clock, `pid` this process.
    pub(super) fn rests(&self, now: u64, pid: u32, take: &mut dyn FnMut(&[u8])) -> usize {
        let rests = self.shared.rests.lock();
        let rests = std::mem::take(&mut *rests.unwrap_or_else(PoisonError::into_inner));
        for rest in &rests {
            rest.tell(now, pid, take);
        }
        rests.len()
    }

    /// The counters by name.
    pub(super) fn counters(&self) -> Vec<(&'static str, u64)> {
        let counts = &self.shared.counts;
        [
            ("libraries_attached", &counts.attached),
            ("library_functions_attached", &counts.functions),
            ("libraries_read", &counts.read),
            ("libraries_detached", &counts.detached),
            ("libraries_rested", &counts.rested),
            ("libraries_over_limit", &counts.refused),
            ("libraries_unreadable", &counts.failed),
            ("libraries_malformed", &counts.malformed),
            ("libraries_missed", &counts.missed),
        ]
        .map(|(name, count)| (name, count.load(Ordering::Relaxed)))
        .to_vec()
    }

    /// Stops the thread and gives what keeps the probes attached, in a few parts that can be
    /// dropped at the same time.
    pub(super) fn stop(&mut self) -> Vec<Attachment> {
        self.shared.stop.store(true, Ordering::Release);
        self.queue = None;
        let links = self.thread.take().and_then(|thread| thread.join().ok());
        let mut parts: Vec<Vec<worker::Links>> = (0..PARTS).map(|_| Vec::new()).collect();
        for (index, links) in links.into_iter().flatten().enumerate() {
            parts[index % PARTS].push(links);
        }
        parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(|part| Box::new(part) as Box<dyn Any + Send>)
            .collect()
    }
}

impl Drop for LibraryProbes {
    fn drop(&mut self) {
        drop(self.stop());
    }
}

/// Files that were handed on lately, so that a library which is loaded a thousand times is handed
/// on once. It forgets, so that a file which took another's place is seen before long.
#[derive(Debug)]
struct Seen {
    files: HashSet<(u64, u64, u64)>,
    since: Instant,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            files: HashSet::new(),
            since: Instant::now(),
        }
    }
}

impl Seen {
    /// What is to be looked at because of a record, if anything.
    fn notice(&mut self, record: &Record<'_>) -> Option<Notice> {
        let (known, device, inode, size) = match &record.body {
            Body::LibraryLoad(load) => (load.known, load.device, load.inode, load.size),
            Body::ProcessStart(start) => (start.known, start.device, start.inode, 0),
            Body::FileWritten(written) => {
                let head = record.tail.field(Tag::CONTENT_HEAD);
                if record.flags().has(Flags::UNLINKED)
                    || !head.is_some_and(|head| elf::is_candidate(head, Machine::HERE))
                {
                    return None;
                }
                (written.known, written.device, written.inode, 0)
            }
            _ => return None,
        };
        if !Known(known).has(Known::FILE) {
            return None;
        }
        let written = matches!(record.body, Body::FileWritten(_));
        if self.files.len() >= SEEN || self.since.elapsed() > FORGETTING {
            self.files.clear();
            self.since = Instant::now();
        }
        let is_new = self.files.insert((device, inode, size));
        (is_new || written).then(|| Notice {
            pid: record.header.pid,
            device,
            inode,
            size,
            path: record.tail.field(Tag::PATH).map(<[u8]>::to_vec),
            is_program: matches!(record.body, Body::ProcessStart(_)),
            written,
        })
    }

    /// Takes back that a file was handed on.
    fn forget(&mut self, notice: &Notice) {
        self.files
            .remove(&(notice.device, notice.inode, notice.size));
    }
}

/// Files that have probes at a time where each function needs a link of its own.
const MOST_BY_SINGLE_PROBES: u16 = 24;
/// Files that wait to be looked at.
const QUEUE: usize = 4096;
/// Files that are remembered as handed on, and for how long.
const SEEN: usize = 8192;
const FORGETTING: Duration = Duration::from_mins(1);
/// Parts in which everything is detached at the same time.
const PARTS: usize = 32;

#[cfg(test)]
mod tests;
