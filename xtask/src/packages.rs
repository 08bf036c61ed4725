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
    let missing = PROGRAMS
        .iter()
        .filter(|(program, _)| harness::find_program(program).is_none())
        .map(|(_, package)| *package)
        .collect::<BTreeSet<_>>();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.iter().copied().collect::<Vec<_>>().join(" ");
    if harness::find_program("apt-get").is_none() {
        shell::warn(&format!(
            "no apt-get here; install these for the whole of the live tests: {list}"
        ));
        return Ok(());
    }
    if !shell::is_root() && shell::find("sudo").is_none() {
        shell::warn(&format!(
            "not root and no sudo; left out is what needs {list}"
        ));
        return Ok(());
    }
    shell::step(&format!("installing what the live tests pack with: {list}"));
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

/// Programs that the scenarios and the bench run, headers that they compile
/// with, and Debian's packages of them.
const PROGRAMS: [(&str, &str); 33] = [
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
    ("nats-server", "nats-server"),
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
