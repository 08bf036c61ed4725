//! Opens the file that a process runs or maps.
//!
//! Step: source, for the enrichment. Nothing asks yet: there is no live source whose processes
//! could be looked at, and the files of a recording are not here.

use std::io;

use crate::image::{Image, ImageAt};

/// Opens the file; `None` when it cannot be had any more.
///
/// # Errors
/// When a file that is there cannot be opened or looked at.
pub fn open_image(_at: &ImageAt) -> io::Result<Option<Image>> {
    Ok(None)
}
