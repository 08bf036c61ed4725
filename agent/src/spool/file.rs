//! What is known of a segment's file without keeping its bytes.
//!
//! Step: sink. It reads what it is given and changes nothing.

use std::path::{Path, PathBuf};

use super::segment::{self, Found, Header};
use crate::wire::Lane;

/// A segment's file, and what is known of it.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) path: PathBuf,
    pub(super) header: Header,
    /// The last intact item's sequence; none while there is none.
    pub(super) last: Option<u64>,
    /// Items that are missing between its first and last one.
    pub(super) missing: u64,
    /// Bytes that are no item.
    pub(super) damaged: u64,
    /// Its length.
    pub(super) bytes: u64,
}

impl Segment {
    pub(super) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// The sequence after its last item.
    pub(super) fn end(&self) -> u64 {
        self.last.map_or(self.header.first, |last| last + 1)
    }

    /// Whether nothing of it is behind `position`, an epoch and a sequence.
    pub(super) fn is_before(&self, position: (u64, u64)) -> bool {
        self.header.epoch < position.0
            || self.header.epoch == position.0 && self.end() <= position.1.saturating_add(1)
    }
}

/// What is in a segment's bytes; none when they have no header.
pub(super) fn scan(path: &Path, bytes: &[u8], lane: Lane) -> Option<Segment> {
    let header = Header::read(bytes).filter(|header| header.lane == lane)?;
    let mut segment = Segment {
        path: path.to_owned(),
        header,
        last: None,
        missing: 0,
        damaged: 0,
        bytes: bytes.len() as u64,
    };
    if bytes.len() < Header::SIZE {
        segment.damaged = segment.bytes;
    }
    let mut at = Header::SIZE;
    while let Some(found) = segment::look(bytes, at, header.salt, segment.end()) {
        match found {
            Found::Damage { end } => {
                segment.damaged += (end - at) as u64;
                at = end;
            }
            Found::Item { sequence, end, .. } => {
                segment.missing += sequence - segment.end();
                segment.last = Some(sequence);
                at = end;
            }
        }
    }
    Some(segment)
}

/// A segment's number among the files of its lane.
pub(super) fn number(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?.strip_suffix(".seg")?;
    u64::from_str_radix(name, 16).ok()
}
