//! Where a host keeps its libraries and programs, to look at before anything uses them.
//!
//! Step: source. The dynamic linker's cache first, then what lies deeper in the system's folders
//! (extension modules, runtimes), then programs. Only names are gathered here; files are judged
//! by what they define. Links are not followed, and the number of files is bounded.

use std::collections::HashSet;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// The libraries that the dynamic linker finds by itself.
pub(super) fn linked() -> Vec<PathBuf> {
    let mut found = HashSet::new();
    if let Ok(cache) = fs::read(CACHE) {
        found.extend(paths(&cache));
    }
    for folder in LIBRARIES {
        found.extend(entries(Path::new(folder)).filter(|path| is_library(path)));
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_unstable();
    found
}

/// Everything else where programs and their modules are installed, folder by folder.
pub(super) struct Deeper {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
    entries: usize,
}

impl Deeper {
    pub(super) fn new() -> Self {
        // Modules come first: they are used as soon as they are loaded.
        let folders = PROGRAMS.iter().rev().chain(DEEP.iter().rev());
        Self {
            folders: folders.map(PathBuf::from).collect(),
            files: Vec::new(),
            entries: 0,
        }
    }

    /// Whether everything was gone through.
    pub(super) fn is_done(&self) -> bool {
        self.folders.is_empty() && self.files.is_empty()
    }

    /// The next file; none where this step has only listed a folder.
    pub(super) fn step(&mut self) -> Option<PathBuf> {
        if let Some(file) = self.files.pop() {
            return Some(file);
        }
        let folder = self.folders.pop()?;
        let holds_programs = PROGRAMS
            .iter()
            .any(|programs| folder == Path::new(programs));
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            self.entries += 1;
            if self.entries > MOST_ENTRIES {
                self.folders.clear();
                break;
            }
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let path = entry.path();
            if kind.is_dir() && !holds_programs {
                self.folders.push(path);
            } else if kind.is_file() && (holds_programs || is_library(&path)) {
                self.files.push(path);
            }
        }
        None
    }
}

/// The texts of the linker's cache that are paths; the numbers between them are not needed.
fn paths(cache: &[u8]) -> impl Iterator<Item = PathBuf> {
    cache
        .split(|byte| *byte == 0)
        .filter(|text| text.first() == Some(&b'/') && text.len() < LONGEST_PATH)
        .map(|text| PathBuf::from(std::ffi::OsStr::from_bytes(text)))
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.take(MOST_ENTRIES).map(|entry| entry.path())
}

/// Whether a file is named like a library; of the many files in a system's folders only those are
/// looked into before they are loaded.
fn is_library(path: &Path) -> bool {
    let name = path.file_name().map(std::ffi::OsStr::as_bytes);
    name.is_some_and(|name| name.ends_with(b".so") || name.windows(4).any(|part| part == b".so."))
}

const CACHE: &str = "/etc/ld.so.cache";
const LIBRARIES: [&str; 6] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/local/lib64",
];
const PROGRAMS: [&str; 4] = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];
const DEEP: [&str; 4] = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt"];
const MOST_ENTRIES: usize = 200_000;
const LONGEST_PATH: usize = 4096;

#[cfg(test)]
mod tests;
