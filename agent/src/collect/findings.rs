//! Findings as JSON lines, in files that are closed at a size or an age and then compressed.
//!
//! Step: sink. Invariants: a line in a file is whole; a closed file never changes but to become its
//! own compressed twin, which replaces it by one rename; names sort by time.

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use platform::host::sync_directory;

use super::day;

/// The file that is written to.
pub(super) struct Findings {
    directory: PathBuf,
    open: Option<Open>,
    rotate_bytes: u64,
    rotate_every: Duration,
    compress: bool,
}

struct Open {
    name: String,
    path: PathBuf,
    file: File,
    /// Bytes that are committed.
    length: u64,
    since: Instant,
}

impl Findings {
    /// Opens the directory; `committed` tells of each file that was not closed how long it is.
    pub(super) fn open(
        out: &Path,
        rotate_bytes: u64,
        rotate_every: Duration,
        compress: bool,
        committed: impl Fn(&str) -> anyhow::Result<Option<u64>>,
    ) -> anyhow::Result<(Self, Vec<String>)> {
        let directory = out.join("findings");
        std::fs::create_dir_all(&directory)?;
        let mut closed = Vec::new();
        for entry in std::fs::read_dir(&directory)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = name.into_owned();
            let end = path.extension().and_then(|end| end.to_str());
            if end == Some("tmp") {
                std::fs::remove_file(&path)?;
            } else if end == Some("jsonl") {
                // What is behind the committed length was never acknowledged and comes again.
                let length = committed(&name)?.unwrap_or(0);
                let file = OpenOptions::new().write(true).open(&path)?;
                if file.metadata()?.len() > length {
                    file.set_len(length)?;
                    file.sync_all()?;
                }
                if length == 0 {
                    std::fs::remove_file(&path)?;
                }
                if length == 0 || compress {
                    closed.push(name);
                }
            }
        }
        let findings = Self {
            directory,
            open: None,
            rotate_bytes,
            rotate_every,
            compress,
        };
        for name in &closed {
            findings.close_file(&findings.directory.join(name))?;
        }
        Ok((findings, closed))
    }

    /// Appends whole lines and brings them to the disk; gives the file and its length, which hold
    /// once they are committed.
    pub(super) fn append(&mut self, lines: &[u8]) -> std::io::Result<(String, u64)> {
        let open = match &mut self.open {
            Some(open) => open,
            place => place.insert(begin(&self.directory)?),
        };
        // A failed attempt may have left a part of a line behind the committed length.
        open.file.set_len(open.length)?;
        open.file.seek(SeekFrom::Start(open.length))?;
        open.file.write_all(lines)?;
        open.file.sync_data()?;
        Ok((open.name.clone(), open.length + lines.len() as u64))
    }

    /// The name of the file that is written to.
    pub(super) fn name(&self) -> Option<String> {
        self.open.as_ref().map(|open| open.name.clone())
    }

    /// Takes over a length that was committed.
    pub(super) fn committed(&mut self, length: u64) {
        if let Some(open) = &mut self.open {
            open.length = length;
        }
    }

    /// Closes the file when it is large or old enough, or when `now` says so; gives its name when it
    /// is gone by that.
    pub(super) fn rotate(&mut self, now: bool) -> std::io::Result<Option<String>> {
        let Some(open) = &self.open else {
            return Ok(None);
        };
        let due = open.length >= self.rotate_bytes || open.since.elapsed() >= self.rotate_every;
        if !due && !now {
            return Ok(None);
        }
        let Some(open) = self.open.take() else {
            return Ok(None);
        };
        open.file.set_len(open.length)?;
        open.file.sync_all()?;
        self.close_file(&open.path)?;
        Ok(self.compress.then_some(open.name))
    }

    fn close_file(&self, path: &Path) -> std::io::Result<()> {
        if !self.compress || !path.exists() {
            return Ok(());
        }
        let compressed = with_end(path, ".gz");
        if !compressed.exists() {
            let early = with_end(path, ".gz.tmp");
            let mut encoder = GzEncoder::new(File::create(&early)?, Compression::fast());
            std::io::copy(&mut File::open(path)?, &mut encoder)?;
            encoder.finish()?.sync_all()?;
            std::fs::rename(&early, &compressed)?;
            sync_directory(&self.directory)?;
        }
        std::fs::remove_file(path)
    }
}

fn begin(directory: &Path) -> std::io::Result<Open> {
    let mut number = 0;
    loop {
        let stamp = day::stamp(day::now());
        let name = format!("findings-{stamp}-{number:03}.jsonl");
        let path = directory.join(&name);
        if with_end(&path, ".gz").exists() || path.exists() {
            number += 1;
            continue;
        }
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)?;
        sync_directory(directory)?;
        return Ok(Open {
            name,
            path,
            file,
            length: 0,
            since: Instant::now(),
        });
    }
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}
