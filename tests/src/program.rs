//! What the machine offers.
//!
//! Step: tests. It only looks, and asks; installing is `cargo xtask test`'s part.

use std::path::{Path, PathBuf};

/// Where scenarios look for programs: the system's own folders, whatever the user's are.
pub(crate) const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What stands for a Python that has zlib as a module of its own, as most but Debian's do.
pub(crate) const MODULAR_PYTHON: &str = "$MODULAR_PYTHON";

/// Where scenarios find the program `name`; [`MODULAR_PYTHON`] is looked for where people have it.
#[must_use]
pub fn find_program(name: &str) -> Option<PathBuf> {
    if name == MODULAR_PYTHON {
        return modular_python();
    }
    std::env::split_paths(SEARCH_PATH)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// A Python in the system's folders, or one that pyenv or uv has built for this user, whose zlib
/// is a file.
fn modular_python() -> Option<PathBuf> {
    let mut candidates: Vec<PathBuf> = std::env::split_paths(SEARCH_PATH)
        .map(|folder| folder.join("python3"))
        .collect();
    let home = std::env::var_os("HOME").map(PathBuf::from);
    for folder in [".pyenv/versions", ".local/share/uv/python"] {
        let versions = home.as_deref().map(|home| home.join(folder));
        let Some(Ok(listed)) = versions.map(std::fs::read_dir) else {
            continue;
        };
        candidates.extend(
            listed
                .flatten()
                .map(|entry| entry.path().join("bin/python3")),
        );
    }
    candidates.sort();
    candidates.into_iter().find(|python| {
        let asked = std::process::Command::new(python)
            .args(["-c", "import zlib; zlib.__file__"])
            .stderr(std::process::Stdio::null())
            .status();
        asked.is_ok_and(|status| status.success())
    })
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
