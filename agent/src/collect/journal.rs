//! Telemetry as it came, until enough of it is there for a table.
//!
//! Step: sink. A table can be read only once it is finished, so what is acknowledged lies in a
//! journal first. A journal that is large or old enough is closed, and tables are made of it; while
//! that fails, as on a full disk, closed journals wait, and from a number of them on nothing more is
//! taken. An entry is a length (u32, little-endian) and, as many bytes: agent (16), epoch, sequence,
//! time (u64 each), the host's name (u16 length, bytes), the record.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use platform::host::sync_directory;

use super::table;

/// One record with whose it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'e> {
    pub(super) agent: [u8; 16],
    pub(super) epoch: u64,
    pub(super) sequence: u64,
    pub(super) time: u64,
    pub(super) host: &'e [u8],
    pub(super) record: &'e [u8],
}

impl<'e> Entry<'e> {
    /// When it was, unless that is beyond every calendar (the year 2262).
    pub(super) fn wall(&self) -> Option<u64> {
        i64::try_from(self.time).is_ok().then_some(self.time)
    }

    /// Appends the entry with its length.
    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        let host = &self.host[..self.host.len().min(HOST)];
        let length = FIXED + host.len() + self.record.len();
        bytes.extend_from_slice(&(length as u32).to_le_bytes());
        bytes.extend_from_slice(&self.agent);
        for number in [self.epoch, self.sequence, self.time] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&(host.len() as u16).to_le_bytes());
        bytes.extend_from_slice(host);
        bytes.extend_from_slice(self.record);
    }

    /// Reads an entry without its length.
    pub(super) fn read(bytes: &'e [u8]) -> Option<Self> {
        let (agent, rest) = bytes.split_first_chunk::<16>()?;
        let (epoch, rest) = rest.split_first_chunk::<8>()?;
        let (sequence, rest) = rest.split_first_chunk::<8>()?;
        let (time, rest) = rest.split_first_chunk::<8>()?;
        let (host, rest) = rest.split_first_chunk::<2>()?;
        let (host, record) = rest.split_at_checked(usize::from(u16::from_le_bytes(*host)))?;
        Some(Self {
            agent: *agent,
            epoch: u64::from_le_bytes(*epoch),
            sequence: u64::from_le_bytes(*sequence),
            time: u64::from_le_bytes(*time),
            host,
            record,
        })
    }
}

/// A journal that has become tables.
pub(super) struct Tabled {
    /// Its name, which is gone.
    pub(super) name: String,
    /// What was wrong with it, when not all of it could be read.
    pub(super) damage: Option<String>,
}

/// The journals of a directory.
pub(super) struct Journal {
    directory: PathBuf,
    open: Option<Open>,
    /// Closed ones that are to become tables, with their committed lengths.
    closed: VecDeque<(u64, u64)>,
    /// When tables are tried again after a failure.
    retry: Option<Instant>,
    next: u64,
    age: Duration,
}

struct Open {
    number: u64,
    file: File,
    length: u64,
    since: Instant,
}

