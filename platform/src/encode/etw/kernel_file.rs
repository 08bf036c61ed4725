//! Microsoft-Windows-Kernel-File: what was written is told once, when its last handle is closed.
//!
//! Step: source. An open names the file object, writes add to it, the cleanup tells it. Of reads
//! the first in each directory by each process is told. Names of files that were open before come
//! from the provider's rundown. Invariants: tables are bounded: of file objects the one that was
//! opened first leaves, and is told if it was written; names and directories beyond the bound are
//! not taken in; each is counted. What the cache writes for a program afterwards is not counted
//! once more. Sizes are not in these events and stay unknown.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use ring_abi::{CloseReason, FileNamed, FileWritten, Flags, Kind, Known, Tag};

use super::Event;
use super::file_payload::{About, closed, moved, opened, set};
use super::payload::Payload;
use crate::encode::processes::Processes;
use crate::encode::records::{Records, Who};
use crate::encode::{Came, files};

/// Open file objects and the names of files.
#[derive(Debug)]
pub(super) struct Files {
    open: HashMap<u64, Open>,
    /// Objects in the order of their opens; those that are gone are skipped by their number.
    order: VecDeque<(u64, u64)>,
    opened: u64,
    names: HashMap<u64, Arc<[u8]>>,
    /// Directories that were told, by process.
    directories: HashMap<(u32, u64), HashSet<Arc<[u8]>>>,
    told: usize,
    bounds: Bounds,
    left: LeftOut,
}

/// Entries of the tables at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Open file objects.
    pub(crate) open: usize,
    /// Names of files.
    pub(crate) names: usize,
    /// Directories in all.
    pub(crate) directories: usize,
    /// Directories of one process.
    pub(crate) of_process: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            open: MOST,
            names: MOST,
            directories: MOST,
            of_process: MOST,
        }
    }
}

/// What found no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// File objects that were given up before they were closed.
    pub(crate) evicted: u64,
    /// Names that were not kept.
    pub(crate) names: u64,
    /// Directories that were not told.
    pub(crate) directories: u64,
}

/// A file object.
#[derive(Debug)]
struct Open {
    path: Arc<[u8]>,
    /// Who opened it; none where that was not seen.
    opener: Option<Who>,
    number: u64,
    created: bool,
    written: u64,
    calls: u64,
}

impl Default for Files {
    fn default() -> Self {
        Self::new(Bounds::default())
    }
}

