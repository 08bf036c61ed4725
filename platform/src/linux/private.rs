//! Directories and files that only their owner can enter or read.
//!
//! Step: source, for the daemon's own state: findings tell command lines and paths of every user
//! of the host. A directory that exists keeps the mode that its operator gave it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Makes the directory and those above it, where they are absent, with mode 0700.
///
/// # Errors
/// As `mkdir(2)`.
pub fn make_private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Brings the names in a directory to the disk.
///
/// # Errors
/// As `fsync(2)`.
pub fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes a file that is not there yet, for writing, with mode 0600.
///
/// # Errors
/// As `open(2)`.
pub fn make_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}
