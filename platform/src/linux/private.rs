//! Directories that only their owner can enter.
//!
//! Step: source, for the daemon's own state: findings tell command lines and paths of every user
//! of the host. A directory that exists keeps the mode that its operator gave it.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

/// Makes the directory and those above it, where they are absent, with mode 0700.
///
/// # Errors
/// As `mkdir(2)`.
pub fn make_private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}
