//! What the machine offers.
//!
//! Step: tests. It only looks; installing is `cargo xtask test`'s part.

use std::path::{Path, PathBuf};

/// Where scenarios look for programs: the system's own folders, whatever the user's are.
pub(crate) const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Where scenarios find the program `name`.
#[must_use]
pub fn find_program(name: &str) -> Option<PathBuf> {
    std::env::split_paths(SEARCH_PATH)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// The file of a library that this machine's programs are linked to; a path stands for itself.
#[must_use]
pub fn find_library(name: &str) -> Option<PathBuf> {
    let machine = format!("{}-linux-gnu", std::env::consts::ARCH);
    let folders = ["/lib", "/usr/lib", "/lib64", "/usr/lib64"];
    let mut paths = folders.iter().map(Path::new).flat_map(|folder| {
        let of_machine = folder.join(&machine).join(name);
        [of_machine, folder.join(name)]
    });
    paths.find(|path| path.is_file())
}

/// Where cargo has put the program `name`, beside the one that runs now.
pub(crate) fn built_beside(name: &str) -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    // A test lies one folder deeper than a program.
    let folders = own.ancestors().skip(1).take(2);
    folders
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// Whether this process may load probes and become other users.
#[must_use]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
