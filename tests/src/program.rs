//! What the machine offers.
//!
//! Step: tests. It only looks; installing is `cargo xtask test`'s part.

use std::path::PathBuf;

/// Where scenarios look for programs: the system's own folders, whatever the user's are.
pub(crate) const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Where scenarios find the program `name`.
#[must_use]
pub fn find_program(name: &str) -> Option<PathBuf> {
    std::env::split_paths(SEARCH_PATH)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// Whether this process may load probes and become other users.
#[must_use]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
