//! Kernels to boot: found in Debian's archives, kept unpacked, never installed.
//!
//! Step: tooling. A series is what developers name (`6.1`); the newest package of it is taken when
//! it is fetched, and kept from then on. Beside the kernel stands the archive that every guest
//! begins in: a static busybox, the modules that reach a disk, and `init`.

mod image;

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::architecture::Architecture;
use super::archive::Archive;
use super::archives::Archives;
use super::cache;
use crate::shell;

/// A kernel that can be booted.
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    /// What it runs on.
    pub(crate) architecture: Architecture,
    /// Its full version.
    pub(crate) version: String,
    /// The kernel itself.
    pub(crate) image: PathBuf,
    /// The initial file system that every guest begins in.
    pub(crate) begin: PathBuf,
}

/// A series of kernels, and where Debian has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Series {
    /// What developers call it.
    pub(crate) name: &'static str,
    /// Debian's suites that have it.
    pub(crate) suites: &'static [&'static str],
}

/// The series that can be asked for.
pub(crate) const SERIES: [Series; 9] = [
    Series {
        name: "5.10",
        suites: &["bullseye-security"],
    },
    Series {
        name: "6.1",
        suites: &["bookworm", "bookworm-security"],
    },
    Series {
        name: "6.12",
        suites: &["trixie", "trixie-security"],
    },
    Series {
        name: "6.16",
        suites: &["trixie-backports"],
    },
    Series {
        name: "6.18",
        suites: &["trixie-backports"],
    },
    Series {
        name: "7.0",
        suites: &["trixie-backports"],
    },
    Series {
        name: "7.1",
        suites: &["trixie-backports"],
    },
    Series {
        name: "7.2",
        suites: &["trixie-backports"],
    },
    Series {
        name: "7.3",
        suites: &["trixie-backports"],
    },
];

/// The series of this name.
///
/// # Errors
/// When there is none; the error names those there are.
pub(crate) fn series(name: &str) -> Result<Series> {
    let found = SERIES.into_iter().find(|series| series.name == name);
    found.with_context(|| {
        let known = SERIES.map(|series| series.name).join(", ");
        format!("there is no kernel series {name} here: choose of {known}")
    })
}

/// The kernel of a series, from the cache or else from Debian's archive.
///
/// # Errors
/// When it cannot be had.
pub(crate) fn fetch(series: Series, architecture: Architecture) -> Result<Kernel> {
    let key = key(series, architecture);
    let entry = cache::entry("kernel", &key, |folder| make(series, architecture, folder))?;
    opened(&entry, architecture)
}

/// The kernel of a series where it is in the cache already.
pub(crate) fn kept(series: Series, architecture: Architecture) -> Option<Kernel> {
    let entry = cache::folder().ok()?.join("kernel");
    opened(&entry.join(key(series, architecture)), architecture).ok()
}

fn opened(entry: &Path, architecture: Architecture) -> Result<Kernel> {
    let version = fs::read_to_string(entry.join(VERSION)).context("cannot read a version")?;
    Ok(Kernel {
        architecture,
        version,
        image: entry.join(IMAGE),
        begin: entry.join(BEGIN),
    })
}

fn key(series: Series, architecture: Architecture) -> String {
    let modules = MODULES.join(" ");
    let suites = series.suites.join(" ");
    cache::key(&[series.name, architecture.name(), &suites, &modules, INIT])
}

/// Fills an entry of the cache.
fn make(series: Series, architecture: Architecture, folder: &Path) -> Result<()> {
    let archives = Archives::open(series.suites, architecture.name())?;
    let package = newest(&archives, series.name, architecture)?;
    shell::step(&format!("fetching a kernel of {}: {package}", series.name));
    let unpacked = tempfile::tempdir().context("cannot make a folder for a kernel")?;
    archives.unpack(&package, unpacked.path())?;
    let version = package
        .trim_start_matches("linux-image-")
        .trim_start_matches("linux-binary-")
        .to_owned();
    // From 6.19 on the modules are packed apart, from 7.2 on the lists of them once more.
    if module_folder(unpacked.path(), &version).is_none() {
        archives.unpack(&format!("linux-modules-{version}"), unpacked.path())?;
        let lists = format!("linux-base-{version}");
        if archives.names(&lists)?.contains(&lists) {
            archives.unpack(&lists, unpacked.path())?;
        }
    }
    let image = [
        format!("boot/vmlinuz-{version}"),
        format!("usr/lib/modules/{version}/vmlinuz"),
    ]
    .into_iter()
    .map(|name| unpacked.path().join(name))
    .find(|path| path.is_file())
    .with_context(|| format!("{package} holds no kernel where one is known to be"))?;
    fs::write(folder.join(IMAGE), image::bootable(&image)?).context("cannot keep the kernel")?;
    fs::write(folder.join(VERSION), &version).context("cannot keep the kernel's version")?;
    let busybox = busybox(architecture)?;
    let begin = begin(unpacked.path(), &version, &busybox)?;
    fs::write(folder.join(BEGIN), begin).context("cannot keep the initial file system")
}

/// The newest package with a kernel of the series.
fn newest(archives: &Archives, series: &str, architecture: Architecture) -> Result<String> {
    let mut names = Vec::new();
    for prefix in ["linux-image-", "linux-binary-"] {
        names.extend(archives.names(&format!("{prefix}{series}."))?);
    }
    names.retain(|name| name.ends_with(architecture.flavour()) && !name.contains("-unsigned-"));
    // Where both are there, the image is empty and the binary holds the kernel.
    let best = names
        .iter()
        .max_by(|a, b| natural(version_of(a), version_of(b)).then_with(|| b.cmp(a)));
    match best {
        Some(name) => Ok(name.clone()),
        None => bail!("Debian's archive has no kernel {series} any more: ask for another series"),
    }
}

