//! Opens the file that a process runs or maps, and makes sure that it is that file.
//!
//! Step: source, for the enrichment. Names come from the kernel without links in them, so none is
//! followed; what was opened counts only if it is the file that the kernel told of.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use nix::fcntl::OFlag;

use crate::image::{Image, ImageAt};
use crate::unix::opened::{self, is_gone};

/// Opens the file; `None` when it cannot be had any more.
///
/// # Errors
/// When a file that is there cannot be opened or looked at.
pub fn open_image(at: &ImageAt) -> io::Result<Option<Image>> {
    let Some(path) = at.path.as_deref() else {
        return Ok(None);
    };
    match opened::open(Path::new(OsStr::from_bytes(path)), OFlag::O_NOFOLLOW) {
        Ok(image) => Ok(image.filter(|image| {
            let identity = &image.identity;
            (device(identity.device), identity.inode) == (at.device, at.inode)
        })),
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A device's number as records have it: its 32 bits as they are, where `stat` is widened by sign.
pub(super) fn device(widened: u64) -> u64 {
    widened & u64::from(u32::MAX)
}