impl Files {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            open: HashMap::new(),
            order: VecDeque::new(),
            opened: 0,
            names: HashMap::new(),
            directories: HashMap::new(),
            told: 0,
            bounds,
            left: LeftOut::default(),
        }
    }

    /// What found no room so far.
    pub(super) fn left_out(&self) -> LeftOut {
        self.left
    }

    /// A process ends: the directories that it read are forgotten.
    pub(super) fn ended(&mut self, pid: u32, start: u64) {
        if let Some(directories) = self.directories.remove(&(pid, start)) {
            self.told -= directories.len();
        }
    }

    /// Encodes an event; none where its payload does not fit its layout.
    pub(super) fn encode(
        &mut self,
        event: &Event<'_>,
        processes: &Processes,
        records: &mut Records,
    ) -> Option<Came> {
        let who = event.who(processes);
        match event.id {
            10 | 11 => {
                let mut payload = Payload::new(event.payload, event.pointer);
                let key = payload.pointer()?;
                let path = payload.wide();
                self.named(key, path, event.id == 10);
            }
            12 | 30 => self.opened(who, opened(event)?, records),
            13 => self.closed(who, &closed(event)?, records),
            14 => {
                self.open.remove(&closed(event)?.object);
            }
            15 => self.read(who, &moved(event)?, records),
            16 => self.written(&moved(event)?, records),
            26..=28 => {
                let about = set(event)?;
                self.set(event.id, who, &about, records);
            }
            _ => return Some(Came::PassedOver),
        }
        Some(Came::Told)
    }

    /// A file got, or lost, a name in the system's cache.
    pub(super) fn named(&mut self, key: u64, path: Vec<u8>, there: bool) {
        if !there {
            self.names.remove(&key);
        } else if self.names.len() < self.bounds.names || self.names.contains_key(&key) {
            self.names.insert(key, path.into());
        } else {
            self.left.names += 1;
        }
    }

    pub(super) fn opened(&mut self, who: Who, about: About, records: &mut Records) {
        // The disposition is in the highest byte: supersede, create, overwrite, overwrite if.
        let created = about.created || matches!(about.options >> 24, 0 | 2 | 4 | 5);
        if let Some(open) = self.open.get_mut(&about.object)
            && *open.path == *about.path
            && open.opener.is_some_and(|opener| opener.pid == who.pid)
            && open.calls == 0
        {
            // The same open, told once more because it made the file.
            open.created |= created;
            return;
        }
        self.follow(about.object, about.path.into(), Some(who), created, records);
    }

    /// Follows a file object from now on; another that had its address is over.
    fn follow(
        &mut self,
        object: u64,
        path: Arc<[u8]>,
        opener: Option<Who>,
        created: bool,
        records: &mut Records,
    ) {
        while self.open.len() >= self.bounds.open
            && let Some((oldest, number)) = self.order.pop_front()
        {
            let entry = self.open.get(&oldest);
            if entry.is_some_and(|open| open.number == number)
                && let Some(open) = self.open.remove(&oldest)
            {
                self.left.evicted += 1;
                sweep(&open, opener, records);
            }
        }
        self.opened += 1;
        let number = self.opened;
        let open = Open {
            path,
            opener,
            number,
            created,
            written: 0,
            calls: 0,
        };
        if let Some(before) = self.open.insert(object, open) {
            // Its close was not seen.
            sweep(&before, opener, records);
        }
        self.order.push_back((object, number));
        if self.order.len() > 2 * self.bounds.open.max(64) {
            let open = &self.open;
            self.order.retain(|(object, number)| {
                let open = open.get(object);
                open.is_some_and(|open| open.number == *number)
            });
        }
    }

    pub(super) fn written(&mut self, about: &About, records: &mut Records) {
        // The cache and the writer of mapped pages write what programs wrote before.
        if about.flags & PAGING != 0 {
            return;
        }
        if !self.open.contains_key(&about.object) {
            let Some(name) = self.names.get(&about.key).cloned() else {
                return;
            };
            self.follow(about.object, name, None, false, records);
        }
        if let Some(open) = self.open.get_mut(&about.object) {
            open.written += u64::from(about.bytes);
            open.calls += 1;
        }
    }

    pub(super) fn read(&mut self, who: Who, about: &About, records: &mut Records) {
        let open = self.open.get(&about.object);
        let path = open
            .map(|open| &open.path)
            .or_else(|| self.names.get(&about.key));
        let Some(path) = path.cloned() else { return };
        let Some(end) = path.iter().rposition(|byte| *byte == b'\\') else {
            return;
        };
        let told = self.directories.entry((who.pid, who.start)).or_default();
        if told.contains(&path[..end]) {
            return;
        }
        if self.told >= self.bounds.directories || told.len() >= self.bounds.of_process {
            self.left.directories += 1;
            return;
        }
        told.insert(path[..end].into());
        self.told += 1;
        files::read(records, who, &path);
    }

    pub(super) fn closed(&mut self, who: Who, about: &About, records: &mut Records) {
        if let Some(open) = self.open.get_mut(&about.object)
            && open.calls > 0
        {
            tell(who, open, CloseReason::CLOSED, records);
            (open.written, open.calls) = (0, 0);
        }
    }

    pub(super) fn set(&mut self, id: u16, who: Who, about: &About, records: &mut Records) {
        let old = self
            .open
            .get(&about.object)
            .map(|open| Arc::clone(&open.path));
        match id {
            26 => files::removed(records, who, &about.path),
            27 => {
                if let Some(open) = self.open.get_mut(&about.object) {
                    open.path = about.path.as_slice().into();
                }
                renamed(
                    Kind::FILE_RENAMED,
                    who,
                    old.as_deref(),
                    &about.path,
                    records,
                );
            }
            _ => renamed(Kind::FILE_LINKED, who, old.as_deref(), &about.path, records),
        }
    }

    /// Tells what is still open.
    pub(super) fn finish(&mut self, records: &mut Records) {
        let mut open: Vec<Open> = std::mem::take(&mut self.open).into_values().collect();
        open.sort_by_key(|open| open.number);
        for open in &open {
            sweep(open, None, records);
        }
    }
}

/// Tells of a file object whose close was not seen, if it was written.
fn sweep(open: &Open, now: Option<Who>, records: &mut Records) {
    if open.calls > 0
        && let Some(opener) = open.opener
    {
        let time = now.map_or(opener.time, |now| now.time);
        tell(Who { time, ..opener }, open, CloseReason::SWEPT, records);
    }
}

fn tell(who: Who, open: &Open, reason: CloseReason, records: &mut Records) {
    let mut known = Known(0);
    if open.created {
        known = known.with(Known::CREATED);
    }
    // Of a file that was open before, earlier writes may be missing.
    if open.opener.is_some() {
        known = known.with(Known::BYTES_WRITTEN).with(Known::OPENED);
        known = known.with(Known::OPENER);
    }
    let opener = open.opener.unwrap_or_default();
    let counted = |number| if open.opener.is_some() { number } else { 0 };
    let body = FileWritten {
        bytes_written: counted(open.written),
        calls: counted(open.calls),
        opened: opener.time,
        opener_start: opener.start,
        opener_pid: opener.pid,
        known: known.0,
        reason: reason.0,
        ..FileWritten::default()
    };
    let fields = [(Tag::PATH, Some(&*open.path))];
    records.put(Kind::FILE_WRITTEN, who, Flags(0), &body.write(), &fields);
}

fn renamed(kind: Kind, who: Who, old: Option<&[u8]>, new: &[u8], records: &mut Records) {
    let flags = if old.is_none() {
        Flags::LOOKUP_FAILED
    } else {
        Flags(0)
    };
    let fields = [(Tag::PATH, Some(new)), (Tag::OLD_PATH, old)];
    records.put(kind, who, flags, &FileNamed::default().write(), &fields);
}

/// The request is of the system's own for pages: `IRP_PAGING_IO`, `IRP_SYNCHRONOUS_PAGING_IO`.
const PAGING: u32 = 0x42;

/// Entries of each table, where nothing else is said.
const MOST: usize = 1 << 18;
