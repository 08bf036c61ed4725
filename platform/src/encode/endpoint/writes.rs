//! What a process does to files.
//!
//! Step: source. A file is told when it is closed and had changed: the system says `modified`, or a
//! write was seen, or its size is another than before, which is how a file that was written through
//! memory shows. Copies that the kernel makes are told at once, with the size of their original.

use ring_abi::{
    CloseReason, FileNamed, FileRemoved, FileWritten, Flags, Kind, Known, LibraryLoad, Tag,
};

use super::files::Open;
use super::processes;
use super::{Telling, cut, joined, path};
use crate::encode::Came;
use crate::encode::records::{Records, Who};
use crate::endpoint::{Destination, File, Stat};

impl Telling<'_, '_> {
    /// A file was mapped.
    pub(super) fn mapped(&mut self, protection: i32, file: &File<'_>) -> Came {
        if protection & EXECUTABLE == 0 {
            return Came::PassedOver;
        }
        self.introduce();
        let mut body = LibraryLoad::default();
        if let Some(stat) = file.stat {
            (body.device, body.inode, body.size) = (stat.device, stat.inode, stat.size);
            body.known = Known::FILE.with(Known::SIZE_AFTER).0;
        }
        let fields = [(Tag::PATH, Some(file.path))];
        self.put(Kind::LIBRARY_LOAD, cut(file), &body.write(), &fields);
        Came::Told
    }

    /// A file was opened.
    pub(super) fn opened(&mut self, flags: i32, file: &File<'_>) -> Came {
        self.session.told.opens = true;
        if file.stat.is_some_and(|stat| !stat.is_regular()) {
            return Came::PassedOver;
        }
        if flags & WRITES != 0 {
            return self.follow(file, false);
        }
        if flags & READS == 0 {
            return Came::PassedOver;
        }
        self.read(file)
    }

    /// A file was made.
    pub(super) fn created(&mut self, destination: &Destination<'_>) -> Came {
        match destination {
            Destination::Existing(file) if file.stat.is_some() => {
                if file.stat.is_some_and(|stat| !stat.is_regular()) {
                    return Came::PassedOver;
                }
                self.follow(file, true)
            }
            // Without an identity its close cannot be told from any other's.
            _ => self.put_untold(destination, None),
        }
    }

    /// Goes with a file until it is closed.
    fn follow(&mut self, file: &File<'_>, created: bool) -> Came {
        let Some(stat) = file.stat else {
            return Came::PassedOver;
        };
        self.introduce();
        let (key, who) = (key(&stat), self.who);
        let session = &mut *self.session;
        session
            .files
            .opened(key, file.path, who, created, Some(stat.size));
        if let Some(entry) = session.processes.of(&self.message.process)
            && entry.writing.len() < MOST_OF_PROCESS
            && entry.writing.last() != Some(&key)
        {
            entry.writing.push(key);
        }
        Came::Told
    }

    /// A file was written, or cut.
    pub(super) fn touched(&mut self, file: &File<'_>) -> Came {
        let Some(stat) = file.stat else {
            return Came::PassedOver;
        };
        match self.session.files.of(key(&stat)) {
            Some(open) => {
                open.touched = true;
                Came::Told
            }
            None => Came::PassedOver,
        }
    }

    /// An open file was closed.
    pub(super) fn closed(
        &mut self,
        modified: bool,
        was_mapped_writable: Option<bool>,
        file: &File<'_>,
    ) -> Came {
        self.session.told.closes = true;
        let Some(stat) = file.stat else {
            if modified {
                self.introduce();
                tell(None, file, CloseReason::CLOSED, self.who, self.records);
                return Came::Told;
            }
            return Came::PassedOver;
        };
        let key = key(&stat);
        let who = self.who;
        let open = self.session.files.of(key);
        let is_own = open
            .as_ref()
            .is_some_and(|open| (open.opener.pid, open.opener.start) == (who.pid, who.start));
        let grew = open
            .as_ref()
            .is_some_and(|open| open.size_before.is_some_and(|size| size != stat.size));
        let touched = open.as_ref().is_some_and(|open| open.touched);
        let changed =
            modified || is_own && touched || is_own && grew && was_mapped_writable != Some(false);
        // The one who opened it is done with it, so its next opener begins anew.
        let open = if modified || is_own {
            self.session.files.take(key)
        } else {
            None
        };
        if !changed || !stat.is_regular() {
            return Came::PassedOver;
        }
        self.introduce();
        if let Some(entry) = self.session.processes.of(&self.message.process) {
            entry.counts.written += 1;
            if let Some(at) = entry.writing.iter().rposition(|file| *file == key) {
                entry.writing.swap_remove(at);
            }
        }
        tell(
            open.as_ref(),
            file,
            CloseReason::CLOSED,
            self.who,
            self.records,
        );
        Came::Told
    }

    /// A file was copied within the kernel: the copy is as large as its original.
    pub(super) fn copied(
        &mut self,
        source: &File<'_>,
        existing: Option<&File<'_>>,
        directory: &File<'_>,
        name: &[u8],
    ) -> Came {
        self.introduce();
        self.read(source);
        if source.stat.is_some_and(|stat| !stat.is_regular()) {
            return Came::Told;
        }
        let size = source.stat.map(|stat| stat.size);
        let destination = match existing {
            Some(file) => Destination::Existing(*file),
            None => Destination::New {
                directory: *directory,
                name,
                mode: None,
            },
        };
        self.put_untold(&destination, size)
    }

