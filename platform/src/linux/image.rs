//! Opens the file that a process runs or maps, and makes sure that it is that file.
//!
//! Step: source, for the enrichment. A name may lead elsewhere by the time it is opened, or lie in
//! a container of its own, so the process's own view is tried first and what was opened counts only
//! if it is the file that the kernel told of. Devices, pipes and directories are never read.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

use crate::image::{Image, ImageAt, ImageIdentity};

/// Opens the file; `None` when it cannot be had any more.
///
/// # Errors
/// When a file that is there cannot be opened or looked at.
pub fn open_image(at: &ImageAt) -> io::Result<Option<Image>> {
    let own = at
        .program
        .then(|| PathBuf::from(format!("/proc/{}/exe", at.pid)));
    let named = at.path.as_deref().map(OsStr::from_bytes).map(Path::new);
    let inside = named.and_then(|path| {
        let below = path.strip_prefix("/").ok()?;
        Some(PathBuf::from(format!("/proc/{}/root", at.pid)).join(below))
    });
    let mut failure = None;
    for path in own.iter().chain(&inside).map(PathBuf::as_path).chain(named) {
        match open(path) {
            Ok(Some(image)) if is_it(&image, at, Some(path) == own.as_deref()) => {
                return Ok(Some(image));
            }
            Ok(_) => {}
            Err(error) if is_gone(&error) => {}
            Err(error) => failure = Some(error),
        }
    }
    failure.map_or(Ok(None), Err)
}

fn open(path: &Path) -> io::Result<Option<Image>> {
    // What is no file is not opened: opening alone may do something to a device.
    if !std::fs::metadata(path)?.is_file() {
        return Ok(None);
    }
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
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

/// Some file systems give `stat` another device than the kernel has inside; the process's own link
/// leads to its program all the same.
fn is_it(image: &Image, at: &ImageAt, own: bool) -> bool {
    image.identity.inode == at.inode && (own || image.identity.device == at.device)
}

/// The process has ended, or the name is gone.
fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    ) || error.raw_os_error() == Some(nix::errno::Errno::ESRCH as i32)
}

#[cfg(test)]
mod tests;
