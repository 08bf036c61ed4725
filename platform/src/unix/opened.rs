//! Opens a regular file to look into it, and tells what it is.
//!
//! Step: source, for the enrichment. Devices, pipes and directories are never opened: opening alone
//! may do something to a device. What was opened is named by its identity, so that the caller can
//! see whether it is the file that was meant.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use nix::fcntl::OFlag;

use crate::image::{Image, ImageIdentity};

/// Opens a regular file for reading; `None` where the name leads to anything else. With
/// `O_NOFOLLOW` a link is anything else.
///
/// # Errors
/// As `open(2)`.
pub(crate) fn open(path: &Path, flags: OFlag) -> io::Result<Option<Image>> {
    let about = if flags.contains(OFlag::O_NOFOLLOW) {
        std::fs::symlink_metadata(path)?
    } else {
        std::fs::metadata(path)?
    };
    if !about.is_file() {
        return Ok(None);
    }
    let flags = flags | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits())
        .open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Ok(None);
    }
    let time = |seconds: i64, nanoseconds: i64| {
        (seconds as u64)
            .wrapping_mul(1_000_000_000)
            .wrapping_add(nanoseconds as u64)
    };
    let identity = ImageIdentity {
        device: about.dev(),
        inode: about.ino(),
        size: about.len(),
        modified: time(about.mtime(), about.mtime_nsec()),
        changed: time(about.ctime(), about.ctime_nsec()),
    };
    Ok(Some(Image { file, identity }))
}

/// Whether an error says that the process has ended, or that the name is gone.
pub(crate) fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    ) || error.raw_os_error() == Some(nix::errno::Errno::ESRCH as i32)
}

#[cfg(test)]
mod tests;