impl Journal {
    /// Opens the directory; what an earlier run left becomes tables at the next occasion.
    pub(super) fn open(
        out: &Path,
        age: Duration,
        committed: impl Fn(&str) -> anyhow::Result<Option<u64>>,
    ) -> anyhow::Result<Self> {
        let directory = out.join("telemetry");
        std::fs::create_dir_all(&directory)?;
        let mut numbers = Vec::new();
        for entry in std::fs::read_dir(&directory)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let number = name.strip_prefix(PREFIX);
            numbers.extend(number.and_then(|number| u64::from_str_radix(number, 16).ok()));
        }
        numbers.sort_unstable();
        let mut closed = VecDeque::new();
        for number in &numbers {
            closed.push_back((*number, committed(&name(*number))?.unwrap_or(0)));
        }
        Ok(Self {
            directory,
            open: None,
            closed,
            retry: None,
            // Numbers name tables for good, so they come from the clock.
            next: super::day::now().max(numbers.last().map_or(0, |last| last + 1)),
            age,
        })
    }

    /// Appends entries and brings them to the disk; gives the journal and its length, which hold
    /// once they are committed.
    pub(super) fn append(&mut self, entries: &[u8]) -> std::io::Result<(String, u64)> {
        if self.closed.len() >= MOST {
            let text = format!("{MOST} journals wait to become tables");
            return Err(std::io::Error::other(text));
        }
        let open = match &mut self.open {
            Some(open) => open,
            place => {
                let number = self.next;
                let path = self.directory.join(name(number));
                let file = OpenOptions::new().write(true).create_new(true).open(path)?;
                self.next += 1;
                sync_directory(&self.directory)?;
                place.insert(Open {
                    number,
                    file,
                    length: 0,
                    since: Instant::now(),
                })
            }
        };
        open.file.set_len(open.length)?;
        open.file.seek(SeekFrom::Start(open.length))?;
        open.file.write_all(entries)?;
        open.file.sync_data()?;
        Ok((name(open.number), open.length + entries.len() as u64))
    }

    /// The name of the journal that is written to.
    pub(super) fn name(&self) -> Option<String> {
        self.open.as_ref().map(|open| name(open.number))
    }

    /// Takes over a length that was committed.
    pub(super) fn committed(&mut self, length: u64) {
        if let Some(open) = &mut self.open {
            open.length = length;
        }
    }

    /// Journals that wait to become tables.
    pub(super) fn waiting(&self) -> usize {
        self.closed.len()
    }

    /// Closes the journal when it is large or old enough, or when `now` says so, and makes the
    /// tables of one closed journal. After a failure the next attempt has its time, unless `now`.
    pub(super) fn rotate(&mut self, now: bool) -> anyhow::Result<Option<Tabled>> {
        let due =
            |open: &mut Open| now || open.length >= LONGEST || open.since.elapsed() >= self.age;
        if let Some(open) = self.open.take_if(due) {
            self.closed.push_back((open.number, open.length));
        }
        let Some((number, length)) = self.closed.front().copied() else {
            return Ok(None);
        };
        if !now && self.retry.is_some_and(|retry| Instant::now() < retry) {
            return Ok(None);
        }
        self.retry = Some(Instant::now() + RETRY);
        let damage = self
            .make_tables(number, length)
            .with_context(|| format!("making tables of {}", name(number)))?;
        self.retry = None;
        self.closed.pop_front();
        let name = name(number);
        Ok(Some(Tabled { name, damage }))
    }

    /// Makes the tables of a journal's first `length` bytes and deletes it. Doing it again after a
    /// kill makes the same files. A journal that the disk has damaged gives what is before the
    /// damage and is kept under another name.
    fn make_tables(&self, number: u64, length: u64) -> anyhow::Result<Option<String>> {
        let path = self.directory.join(name(number));
        let mut tables = table::Tables::new(&self.directory, number)?;
        let mut reader = BufReader::with_capacity(1 << 18, File::open(&path)?.take(length));
        let mut bytes = Vec::new();
        let mut at = 0;
        while at < length {
            if !next(&mut reader, &mut bytes)? {
                break;
            }
            let Some(entry) = Entry::read(&bytes) else {
                break;
            };
            tables.add(&entry)?;
            at += 4 + bytes.len() as u64;
        }
        tables.finish()?;
        if at == length {
            std::fs::remove_file(path)?;
            return Ok(None);
        }
        let kept = self.directory.join(format!(".damaged-{number:016x}"));
        std::fs::rename(path, &kept)?;
        Ok(Some(format!(
            "{} is damaged at byte {at} of {length}; what is before that is in the tables",
            kept.display()
        )))
    }
}

/// Reads the next entry; false when the file ends or no entry has such a length.
fn next(reader: &mut impl Read, bytes: &mut Vec<u8>) -> std::io::Result<bool> {
    let mut head = [0; 4];
    let mut read = |bytes: &mut [u8]| match reader.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    };
    if !read(&mut head)? {
        return Ok(false);
    }
    let length = u32::from_le_bytes(head) as usize;
    if length > crate::wire::MAX_FRAME + FIXED + HOST {
        return Ok(false);
    }
    bytes.resize(length, 0);
    read(bytes)
}

fn name(number: u64) -> String {
    format!("{PREFIX}{number:016x}")
}

/// How a journal's name begins; readers of a folder of tables pass over what begins with a dot.
const PREFIX: &str = ".journal-";

/// Bytes of an entry beside the host's name and the record.
const FIXED: usize = 16 + 3 * 8 + 2;

/// Longest host name that is kept.
const HOST: usize = 255;

/// Bytes from which a journal becomes tables.
const LONGEST: u64 = 32 << 20;

/// Journals that may wait to become tables: 3 GiB at most.
const MOST: usize = 64;

/// Time between two attempts to make tables of the same journal.
const RETRY: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
