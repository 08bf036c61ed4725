//! Installs what the live tests and the demo use, where the system's package manager can.
//!
//! Step: tooling. A program that is there is left alone, so a second run does nothing. Without
//! root or apt the missing ones are named, and what needs them is left out by the tests themselves.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::{shell, workspace};

/// Makes sure that the programs of the live tests are there, as far as possible.
///
/// # Errors
/// When an installation fails.
pub(crate) fn ensure() -> Result<()> {
    install("what the live tests pack with", &PROGRAMS)
}

/// Makes sure that guests can be made and run, as far as possible.
///
/// # Errors
/// When an installation fails.
pub(crate) fn ensure_for_guests() -> Result<()> {
    install("what guests are made with", &FOR_GUESTS)
}

/// Makes sure that packages can be made and checked, as far as possible.
///
/// # Errors
/// When an installation fails.
pub(crate) fn ensure_for_packages() -> Result<()> {
    install("what packages are made with", &FOR_PACKAGES)
}

/// Makes sure that packages can be looked at by the checker of their own world.
///
/// # Errors
/// When an installation fails.
pub(crate) fn ensure_for_package_checks() -> Result<()> {
    install("what packages are checked with", &[("lintian", "lintian")])
}

/// Installs the packages of those programs that are not there.
fn install(what: &str, programs: &[(&str, &str)]) -> Result<()> {
    let missing = programs
        .iter()
        .filter(|(program, _)| harness::find_program(program).is_none())
        .map(|(_, package)| *package)
        .collect::<BTreeSet<_>>();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.iter().copied().collect::<Vec<_>>().join(" ");
    if harness::find_program("apt-get").is_none() {
        shell::warn(&format!("no apt-get here; install {what} yourself: {list}"));
        return Ok(());
    }
    if !shell::is_root() && shell::find("sudo").is_none() {
        shell::warn(&format!(
            "not root and no sudo; left out is what needs {list}"
        ));
        return Ok(());
    }
    shell::step(&format!("installing {what}: {list}"));
    let apt = || -> Result<Command> {
        let mut apt = shell::as_root(Path::new("apt-get"))?;
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt.args(["--quiet", "--yes", "-o", "DPkg::Lock::Timeout=300"]);
        Ok(apt)
    };
    let install = || -> Result<()> {
        shell::run(
            apt()?
                .args(["install", "--no-install-recommends"])
                .args(&missing),
        )
    };
    // The lists may be absent or stale; they are fetched only when the installation needs it.
    if install().is_err() {
        shell::run(apt()?.arg("update"))?;
        install()?;
    }
    Ok(())
}

/// A Python that has the readers of the collector's tables, made in a folder that checkouts share;
/// none where it cannot be made, which is said.
pub(crate) fn python() -> Option<PathBuf> {
    let folder = workspace::cache().ok()?.join("python");
    let python = folder.join("bin/python");
    let ready = || {
        let mut command = Command::new(&python);
        shell::output(command.args(["-c", "import duckdb, pandas, pyarrow, pytz"])).is_ok()
    };
    if ready() {
        return Some(python);
    }
    shell::step("installing the readers of tables: duckdb and pandas");
    let install = || -> Result<()> {
        shell::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ];
        let readers = ["duckdb", "pandas", "pyarrow", "pytz"];
        shell::run(Command::new(&python).args(pip).args(readers))
    };
    if let Err(error) = install() {
        shell::warn(&format!("left out is what reads tables: {error:#}"));
        return None;
    }
    ready().then_some(python)
}

/// Programs that make and run guests, and Debian's packages of them.
const FOR_GUESTS: [(&str, &str); 7] = [
    (
        "/usr/share/keyrings/debian-archive-keyring.gpg",
        "debian-archive-keyring",
    ),
    ("depmod", "kmod"),
    ("dpkg-deb", "dpkg"),
    ("mke2fs", "e2fsprogs"),
    ("mmdebstrap", "mmdebstrap"),
    ("qemu-system-x86_64", "qemu-system-x86"),
    ("xz", "xz-utils"),
];

/// Programs that make packages, and Debian's packages of them.
const FOR_PACKAGES: [(&str, &str); 4] = [
    ("dpkg-deb", "dpkg"),
    ("rpm", "rpm"),
    ("rpmbuild", "rpm"),
    ("strip", "binutils"),
];

/// Programs that the scenarios and the bench run, headers that they compile
/// with, and Debian's packages of them.
const PROGRAMS: [(&str, &str); 32] = [
    ("/usr/include/archive.h", "libarchive-dev"),
    ("/usr/include/openssl/evp.h", "libssl-dev"),
    ("/usr/include/zip.h", "libzip-dev"),
    ("/usr/include/zlib.h", "zlib1g-dev"),
    ("7zz", "7zip"),
    ("age", "age"),
    ("ar", "binutils"),
    ("busybox", "busybox"),
    ("cc", "gcc"),
    ("cpio", "cpio"),
    ("curl", "curl"),
    ("dpkg-deb", "dpkg"),
    ("gcc", "gcc"),
    ("git", "git"),
    ("go", "golang-go"),
    ("gpg", "gpg"),
    ("gpg-agent", "gpg-agent"),
    ("jar", "default-jdk-headless"),
    ("logrotate", "logrotate"),
    ("mandb", "man-db"),
    ("mkfifo", "coreutils"),
    ("node", "nodejs"),
    ("openssl", "openssl"),
    ("perl", "perl"),
    ("pigz", "pigz"),
    ("pip3", "python3-pip"),
    ("ps", "procps"),
    ("python3", "python3"),
    ("setpriv", "util-linux"),
    ("unzip", "unzip"),
    ("xz", "xz-utils"),
    ("zip", "zip"),
];