/// A kernel package's version, which its name ends with.
fn version_of(package: &str) -> &str {
    package.splitn(3, '-').nth(2).unwrap_or_default()
}

/// Compares runs of digits by their value and everything else by its bytes.
fn natural(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one, other);
    loop {
        let (left, right) = (first_run(one), first_run(other));
        if left.is_empty() || right.is_empty() {
            return left.len().cmp(&right.len());
        }
        let order = match (left.parse::<u64>(), right.parse::<u64>()) {
            (Ok(left), Ok(right)) => left.cmp(&right),
            _ => left.cmp(right),
        };
        if order != Ordering::Equal {
            return order;
        }
        (one, other) = (&one[left.len()..], &other[right.len()..]);
    }
}

/// The run of digits, or of others, that `text` begins with.
fn first_run(text: &str) -> &str {
    let is_digit = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != is_digit);
    &text[..end.unwrap_or(text.len())]
}

fn module_folder(unpacked: &Path, version: &str) -> Option<PathBuf> {
    ["lib/modules", "usr/lib/modules"]
        .into_iter()
        .map(|below| unpacked.join(below).join(version))
        .find(|folder| folder.join("kernel").is_dir())
}

/// A busybox that needs no library.
fn busybox(architecture: Architecture) -> Result<Vec<u8>> {
    let name = architecture.name();
    let entry = cache::entry("busybox", &cache::key(&[name]), |folder| {
        let archives = Archives::open(&["bookworm"], name)?;
        let unpacked = tempfile::tempdir().context("cannot make a folder for busybox")?;
        archives.unpack("busybox-static", unpacked.path())?;
        fs::copy(unpacked.path().join("bin/busybox"), folder.join("busybox"))
            .context("busybox-static holds no bin/busybox")?;
        Ok(())
    })?;
    fs::read(entry.join("busybox")).context("cannot read busybox")
}

/// The initial file system: busybox, the modules that reach a disk, in the order in which they
/// must be loaded, and `init`.
fn begin(unpacked: &Path, version: &str, busybox: &[u8]) -> Result<Vec<u8>> {
    let mut archive = Archive::default();
    for folder in ["bin", "dev", "proc", "sys", "modules", "root", "payload"] {
        archive.folder(folder);
    }
    archive.device("dev/console", 5, 1);
    archive.file("bin/busybox", 0o755, busybox);
    archive.link("bin/sh", "busybox");
    archive.file("init", 0o755, INIT.as_bytes());
    let mut order = String::new();
    for (at, module) in modules(unpacked, version)?.into_iter().enumerate() {
        let name = format!("{at:02}.ko");
        archive.file(&format!("modules/{name}"), 0o644, &plain(&module)?);
        order.push_str(&name);
        order.push('\n');
    }
    archive.file("modules/order", 0o644, order.as_bytes());
    Ok(archive.finish())
}

/// The modules that reach a disk and its file system, with what each needs before it.
fn modules(unpacked: &Path, version: &str) -> Result<Vec<PathBuf>> {
    let folder = module_folder(unpacked, version).context("the kernel's package has no modules")?;
    // kmod looks below lib/modules only.
    let usual = unpacked.join("lib/modules");
    if !folder.starts_with(&usual) {
        fs::create_dir_all(&usual).context("cannot make a folder for modules")?;
        fs::rename(&folder, usual.join(version)).context("cannot move modules")?;
    }
    let tool = |name: &str| {
        let program = shell::find(name);
        program.with_context(|| format!("{name} is not installed: it is in the package kmod"))
    };
    shell::run(
        Command::new(tool("depmod")?)
            .arg("-b")
            .arg(unpacked)
            .arg(version),
    )?;
    let mut found = Vec::new();
    for module in MODULES {
        // One that is built into the kernel has nothing to load.
        let needed = shell::output(
            Command::new(tool("modprobe")?)
                .args(["--show-depends", "--set-version", version, "--dirname"])
                .arg(unpacked)
                .arg(module),
        )?;
        for line in needed.lines() {
            let path = line.strip_prefix("insmod ").map(str::trim);
            if let Some(path) = path.map(PathBuf::from)
                && !found.contains(&path)
            {
                found.push(path);
            }
        }
    }
    Ok(found)
}

/// A module's bytes, unpacked.
fn plain(module: &Path) -> Result<Vec<u8>> {
    if module.extension().is_none_or(|end| end != "xz") {
        return fs::read(module).with_context(|| format!("cannot read {}", module.display()));
    }
    let output = Command::new("xz")
        .arg("-dc")
        .arg(module)
        .output()
        .context("cannot start xz")?;
    if !output.status.success() {
        bail!("xz cannot unpack {}", module.display());
    }
    Ok(output.stdout)
}

/// What a guest needs to reach its disk, and to lay one folder over another.
const MODULES: [&str; 3] = ["nvme", "ext4", "overlay"];

/// What runs first in a guest.
const INIT: &str = include_str!("guest/init");

const IMAGE: &str = "vmlinuz";
const BEGIN: &str = "begin.cpio";
const VERSION: &str = "version";

#[cfg(test)]
mod tests;