    /// A file was made, and no close will tell it.
    fn put_untold(&mut self, destination: &Destination<'_>, size: Option<u64>) -> Came {
        self.introduce();
        let mut known = match destination {
            Destination::Existing(_) => Known(0),
            Destination::New { .. } => Known::CREATED.with(Known::SIZE_BEFORE),
        };
        let mut body = FileWritten {
            reason: CloseReason::UNTOLD.0,
            ..FileWritten::default()
        };
        if let Destination::Existing(File {
            stat: Some(stat), ..
        }) = destination
        {
            (body.device, body.inode) = (stat.device, stat.inode);
            known = known.with(Known::FILE);
        }
        if let Some(size) = size {
            body.size_after = size;
            known = known.with(Known::SIZE_AFTER);
        }
        body.known = known.0;
        let mut names = std::mem::take(&mut self.session.names);
        let (path, flags) = path(destination, &mut names[0]);
        let fields = [(Tag::PATH, Some(path))];
        self.put(Kind::FILE_WRITTEN, flags, &body.write(), &fields);
        self.session.names = names;
        if let Some(entry) = self.session.processes.of(&self.message.process) {
            entry.counts.written += 1;
        }
        Came::Told
    }

    pub(super) fn renamed(&mut self, source: &File<'_>, destination: &Destination<'_>) -> Came {
        let mut names = std::mem::take(&mut self.session.names);
        let (path, flags) = path(destination, &mut names[0]);
        self.named(Kind::FILE_RENAMED, source, path, flags);
        if let Some(stat) = source.stat
            && let Some(open) = self.session.files.of(key(&stat))
        {
            open.path = path.into();
        }
        self.session.names = names;
        Came::Told
    }

    pub(super) fn linked(&mut self, source: &File<'_>, directory: &File<'_>, name: &[u8]) -> Came {
        let mut names = std::mem::take(&mut self.session.names);
        let path = joined(directory, name, &mut names[0]);
        self.named(Kind::FILE_LINKED, source, path, cut(directory));
        self.session.names = names;
        Came::Told
    }

    fn named(&mut self, kind: Kind, source: &File<'_>, path: &[u8], flags: Flags) {
        self.introduce();
        let mut body = FileNamed::default();
        if let Some(stat) = source.stat {
            (body.device, body.inode) = (stat.device, stat.inode);
            body.known = Known::FILE.0;
        }
        let fields = [(Tag::PATH, Some(path)), (Tag::OLD_PATH, Some(source.path))];
        self.put(kind, flags.with(cut(source)), &body.write(), &fields);
    }

    pub(super) fn unlinked(&mut self, file: &File<'_>) -> Came {
        self.session.told.unlinks = true;
        self.introduce();
        let mut body = FileRemoved::default();
        if let Some(stat) = file.stat {
            (body.device, body.inode) = (stat.device, stat.inode);
            body.known = Known::FILE.0;
            body.directory = u32::from(stat.is_directory());
        }
        let fields = [(Tag::PATH, Some(file.path))];
        self.put(Kind::FILE_REMOVED, cut(file), &body.write(), &fields);
        if let Some(entry) = self.session.processes.of(&self.message.process) {
            entry.counts.removed += 1;
        }
        Came::Told
    }
}

impl Open {
    /// Whether it is worth telling where nothing tells its close.
    pub(super) fn is_changed(&self) -> bool {
        self.created || self.touched
    }

    /// Tells a file whose close is told by nobody; how large it is then is not known.
    pub(super) fn tell_unclosed(
        &self,
        file: processes::File,
        who: Who,
        reason: CloseReason,
        records: &mut Records,
    ) {
        let mut body = self.body(who, reason);
        (body.device, body.inode) = file;
        body.known |= Known::FILE.0;
        let fields = [(Tag::PATH, Some(&*self.path))];
        records.put(Kind::FILE_WRITTEN, who, Flags(0), &body.write(), &fields);
    }

    /// What is known of the open.
    fn body(&self, who: Who, reason: CloseReason) -> FileWritten {
        let mut known = Known(0);
        let mut body = FileWritten {
            reason: reason.0,
            ..FileWritten::default()
        };
        if self.created {
            known = known.with(Known::CREATED);
        }
        let is_own = (self.opener.pid, self.opener.start) == (who.pid, who.start);
        if !self.is_shared || is_own {
            body.opened = self.opener.time;
            body.opener_pid = self.opener.pid;
            body.opener_start = self.opener.start;
            known = known.with(Known::OPENED).with(Known::OPENER);
        }
        if let Some(size) = self.size_before {
            body.size_before = size;
            known = known.with(Known::SIZE_BEFORE);
        }
        body.known = known.0;
        body
    }
}

/// Tells a file that was closed and had changed.
fn tell(
    open: Option<&Open>,
    file: &File<'_>,
    reason: CloseReason,
    who: Who,
    records: &mut Records,
) {
    let mut body = match open {
        Some(open) => open.body(who, reason),
        None => FileWritten {
            reason: reason.0,
            ..FileWritten::default()
        },
    };
    let mut flags = cut(file);
    if let Some(stat) = file.stat {
        (body.device, body.inode, body.size_after) = (stat.device, stat.inode, stat.size);
        (body.mode, body.links, body.uid) = (stat.mode, stat.links, stat.uid);
        let known = Known::FILE.with(Known::SIZE_AFTER).with(Known::OWNER);
        body.known |= known.0;
        if stat.links == 0 {
            flags = flags.with(Flags::UNLINKED);
        }
    }
    let fields = [(Tag::PATH, Some(file.path))];
    records.put(Kind::FILE_WRITTEN, who, flags, &body.write(), &fields);
}

fn key(stat: &Stat) -> processes::File {
    (stat.device, stat.inode)
}

/// `PROT_EXEC`.
const EXECUTABLE: i32 = 4;

/// `FREAD`.
const READS: i32 = 1;

/// `FWRITE`.
const WRITES: i32 = 2;

/// Files that one process has open for writing, as far as its end tells them.
const MOST_OF_PROCESS: usize = 1024;
