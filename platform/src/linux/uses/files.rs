//! Opens the file that a record speaks of, wherever its process sees it.
//!
//! Step: source. The process may be in a container, in a chroot, or gone; the file may have lost
//! its name. A file is accepted only with the inode that the record told. It is opened first
//! without being read, so that nothing but regular files is ever touched.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use nix::libc;

use crate::elf::ReadAt;

/// A file that may have functions of interest.
#[derive(Debug)]
pub(super) struct Notice {
    pub(super) pid: u32,
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) size: u64,
    pub(super) path: Option<Vec<u8>>,
    pub(super) is_program: bool,
    /// Its content is new.
    pub(super) written: bool,
}

/// A file that was found.
#[derive(Debug)]
pub(super) struct Found {
    /// Holds the file without reading it.
    pub(super) handle: File,
    pub(super) identity: Identity,
    pub(super) state: State,
    /// Device and inode as records tell them.
    pub(super) told: (u64, u64),
    pub(super) path: Vec<u8>,
}

/// What a file is told from others by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    pub(super) device: u64,
    pub(super) inode: u64,
}

/// What changes with a file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    size: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl Notice {
    /// Opens the file; none where it cannot be reached any more.
    pub(super) fn open(&self) -> Option<Found> {
        let folder = PathBuf::from(format!("/proc/{}", self.pid));
        let path = self.path.as_deref();
        let inside = || Some(folder.join("root").join(relative(path?)));
        let own = || self.is_program.then(|| folder.join("exe"));
        let outside = || Some(PathBuf::from(OsStr::from_bytes(path?)));
        let file = self
            .accept(inside())
            .or_else(|| self.accept(own()))
            .or_else(|| self.accept(mapping(&folder, self.inode)))
            .or_else(|| self.accept(outside()))?;
        Some(Found {
            told: (self.device, self.inode),
            path: self.path.clone().unwrap_or_default(),
            ..file
        })
    }

    fn accept(&self, path: Option<PathBuf>) -> Option<Found> {
        Found::open(&path?).filter(|found| found.identity.inode == self.inode)
    }
}

impl Found {
    /// Opens a regular file by a path of this process.
    pub(super) fn open(path: &Path) -> Option<Self> {
        let handle = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_PATH)
            .open(path)
            .ok()?;
        let metadata = handle.metadata().ok()?;
        if !metadata.is_file() {
            return None;
        }
        let (device, inode) = (metadata.dev(), metadata.ino());
        Some(Self {
            handle,
            identity: Identity { device, inode },
            state: State::of(&metadata),
            told: (device, inode),
            path: path.as_os_str().as_bytes().to_vec(),
        })
    }

    /// Whether its content is what it was when it was opened.
    pub(super) fn is_unchanged(&self) -> bool {
        let metadata = self.handle.metadata();
        metadata.is_ok_and(|metadata| State::of(&metadata) == self.state)
    }

    /// Opens it for reading.
    pub(super) fn reading(&self) -> io::Result<File> {
        File::open(handle_path(&self.handle))
    }
}

/// A path that opens what a handle holds.
pub(super) fn handle_path(handle: &File) -> String {
    format!("/proc/self/fd/{}", handle.as_raw_fd())
}

impl State {
    pub(super) fn of(metadata: &fs::Metadata) -> Self {
        Self {
            size: metadata.size(),
            seconds: metadata.mtime(),
            nanoseconds: metadata.mtime_nsec(),
        }
    }
}

impl ReadAt for File {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, buffer, offset)
    }
}

/// The beginning of a file, as far as `buffer` reaches.
pub(super) fn head<'b>(file: &File, buffer: &'b mut [u8]) -> &'b [u8] {
    let length = file.read_at(buffer, 0).unwrap_or(0);
    &buffer[..length]
}

/// The inodes that any process has mapped executable.
pub(super) fn mapped() -> std::collections::HashSet<u64> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter(|entry| {
            let name = entry.file_name();
            name.as_bytes().first().is_some_and(u8::is_ascii_digit)
        })
        .filter_map(|entry| fs::read(entry.path().join("maps")).ok())
        .flat_map(|maps| {
            maps.split(|byte| *byte == b'\n')
                .filter_map(|line| Some(fields(line)?.1))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Where a process has mapped a file, as a path that opens it even without a name.
fn mapping(folder: &Path, inode: u64) -> Option<PathBuf> {
    let maps = fs::read(folder.join("maps")).ok()?;
    let mut lines = maps.split(|byte| *byte == b'\n').filter_map(fields);
    let (range, _) = lines.find(|(_, found)| *found == inode)?;
    Some(folder.join("map_files").join(range))
}

/// Range and inode of a mapping that is executable.
fn fields(line: &[u8]) -> Option<(&str, u64)> {
    let mut parts = line.split(|byte| *byte == b' ');
    let range = std::str::from_utf8(parts.next()?).ok()?;
    let permissions = parts.next()?;
    let inode = std::str::from_utf8(parts.nth(2)?).ok()?.parse().ok()?;
    (permissions.get(2) == Some(&b'x') && inode != 0).then_some((range, inode))
}

/// A path without the slashes that it begins with.
fn relative(path: &[u8]) -> &OsStr {
    let begin = path.iter().position(|byte| *byte != b'/');
    OsStr::from_bytes(&path[begin.unwrap_or(path.len())..])
}
