//! Telemetry as it came, until enough of it is there for a table.
//!
//! Step: sink. A table's file is compressed and can be read only once it is finished, so records are
//! made durable in a journal first. An entry is a length (u32, little-endian) and, as many bytes: agent
//! (16), epoch, sequence, time (u64 each), the host's name (u16 length, bytes), the record.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

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

/// The journals of a directory.
pub(super) struct Journal {
    directory: PathBuf,
    open: Option<Open>,
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
    /// Opens the directory and makes tables of what an earlier run left; gives the names of the
    /// journals that are gone by that.
    pub(super) fn open(
        out: &Path,
        age: Duration,
        committed: impl Fn(&str) -> anyhow::Result<Option<u64>>,
    ) -> anyhow::Result<(Self, Vec<String>)> {
        let directory = out.join("telemetry");
        std::fs::create_dir_all(&directory)?;
        let mut numbers = Vec::new();
        for entry in std::fs::read_dir(&directory)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let number = name.strip_prefix(".journal-");
            numbers.extend(number.and_then(|number| u64::from_str_radix(number, 16).ok()));
        }
        numbers.sort_unstable();
        let journal = Self {
            directory,
            open: None,
            // Numbers name tables for good, so they come from the clock.
            next: super::day::now().max(numbers.last().map_or(0, |last| last + 1)),
            age,
        };
        let mut gone = Vec::new();
        for number in numbers {
            let length = committed(&name(number))?.unwrap_or(0);
            journal.make_tables(number, length)?;
            gone.push(name(number));
        }
        Ok((journal, gone))
    }

    /// Appends entries and brings them to the disk; gives the journal and its length, which hold
    /// once they are committed.
    pub(super) fn append(&mut self, entries: &[u8]) -> std::io::Result<(String, u64)> {
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

    /// Makes tables of the journal when it is large or old enough, or when `now` says so; gives its
    /// name, which is gone by that.
    pub(super) fn rotate(&mut self, now: bool) -> anyhow::Result<Option<String>> {
        let Some(open) = &self.open else {
            return Ok(None);
        };
        if !now && open.length < LONGEST && open.since.elapsed() < self.age {
            return Ok(None);
        }
        let (number, length) = (open.number, open.length);
        self.make_tables(number, length)?;
        self.open = None;
        Ok(Some(name(number)))
    }

    /// Makes the tables of a journal's first `length` bytes and deletes it. Doing it again after a
    /// kill makes the same files.
    fn make_tables(&self, number: u64, length: u64) -> anyhow::Result<()> {
        let path = self.directory.join(name(number));
        let mut tables = table::Tables::new(&self.directory, number);
        let mut reader = BufReader::with_capacity(1 << 18, File::open(&path)?.take(length));
        let mut bytes = Vec::new();
        let mut head = [0; 4];
        while reader.read_exact(&mut head).is_ok() {
            bytes.resize(u32::from_le_bytes(head) as usize, 0);
            reader.read_exact(&mut bytes)?;
            if let Some(entry) = Entry::read(&bytes) {
                tables.add(&entry)?;
            }
        }
        tables.finish()?;
        std::fs::remove_file(path)?;
        Ok(())
    }
}

fn name(number: u64) -> String {
    format!(".journal-{number:016x}")
}

/// Bytes of an entry beside the host's name and the record.
const FIXED: usize = 16 + 3 * 8 + 2;

/// Longest host name that is kept.
const HOST: usize = 255;

/// Bytes from which a journal becomes tables.
const LONGEST: u64 = 32 << 20;
