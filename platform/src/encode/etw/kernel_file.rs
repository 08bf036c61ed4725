//! Microsoft-Windows-Kernel-File: what was written is told once, when its last handle is closed.
//!
//! Step: source. An open names the file object, writes add to it, the cleanup tells it. Of reads
//! the first in each directory by each process is told. Names of files that were open before come
//! from the provider's rundown. Invariants: tables are bounded, and what finds no room is not told;
//! sizes are not in these events and stay unknown.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ring_abi::{CloseReason, FileNamed, FileWritten, Flags, Kind, Known, Tag};

use super::Event;
use super::payload::Payload;
use crate::encode::processes::Processes;
use crate::encode::records::{Records, Who};
use crate::encode::{Came, files};

/// Open file objects and the names of files.
#[derive(Debug, Default)]
pub(super) struct Files {
    open: HashMap<u64, Open>,
    names: HashMap<u64, Arc<[u8]>>,
    directories: HashSet<(u32, u64, Arc<[u8]>)>,
}

/// A file object.
#[derive(Debug)]
struct Open {
    path: Arc<[u8]>,
    opener: Who,
    created: bool,
    written: u64,
    calls: u64,
}

/// What a file event carries, whatever its version.
#[derive(Debug, Default)]
pub(super) struct About {
    pub(super) object: u64,
    pub(super) key: u64,
    pub(super) bytes: u32,
    pub(super) options: u32,
    pub(super) path: Vec<u8>,
}

impl Files {
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
            12 | 30 => self.opened(who, &opened(event)?),
            13 => self.closed(who, &closed(event)?, records),
            14 => {
                self.open.remove(&closed(event)?.object);
            }
            15 => self.read(who, &moved(event)?, records),
            16 => self.written(&moved(event)?),
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
        } else if self.names.len() < MOST {
            self.names.insert(key, path.into());
        }
    }

    pub(super) fn opened(&mut self, who: Who, about: &About) {
        if self.open.len() >= MOST {
            return;
        }
        let open = Open {
            path: about.path.as_slice().into(),
            opener: who,
            // The disposition is in the highest byte: supersede, create, overwrite, overwrite if.
            created: matches!(about.options >> 24, 0 | 2 | 4 | 5),
            written: 0,
            calls: 0,
        };
        self.open.insert(about.object, open);
    }

    pub(super) fn written(&mut self, about: &About) {
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
        let directory: Arc<[u8]> = path[..end].into();
        let is_new = self.directories.len() < MOST
            && self.directories.insert((who.pid, who.start, directory));
        if is_new {
            files::read(records, who, &path);
        }
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
        open.sort_by(|one, other| {
            (one.opener.time, &one.path).cmp(&(other.opener.time, &other.path))
        });
        for open in open.iter().filter(|open| open.calls > 0) {
            tell(open.opener, open, CloseReason::SWEPT, records);
        }
    }
}

fn tell(who: Who, open: &Open, reason: CloseReason, records: &mut Records) {
    let mut known = Known::BYTES_WRITTEN.with(Known::OPENED).with(Known::OPENER);
    if open.created {
        known = known.with(Known::CREATED);
    }
    let body = FileWritten {
        bytes_written: open.written,
        calls: open.calls,
        opened: open.opener.time,
        opener_start: open.opener.start,
        opener_pid: open.opener.pid,
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

/// `Create` and `CreateNewFile`.
fn opened(event: &Event<'_>) -> Option<About> {
    let mut payload = Payload::new(event.payload, event.pointer);
    let mut about = About::default();
    payload.skip_pointers(1)?;
    if event.version == 0 {
        payload.skip_pointers(1)?;
        about.object = payload.pointer()?;
    } else {
        about.object = payload.pointer()?;
        payload.skip(4)?;
    }
    about.options = payload.u32()?;
    payload.skip(8)?;
    about.path = payload.wide();
    Some(about)
}

/// Cleanup and Close.
fn closed(event: &Event<'_>) -> Option<About> {
    let mut payload = Payload::new(event.payload, event.pointer);
    payload.skip_pointers(if event.version == 0 { 2 } else { 1 })?;
    Some(About {
        object: payload.pointer()?,
        key: payload.pointer()?,
        ..About::default()
    })
}

/// Read and Write.
fn moved(event: &Event<'_>) -> Option<About> {
    let mut payload = Payload::new(event.payload, event.pointer);
    payload.skip(8)?;
    payload.skip_pointers(if event.version == 0 { 2 } else { 1 })?;
    let (object, key) = (payload.pointer()?, payload.pointer()?);
    if event.version > 0 {
        payload.skip(4)?;
    }
    Some(About {
        object,
        key,
        bytes: payload.u32()?,
        ..About::default()
    })
}

/// `DeletePath`, `RenamePath` and `SetLinkPath`.
fn set(event: &Event<'_>) -> Option<About> {
    let mut payload = Payload::new(event.payload, event.pointer);
    payload.skip_pointers(if event.version == 0 { 2 } else { 1 })?;
    let (object, key) = (payload.pointer()?, payload.pointer()?);
    payload.skip_pointers(1)?;
    if event.version > 0 {
        payload.skip(4)?;
    }
    payload.skip(4)?;
    Some(About {
        object,
        key,
        path: payload.wide(),
        ..About::default()
    })
}

/// Entries of each table.
const MOST: usize = 1 << 18;
