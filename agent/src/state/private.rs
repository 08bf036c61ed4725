//! Makes the state directory so that only its owner can enter it.
//!
//! Step: sink. Findings tell command lines and paths of every user of the host. A directory that
//! exists keeps the mode that its operator gave it.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Makes the directory and those above it, where they are absent.
pub(super) fn make_directory(path: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}
