//! Directories in which processes read: sources of what they pack, and what attackers collect.
//!
//! Step: correlate. The source tells one file per process and directory, so that this says where
//! was read, not what. What every program reads to run does not count. Bounded per process; what
//! does not fit is counted.

use super::Correlator;
use crate::event::{Event, ProcessKey};
use crate::path;
use crate::process::{Program, Role, Sighting};

impl Correlator {
    pub(super) fn directory_read(
        &mut self,
        event: &Event<'_>,
        path: Option<&[u8]>,
        name: Option<&[u8]>,
    ) {
        let Some(path) = path.filter(|path| !is_system_directory(path)) else {
            return;
        };
        let Some(process) = self.processes.find_mut(event.process) else {
            return;
        };
        if is_own_library(&process.program, path) {
            return;
        }
        let (key, activity) = (process.key, process.activity);
        let doings = process.doings();
        doings.directories_read += 1;
        if path == b"/etc" {
            // Every program reads its settings there; what is sensitive of it counts below.
        } else if doings.directories.len() < self.limits.directories {
            doings.directories.push(self.names.name(path));
        } else {
            self.directories_evicted += 1;
        }
        self.sensitive_read(key, path, name);
        if activity.is_none() && self.activities.has_outputs() {
            self.read_beside_output(key, path, name);
        }
    }

    /// Whether what was read is what attackers collect.
    fn sensitive_read(&mut self, key: ProcessKey, directory: &[u8], name: Option<&[u8]>) {
        let mut file = std::mem::take(&mut self.scratch);
        file.clear();
        file.extend_from_slice(directory);
        if let Some(name) = name {
            file.push(if path::is_windows(directory) {
                b'\\'
            } else {
                b'/'
            });
            file.extend_from_slice(name);
        }
        if self.unremarkable.contains(&file) {
            self.scratch = file;
            return;
        }
        if let Some(sensitive) = self.policy.catalogue.sensitive(&file) {
            let sighting = Sighting {
                what: sensitive.name.clone(),
                rank: sensitive.rank,
                path: self.names.name(&file),
            };
            self.sighted(key, &sighting);
        } else {
            self.unremarkable.add(&file);
        }
        self.scratch = file;
    }

    fn sighted(&mut self, key: ProcessKey, sighting: &Sighting) {
        let Some(process) = self.processes.find_mut(key) else {
            return;
        };
        let activity = process.activity;
        let doings = process.doings();
        if doings.sensitive.len() >= MOST_SIGHTINGS {
            return;
        }
        doings.sensitive.push(sighting.clone());
        if let Some(id) = self.open(activity) {
            self.note_sighting(id, key, sighting);
            self.changed(id);
        }
    }

    /// A process that reads where an output lies may be carrying it away.
    fn read_beside_output(&mut self, key: ProcessKey, directory: &[u8], name: Option<&[u8]>) {
        let Some(id) = self.activities.of_output_directory(directory) else {
            return;
        };
        let Some(activity) = self.activities.find(id) else {
            return;
        };
        let named = name.is_some_and(|name| {
            activity.outputs.iter().any(|output| {
                output.path.as_deref().is_some_and(|path| {
                    path::parent(path).is_some_and(|parent| path::same(parent, directory))
                        && (path::base_name(path) == name
                            || path::is_windows(path)
                                && path::base_name(path).eq_ignore_ascii_case(name))
                })
            })
        });
        self.carries(key, id, named);
    }
}

/// Whether an interpreter reads its own libraries, or those that a script brings along.
fn is_own_library(program: &Program, directory: &[u8]) -> bool {
    if !matches!(program.role, Role::Interpreter { .. }) {
        return false;
    }
    // `/opt/python/bin/python3` has its libraries below `/opt/python`, `C:\Python\python.exe` below
    // `C:\Python`.
    let folder = program.image().and_then(path::parent);
    let prefix = if path::is_windows(directory) {
        folder.filter(|folder| folder.len() > 2)
    } else {
        folder
            .filter(|bin| path::base_name(bin) == b"bin")
            .and_then(path::parent)
            .filter(|prefix| prefix.len() > 1)
    };
    prefix.is_some_and(|prefix| path::is_within(directory, prefix))
        || directory
            .split(|&byte| byte == b'/' || byte == b'\\')
            .any(|component| LIBRARY_DIRECTORIES.contains(&component))
}

/// Directories that nobody collects: what every program reads to run.
fn is_system_directory(directory: &[u8]) -> bool {
    if path::is_windows(directory) {
        let within = |list: &[&[u8]]| list.iter().any(|one| path::is_within(directory, one));
        return within(&WINDOWS_DIRECTORIES) && !within(&COLLECTED_OF_WINDOWS);
    }
    SYSTEM_DIRECTORIES
        .iter()
        .any(|system| path::is_within(directory, system))
}

const SYSTEM_DIRECTORIES: [&[u8]; 7] = [
    b"/usr",
    b"/lib",
    b"/lib64",
    b"/proc",
    b"/sys",
    b"/dev/pts",
    b"/etc/ssl",
];

/// The same on Windows.
const WINDOWS_DIRECTORIES: [&[u8]; 3] = [
    b"C:\\Windows",
    b"C:\\Program Files",
    b"C:\\Program Files (x86)",
];

/// What is worth collecting among those: accounts, logs, what is staged for a while.
const COLLECTED_OF_WINDOWS: [&[u8]; 5] = [
    b"C:\\Windows\\System32\\config",
    b"C:\\Windows\\System32\\winevt",
    b"C:\\Windows\\NTDS",
    b"C:\\Windows\\Temp",
    b"C:\\Windows\\repair",
];

/// Where scripts keep what they import.
const LIBRARY_DIRECTORIES: [&[u8]; 5] = [
    b"site-packages",
    b"dist-packages",
    b"__pycache__",
    b"node_modules",
    b"gems",
];

/// What one process read of what attackers collect, as far as it is kept.
const MOST_SIGHTINGS: usize = 4;
