//! One lane's segments on disk: appended at the end, read from the beginning, deleted in between.
//!
//! Step: sink. Invariants: a run appends only to segments that it began itself, so a damaged one of
//! an earlier run stays as it was found; sequences of an epoch only grow; reading skips what is
//! damaged and gives what is intact.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use platform::host::{make_private_directory, make_private_file};

use super::file::{Segment, number, scan};
use super::segment::{self, Found, Header};
use crate::wire::Lane;

/// Items that go into one batch, encoded and back to back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Their epoch.
    pub epoch: u64,
    /// Their lane.
    pub lane: Lane,
    /// The first one's sequence.
    pub first: u64,
    /// How many.
    pub number: usize,
    /// Their bytes.
    pub items: Vec<u8>,
}

/// A lane.
#[derive(Debug)]
pub(super) struct LaneFiles {
    pub(super) lane: Lane,
    directory: PathBuf,
    pub(super) segments: VecDeque<Segment>,
    /// The last segment's file, while it is appended to.
    writer: Option<File>,
    next_sequence: u64,
    next_file: u64,
    /// Epoch and sequence up to which everything was acknowledged.
    acknowledged: Option<(u64, u64)>,
    cursor: Option<Cursor>,
}

/// Where reading is, with the bytes of that segment.
#[derive(Debug)]
struct Cursor {
    path: PathBuf,
    bytes: Vec<u8>,
    at: usize,
    least: u64,
}

impl LaneFiles {
    /// Reads what is there. Files without an intact header are given back with their size.
    pub(super) fn open(
        directory: &Path,
        lane: Lane,
    ) -> std::io::Result<(Self, Vec<(String, u64)>)> {
        let directory = directory.join(lane.name());
        make_private_directory(&directory)?;
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(&directory)? {
            let path = entry?.path();
            if let Some(number) = number(&path) {
                paths.push((number, path));
            }
        }
        paths.sort();
        let mut files = Self {
            lane,
            directory,
            segments: VecDeque::new(),
            writer: None,
            next_sequence: 0,
            next_file: paths.last().map_or(0, |(number, _)| number + 1),
            acknowledged: None,
            cursor: None,
        };
        let mut unreadable = Vec::new();
        for (_, path) in paths {
            let bytes = std::fs::read(&path)?;
            if let Some(segment) = scan(&path, &bytes, lane) {
                files.segments.push_back(segment);
            } else {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                unreadable.push((name.into_owned(), bytes.len() as u64));
                std::fs::remove_file(&path)?;
            }
        }
        Ok((files, unreadable))
    }

    /// Bytes on disk.
    pub(super) fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    /// Appends items as consecutive sequences; all or none. A segment ends before it would exceed
    /// `longest` bytes.
    pub(super) fn append(
        &mut self,
        epoch: u64,
        items: &[&[u8]],
        longest: u64,
        sync: bool,
    ) -> std::io::Result<()> {
        let full = self
            .segments
            .back()
            .is_some_and(|segment| segment.bytes >= longest);
        if full || self.writer.is_none() {
            self.begin(epoch)?;
        }
        let (Some(segment), Some(file)) = (self.segments.back_mut(), &mut self.writer) else {
            unreachable!("a segment was begun");
        };
        let mut bytes = Vec::new();
        for (sequence, item) in (self.next_sequence..).zip(items) {
            segment::put(&mut bytes, segment.header.salt, sequence, item);
        }
        let written = file
            .write_all(&bytes)
            .and_then(|()| if sync { file.sync_data() } else { Ok(()) });
        if let Err(error) = written {
            // What was written of it must not stay: its sequences are given again.
            let cut = file
                .set_len(segment.bytes)
                .and_then(|()| file.seek(SeekFrom::Start(segment.bytes)));
            if cut.is_err() {
                self.writer = None;
            }
            return Err(error);
        }
        self.next_sequence += items.len() as u64;
        segment.bytes += bytes.len() as u64;
        segment.last = self.next_sequence.checked_sub(1);
        Ok(())
    }

    fn begin(&mut self, epoch: u64) -> std::io::Result<()> {
        self.writer = None;
        let header = Header {
            lane: self.lane,
            salt: super::random() as u32,
            epoch,
            first: self.next_sequence,
        };
        let path = self.directory.join(format!("{:016x}.seg", self.next_file));
        self.next_file += 1;
        let mut file = make_private_file(&path)?;
        if let Err(error) = file.write_all(&header.write()) {
            let _ = std::fs::remove_file(&path);
            return Err(error);
        }
        self.segments.push_back(Segment {
            path,
            header,
            last: None,
            missing: 0,
            damaged: 0,
            bytes: Header::SIZE as u64,
        });
        self.writer = Some(file);
        Ok(())
    }

    /// Begins reading anew after what was acknowledged.
    pub(super) fn rewind(&mut self) {
        self.cursor = None;
    }

