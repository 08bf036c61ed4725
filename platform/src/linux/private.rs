//! Directories that only their owner can enter.
//!
//! Step: source, for the daemon's own state: findings tell command lines and paths of every user
//! of the host. A directory that exists keeps the mode that its operator gave it.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;

/// Makes the directory and those above it, where they are absent, with mode 0700.
///
/// # Errors
/// As `mkdir(2)`.
pub fn make_private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Lets everybody read the file and its owner write it: mode 0644, whatever the umask says.
///
/// # Errors
/// As `chmod(2)`.
pub(super) fn readable(path: &Path) -> io::Result<()> {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

/// The user that a file or directory belongs to; none where it is not there.
#[must_use]
pub fn owner(path: &Path) -> Option<u32> {
    std::fs::metadata(path).ok().map(|about| about.uid())
}
