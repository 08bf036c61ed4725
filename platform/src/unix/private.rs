//! Directories and files that only their owner can enter or read.
//!
//! Step: source, for the daemon's own state: findings tell command lines and paths of every user
//! of the host. A directory that exists keeps the mode that its operator gave it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;

use nix::unistd::Uid;

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

/// Lets everybody read the file and its owner write it: mode 0644, whatever the umask says.
///
/// # Errors
/// As `chmod(2)`.
pub(crate) fn readable(path: &Path) -> io::Result<()> {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

/// Whether the file or directory is there and belongs to the user that this program runs as.
#[must_use]
pub fn owned_by_this_user(path: &Path) -> bool {
    let about = std::fs::metadata(path);
    about.is_ok_and(|about| about.uid() == Uid::effective().as_raw())
}