    /// The next items: consecutive, of one epoch, at most so many and so many bytes.
    pub(super) fn next(&mut self, items: usize, bytes: usize) -> std::io::Result<Option<Chunk>> {
        let mut chunk: Option<Chunk> = None;
        while self.load()? {
            let acknowledged = self.acknowledged;
            let Some((header, cursor)) = self.at_cursor() else {
                break;
            };
            while let Some(found) =
                segment::look(&cursor.bytes, cursor.at, header.salt, cursor.least)
            {
                let (sequence, payload, end) = match found {
                    Found::Damage { end } => {
                        cursor.at = end;
                        continue;
                    }
                    Found::Item {
                        sequence,
                        payload,
                        end,
                    } => (sequence, payload, end),
                };
                if acknowledged.is_some_and(|known| (header.epoch, sequence) <= known) {
                    (cursor.at, cursor.least) = (end, sequence + 1);
                    continue;
                }
                let chunk = chunk.get_or_insert_with(|| Chunk {
                    epoch: header.epoch,
                    lane: header.lane,
                    first: sequence,
                    number: 0,
                    items: Vec::new(),
                });
                let follows = chunk.epoch == header.epoch
                    && sequence == chunk.first + chunk.number as u64
                    && chunk.number < items
                    && (chunk.number == 0 || chunk.items.len() + payload.len() <= bytes);
                if !follows {
                    return Ok(Some(chunk.clone()));
                }
                chunk.items.extend_from_slice(payload);
                chunk.number += 1;
                (cursor.at, cursor.least) = (end, sequence + 1);
            }
            if !self.step() {
                break;
            }
        }
        Ok(chunk)
    }

    /// Everything that is intact, in order.
    pub(super) fn each(&mut self, mut take: impl FnMut(&[u8])) -> std::io::Result<()> {
        for segment in &self.segments {
            let bytes = std::fs::read(&segment.path)?;
            let (mut at, mut least) = (Header::SIZE, segment.header.first);
            while let Some(found) = segment::look(&bytes, at, segment.header.salt, least) {
                match found {
                    Found::Damage { end } => at = end,
                    Found::Item {
                        sequence,
                        payload,
                        end,
                    } => {
                        take(payload);
                        (at, least) = (end, sequence + 1);
                    }
                }
            }
        }
        Ok(())
    }

    fn at_cursor(&mut self) -> Option<(Header, &mut Cursor)> {
        let cursor = self.cursor.as_mut()?;
        let segment = self.segments.iter().find(|one| one.path == cursor.path)?;
        Some((segment.header, cursor))
    }

    /// Brings the cursor to a segment that is there, with all of its bytes; says whether it is.
    fn load(&mut self) -> std::io::Result<bool> {
        let known = self.cursor.as_ref().and_then(|cursor| {
            let mut segments = self.segments.iter();
            segments.position(|segment| segment.path == cursor.path)
        });
        let index = known.unwrap_or(0);
        let Some(segment) = self.segments.get(index) else {
            return Ok(false);
        };
        let cursor = match &mut self.cursor {
            Some(cursor) if known.is_some() => cursor,
            // Evicted under the cursor, or not begun: the oldest that is left comes next.
            place => place.insert(Cursor {
                path: segment.path.clone(),
                bytes: Vec::new(),
                at: Header::SIZE,
                least: segment.header.first,
            }),
        };
        let missing = segment.bytes.saturating_sub(cursor.bytes.len() as u64);
        if missing > 0 {
            let mut file = File::open(&segment.path)?;
            file.seek(SeekFrom::Start(cursor.bytes.len() as u64))?;
            file.take(missing).read_to_end(&mut cursor.bytes)?;
        }
        Ok(true)
    }

    /// Moves the cursor to the next segment, if there is one.
    fn step(&mut self) -> bool {
        let Some(cursor) = &mut self.cursor else {
            return false;
        };
        let mut segments = self.segments.iter();
        let next = segments
            .position(|segment| segment.path == cursor.path)
            .and_then(|index| self.segments.get(index + 1));
        let Some(next) = next else { return false };
        *cursor = Cursor {
            path: next.path.clone(),
            bytes: Vec::new(),
            at: Header::SIZE,
            least: next.header.first,
        };
        true
    }

    /// Lets go what was acknowledged, but for the newest `kept` segments of this run's `epoch`.
    pub(super) fn acknowledge(&mut self, position: (u64, u64), epoch: u64, kept: usize) {
        if self.acknowledged.is_some_and(|known| known >= position) {
            return;
        }
        self.acknowledged = Some(position);
        while let Some(first) = self.segments.front() {
            let stays = first.header.epoch == epoch && self.segments.len() <= kept;
            if stays || !first.is_before(position) {
                break;
            }
            self.remove_first();
        }
    }

    /// Whether every item was acknowledged.
    pub(super) fn is_done(&self) -> bool {
        let mut segments = self.segments.iter().rev();
        let last = segments.find(|segment| segment.last.is_some());
        match (last, self.acknowledged) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(last), Some(position)) => last.is_before(position),
        }
    }

    /// Deletes the oldest segment, even the one that is appended to, and gives what was in it that
    /// nobody acknowledged: (segment, items).
    pub(super) fn evict(&mut self) -> Option<(Segment, u64)> {
        let segment = self.remove_first()?;
        if self.segments.is_empty() {
            self.writer = None;
        }
        let from = match self.acknowledged {
            Some((epoch, through)) if epoch == segment.header.epoch => {
                segment.header.first.max(through + 1)
            }
            Some((epoch, _)) if epoch > segment.header.epoch => segment.end(),
            _ => segment.header.first,
        };
        let items = segment.end().saturating_sub(from);
        let items = items.saturating_sub(segment.missing);
        Some((segment, items))
    }

    fn remove_first(&mut self) -> Option<Segment> {
        let segment = self.segments.pop_front()?;
        if self.segments.is_empty() {
            self.writer = None;
        }
        // A file that cannot be deleted is found again at the next start and sent again, which the
        // collector drops.
        let _ = std::fs::remove_file(&segment.path);
        Some(segment)
    }
}
