//! The ring file: eight magic bytes, then records back to back.
//!
//! Step: source. `ring_abi::RECORDING_MAGIC` opens the file; the first record is a capture start.
//! The writer leaves a file that ends with a whole record even when the disk is full; the reader
//! hands out every whole record before it reports a cut one.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ring_abi::{DecodeError, RECORDING_MAGIC, frame_length};

use crate::source::{Progress, Source, SourceError, SourceStats};

/// Writes a recording.
#[derive(Debug)]
pub struct RingFileWriter {
    file: File,
    path: PathBuf,
    buffer: Vec<u8>,
    /// Bytes that are safely in the file, all of whole records.
    written: u64,
}

impl RingFileWriter {
    /// Makes a new file and begins the recording.
    ///
    /// # Errors
    /// When it exists already or cannot be made, with the path.
    pub fn create(path: &Path) -> Result<Self, SourceError> {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)
            .map_err(|source| io_error("creating", path, source))?;
        let mut writer = Self {
            file,
            path: path.to_owned(),
            buffer: Vec::with_capacity(BUFFER),
            written: 0,
        };
        writer.buffer.extend_from_slice(&RECORDING_MAGIC);
        writer.flush()?;
        Ok(writer)
    }

    /// Appends a record.
    ///
    /// # Errors
    /// When the file cannot take it; what was written before stays readable.
    pub fn append(&mut self, record: &[u8]) -> Result<(), SourceError> {
        if self.buffer.len() + record.len() > BUFFER {
            self.flush()?;
        }
        self.buffer.extend_from_slice(record);
        Ok(())
    }

    /// Writes out what is buffered.
    ///
    /// # Errors
    /// When the file cannot take it all: the file is then cut back to whole records, as many of
    /// the buffer as fit.
    pub fn flush(&mut self) -> Result<(), SourceError> {
        let mut done = 0;
        let outcome = loop {
            match self.file.write(&self.buffer[done..]) {
                Ok(0) if done == self.buffer.len() => break Ok(()),
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        let whole = if outcome.is_ok() {
            done
        } else {
            whole_records(&self.buffer, done)
        };
        self.written += whole as u64;
        self.buffer.clear();
        outcome.map_err(|source| {
            // Shortening needs no space; should it fail, the reader copes with a cut record.
            let _ = self.file.set_len(self.written);
            let _ = self.file.seek(SeekFrom::Start(self.written));
            io_error("writing", &self.path, source)
        })
    }

    /// Writes out what is buffered and has the system put it on disk.
    ///
    /// # Errors
    /// As [`Self::flush`], and when the system cannot.
    pub fn sync(&mut self) -> Result<(), SourceError> {
        self.flush()?;
        self.file
            .sync_data()
            .map_err(|source| io_error("syncing", &self.path, source))
    }
}

/// Length of the whole records (and the magic) among the first `done` bytes of a buffer.
fn whole_records(buffer: &[u8], done: usize) -> usize {
    let mut at = if buffer.starts_with(&RECORDING_MAGIC) {
        RECORDING_MAGIC.len()
    } else {
        0
    };
    while let Some(rest) = buffer.get(at..)
        && let Ok(length) = frame_length(rest)
        && at + length <= done
    {
        at += length;
    }
    at.min(done)
}

/// Reads a recording.
#[derive(Debug)]
pub struct RingFileReader {
    file: BufReader<File>,
    path: PathBuf,
    record: Vec<u8>,
    at: u64,
    ended: bool,
}

impl RingFileReader {
    /// Opens a recording.
    ///
    /// # Errors
    /// `Io` when it cannot be read, `Format` when it is no recording.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let file = File::open(path).map_err(|source| io_error("opening", path, source))?;
        let mut file = BufReader::with_capacity(BUFFER, file);
        let mut magic = [0; RECORDING_MAGIC.len()];
        let found =
            fill(&mut file, &mut magic).map_err(|source| io_error("reading", path, source))?;
        if magic[..found] != RECORDING_MAGIC[..] {
            return Err(SourceError::Format(format!(
                "{}: not a Packhound recording (it does not begin with its eight magic bytes); \
                 recordings are made with packhound record",
                path.display()
            )));
        }
        Ok(Self {
            file,
            path: path.to_owned(),
            record: Vec::new(),
            at: found as u64,
            ended: false,
        })
    }

    /// Hands out the next record where it lies whole in the buffer.
    fn take_buffered(&mut self, take: &mut dyn FnMut(&[u8])) -> bool {
        let buffer = self.file.buffer();
        let Ok(length) = frame_length(buffer) else {
            return false;
        };
        let Some(record) = buffer.get(..length) else {
            return false;
        };
        take(record);
        self.file.consume(length);
        self.at += length as u64;
        true
    }

    /// Reads the next record into `self.record`; `false` at the end.
    fn next(&mut self) -> Result<bool, SourceError> {
        let mut head = [0; 4];
        let found = self.read(&mut head)?;
        if found == 0 {
            return Ok(false);
        }
        let length = frame_length(&head[..found]).map_err(|error| self.broken(error))?;
        self.record.clear();
        self.record.extend_from_slice(&head);
        self.record.resize(length, 0);
        let mut record = std::mem::take(&mut self.record);
        let found = found + self.read(&mut record[4..])?;
        self.record = record;
        if found < length {
            return Err(self.broken(DecodeError::Truncated {
                needed: length,
                found,
            }));
        }
        self.at += length as u64;
        Ok(true)
    }

    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, SourceError> {
        fill(&mut self.file, bytes).map_err(|source| io_error("reading", &self.path, source))
    }

    fn broken(&self, error: DecodeError) -> SourceError {
        SourceError::Format(format!(
            "{}: at byte {}: {error}; everything before it was read",
            self.path.display(),
            self.at
        ))
    }
}

impl Source for RingFileReader {
    fn poll(
        &mut self,
        _wait: Duration,
        limit: usize,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Progress, SourceError> {
        let mut records = 0;
        while !self.ended && records < limit {
            if self.take_buffered(take) {
                records += 1;
                continue;
            }
            match self.next() {
                Ok(true) => {
                    take(&self.record);
                    records += 1;
                }
                Ok(false) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    return Err(error);
                }
            }
        }
        if self.ended && records == 0 {
            Ok(Progress::Ended)
        } else {
            Ok(Progress::Records(records))
        }
    }

    fn stats(&mut self) -> SourceStats {
        SourceStats::default()
    }

    fn close(&mut self) -> Result<(), SourceError> {
        self.ended = true;
        Ok(())
    }
}

/// Fills `bytes` as far as the file goes; gives how far.
fn fill(file: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut found = 0;
    while found < bytes.len() {
        match file.read(&mut bytes[found..]) {
            Ok(0) => break,
            Ok(count) => found += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

fn io_error(what: &str, path: &Path, source: io::Error) -> SourceError {
    SourceError::Io {
        what: format!("{what} {}", path.display()),
        source,
    }
}

const BUFFER: usize = 256 * 1024;

#[cfg(test)]
mod tests;
