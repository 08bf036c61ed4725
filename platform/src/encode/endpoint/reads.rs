//! The directories that a process reads in.
//!
//! Step: source. A directory is told once per program, at the first file in it that is opened for
//! reading. Invariant: bounded per process; what finds no room is counted.

use ring_abi::{DirectoryRead, Kind, ReadReason, Tag};

use super::processes::Entry;
use super::{Telling, cut};
use crate::encode::Came;
use crate::endpoint::File;

impl Telling<'_, '_> {
    /// A file was read: its directory is told once.
    pub(super) fn read(&mut self, file: &File<'_>) -> Came {
        let Some((directory, name)) = split(file.path) else {
            return Came::PassedOver;
        };
        if UNTELLING.iter().any(|place| file.path.starts_with(place)) {
            return Came::PassedOver;
        }
        self.introduce();
        let bound = self.session.bounds.directories;
        let Some(entry) = self.session.processes.of(&self.message.process) else {
            return Came::PassedOver;
        };
        entry.counts.read += 1;
        match note(entry, directory, bound) {
            Noted::Before => Came::PassedOver,
            Noted::NoRoom => {
                self.session.counts.directories += 1;
                Came::PassedOver
            }
            Noted::Now => {
                let body = DirectoryRead {
                    reason: ReadReason::FILE_READ.0,
                    ..DirectoryRead::default()
                };
                let fields = [(Tag::PATH, Some(directory)), (Tag::NAME, Some(name))];
                self.put(Kind::DIRECTORY_READ, cut(file), &body.write(), &fields);
                Came::Told
            }
        }
    }
}

enum Noted {
    Before,
    Now,
    NoRoom,
}

fn note(entry: &mut Entry, directory: &[u8], bound: usize) -> Noted {
    if entry.directories.contains(directory) {
        return Noted::Before;
    }
    entry.counts.directories += 1;
    if entry.directories.len() >= bound {
        return Noted::NoRoom;
    }
    entry.directories.insert(directory.into());
    Noted::Now
}

/// A path's directory and name.
fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = path.iter().rposition(|byte| *byte == b'/')?;
    let name = path.get(at + 1..)?;
    Some((if at == 0 { b"/" } else { &path[..at] }, name))
}

/// Places from which every program reads, and which hold nothing of anybody's.
const UNTELLING: [&[u8]; 5] = [
    b"/System/",
    b"/usr/lib/",
    b"/usr/share/",
    b"/dev/",
    b"/private/var/db/dyld/",
];
