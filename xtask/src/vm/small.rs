//! A small system for guests that take no disk: a few of Debian's packages in the initial file
//! system, behind the part that every guest begins in.
//!
//! Step: tooling. It boots in seconds and holds what the checks of the probes pack with, and the C
//! library that the daemon needs; it has no service manager and installs nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::architecture::Architecture;
use super::archive::Archive;
use super::archives::Archives;
use super::cache;
use crate::shell;

/// The system as an archive, from the cache or made now.
///
/// # Errors
/// When a package cannot be had.
pub(crate) fn system(architecture: Architecture) -> Result<PathBuf> {
    let key = cache::key(&[architecture.name(), SUITES[0], &PACKAGES.join(" "), FORM]);
    let entry = cache::entry("small", &key, |folder| make(architecture, folder))?;
    Ok(entry.join(NAME))
}

fn make(architecture: Architecture, folder: &Path) -> Result<()> {
    let name = architecture.name();
    shell::step(&format!(
        "fetching a small system for guests of {name}; it is kept for later runs"
    ));
    let archives = Archives::open(&SUITES, name)?;
    let unpacked = tempfile::tempdir().context("cannot make a folder for packages")?;
    for package in PACKAGES {
        archives.unpack(package, unpacked.path())?;
    }
    let mut archive = Archive::default();
    add(&mut archive, unpacked.path(), unpacked.path())?;
    for (folder, mode) in [("tmp", 0o1777), ("home", 0o755), ("var/lib", 0o755)] {
        archive.folder_of(folder, mode);
    }
    archive.file("etc/passwd", 0o644, b"root:x:0:0:root:/root:/bin/sh\n");
    fs::write(folder.join(NAME), archive.finish()).context("cannot keep a small system")
}

/// Adds what is below `folder`, parents first, in the order of names.
fn add(archive: &mut Archive, top: &Path, folder: &Path) -> Result<()> {
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .with_context(|| format!("cannot list {}", folder.display()))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = path.strip_prefix(top).expect("a path below its top");
        let name = name.to_str().context("a package's file has an odd name")?;
        if LEFT_OUT.iter().any(|part| name.contains(part)) {
            continue;
        }
        let kind = entry.file_type().context("cannot look at a file")?;
        if kind.is_dir() {
            archive.folder(name);
            add(archive, top, &path)?;
        } else if kind.is_symlink() {
            let target = fs::read_link(&path).context("cannot read a link")?;
            archive.link(
                name,
                target.to_str().context("a link leads to an odd name")?,
            );
        } else if kind.is_file() {
            let mode = fs::metadata(&path).map(|data| data.permissions().mode() & 0o7777);
            let bytes = fs::read(&path);
            let bytes = bytes.with_context(|| format!("cannot read {}", path.display()))?;
            archive.file(name, mode.context("cannot look at a file")?, &bytes);
        }
    }
    Ok(())
}

/// The release of Debian that this project's packages must run on.
const SUITES: [&str; 2] = ["bookworm", "bookworm-security"];

/// The C library, and what the checks pack with.
const PACKAGES: [&str; 14] = [
    "7zip",
    "gzip",
    "libacl1",
    "libbz2-1.0",
    "libc6",
    "libgcc-s1",
    "libpcre2-8-0",
    "libselinux1",
    "libssl3",
    "libstdc++6",
    "openssl",
    "tar",
    "zip",
    "zlib1g",
];

/// What nobody reads in a guest.
const LEFT_OUT: [&str; 4] = ["usr/share", "/gconv", "/engines-3", "usr/lib/ssl/misc"];

/// Says how the archive is made, so that it is made anew when that changes.
const FORM: &str = "2";

const NAME: &str = "small.cpio";
