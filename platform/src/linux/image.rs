//! Opens the file that a process runs or maps, and makes sure that it is that file.
//!
//! Step: source, for the enrichment. A name may lead elsewhere by the time it is opened, or lie in
//! a container of its own, so the process's own view is tried first and what was opened counts only
//! if it is the file that the kernel told of. Devices, pipes and directories are never read.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

use crate::image::{Image, ImageAt};
use crate::unix::opened::{self, is_gone};

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
        match opened::open(path, OFlag::empty()) {
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

/// Some file systems give `stat` another device than the kernel has inside; the process's own link
/// leads to its program all the same.
fn is_it(image: &Image, at: &ImageAt, own: bool) -> bool {
    image.identity.inode == at.inode && (own || image.identity.device == at.device)
}

#[cfg(test)]
mod tests;
