//! Files whose reading says nothing about anybody's intentions.
//!
//! Step: source. Library folders, the dynamic loader's cache, locale and time zone data, and file
//! systems that are windows into the kernel. They are listed by identity, so that the probes need
//! one look-up and no text.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Device and inode; inode 0 stands for the whole device.
pub(super) type Identity = (u64, u64);

/// Everything that this host offers of the kind, at most `limit` entries.
pub(super) fn ignored(limit: usize) -> Vec<Identity> {
    let mut found = BTreeSet::new();
    found.extend(virtual_devices());
    for path in library_folders()
        .iter()
        .map(PathBuf::as_path)
        .chain(FIXED.iter().map(Path::new))
    {
        found.extend(identity(path));
        // One level below, as for multiarch folders and gconv modules.
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir())
                && LEAVES.iter().any(|leaf| entry.file_name() == *leaf)
            {
                found.extend(identity(&entry.path()));
            }
        }
    }
    found.into_iter().take(limit).collect()
}

fn identity(path: &Path) -> Option<Identity> {
    fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}

/// Devices of procfs, sysfs and their like, from the mount table.
fn virtual_devices() -> Vec<Identity> {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    table
        .lines()
        .filter_map(|line| {
            let (front, back) = line.split_once(" - ")?;
            let system = back.split(' ').next()?;
            VIRTUAL.contains(&system).then_some(())?;
            let (major, minor) = front.split(' ').nth(2)?.split_once(':')?;
            Some((
                nix::sys::stat::makedev(major.parse().ok()?, minor.parse().ok()?),
                0,
            ))
        })
        .collect()
}

/// Folders of the dynamic loader: its built-in ones and those that its configuration names.
fn library_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = BUILT_IN.iter().map(PathBuf::from).collect();
    let mut files = vec![PathBuf::from("/etc/ld.so.conf")];
    files.extend(
        fs::read_dir("/etc/ld.so.conf.d")
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.path()),
    );
    for file in files {
        let text = fs::read_to_string(file).unwrap_or_default();
        folders.extend(
            text.lines()
                .filter(|line| line.starts_with('/'))
                .map(PathBuf::from),
        );
    }
    folders
}

const BUILT_IN: &[&str] = &["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"];
const FIXED: &[&str] = &[
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/usr/lib/locale",
    "/usr/share/locale",
    "/usr/share/zoneinfo",
    "/usr/lib/locale/C.utf8",
];
const LEAVES: &[&str] = &[
    "gconv",
    "x86_64-linux-gnu",
    "aarch64-linux-gnu",
    "C.utf8",
    "C.UTF-8",
];
const VIRTUAL: &[&str] = &[
    "proc",
    "sysfs",
    "cgroup",
    "cgroup2",
    "tracefs",
    "debugfs",
    "securityfs",
    "bpf",
    "configfs",
    "pstore",
    "efivarfs",
    "devpts",
    "mqueue",
    "nsfs",
];
