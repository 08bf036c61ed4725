//! Names a file that a process runs or maps, and the content that was found in it.
//!
//! Step: source, for the enrichment. Plain data: the system's folder opens the file.

use std::fs::File;

/// A file that a process runs or maps, as the kernel told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageAt {
    /// The process.
    pub pid: u32,
    /// The process's own program, rather than a library that it mapped.
    pub program: bool,
    /// Its name, as the process sees it.
    pub path: Option<Box<[u8]>>,
    /// Its device.
    pub device: u64,
    /// Its inode.
    pub inode: u64,
}

/// A file that was opened, and what tells this content of it from a later one.
#[derive(Debug)]
pub struct Image {
    /// The file, for reading.
    pub file: File,
    /// Its identity with its content's.
    pub identity: ImageIdentity,
}

/// A file and its content as long as nobody writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageIdentity {
    /// Device.
    pub device: u64,
    /// Inode.
    pub inode: u64,
    /// Size in bytes.
    pub size: u64,
    /// When the content was changed, in nanoseconds since the epoch; wraps for times beyond.
    pub modified: u64,
    /// When the content or anything else about it was changed.
    pub changed: u64,
}
