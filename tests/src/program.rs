//! What the machine offers.
//!
//! Step: tests. It only looks; installing is `cargo xtask test`'s part.

use std::path::PathBuf;

/// Where `name` is on the search path, root's folders included.
#[must_use]
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// Whether this process may load probes and become other users.
#[must_use]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
