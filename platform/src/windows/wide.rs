//! Text as Windows' interfaces take it.
//!
//! Step: source.

use std::ffi::OsStr;
use std::os::windows::ffi::OsStrExt as _;

/// The text in UTF-16 with its terminating zero.
pub(super) fn wide(text: &OsStr) -> Vec<u16> {
    text.encode_wide().chain([0]).collect()
}
