//! Records about files, as sources that tell neither sizes nor closes can make them.
//!
//! Step: source.

use ring_abi::{
    CloseReason, DirectoryRead, FileRemoved, FileWritten, Flags, Kind, Known, LibraryLoad,
    ReadReason, Tag,
};

use super::records::{Records, Who};

/// A file was made or written; when it is closed and how large it is then is not told.
pub(super) fn written(records: &mut Records, who: Who, path: &[u8], created: bool) {
    let known = if created { Known::CREATED } else { Known(0) };
    let body = FileWritten {
        known: known.0,
        reason: CloseReason::UNTOLD.0,
        ..FileWritten::default()
    };
    let fields = [(Tag::PATH, Some(path))];
    records.put(Kind::FILE_WRITTEN, who, Flags(0), &body.write(), &fields);
}

/// A name was removed.
pub(super) fn removed(records: &mut Records, who: Who, path: &[u8]) {
    let fields = [(Tag::PATH, Some(path))];
    let body = FileRemoved::default().write();
    records.put(Kind::FILE_REMOVED, who, Flags(0), &body, &fields);
}

/// A file was opened for reading.
pub(super) fn read(records: &mut Records, who: Who, path: &[u8]) {
    let at = path.iter().rposition(|byte| *byte == b'\\');
    let Some((directory, name)) = at.and_then(|at| path.split_at_checked(at)) else {
        return;
    };
    let body = DirectoryRead {
        reason: ReadReason::FILE_READ.0,
        ..DirectoryRead::default()
    };
    let fields = [(Tag::PATH, Some(directory)), (Tag::NAME, name.get(1..))];
    records.put(Kind::DIRECTORY_READ, who, Flags(0), &body.write(), &fields);
}

/// A file was mapped executable.
pub(super) fn loaded(
    records: &mut Records,
    who: Who,
    flags: Flags,
    path: &[u8],
    size: Option<u64>,
) {
    let known = size.map_or(Known(0), |_| Known::SIZE_AFTER);
    let body = LibraryLoad {
        size: size.unwrap_or(0),
        known: known.0,
        ..LibraryLoad::default()
    };
    let fields = [(Tag::PATH, Some(path))];
    records.put(Kind::LIBRARY_LOAD, who, flags, &body.write(), &fields);
}
