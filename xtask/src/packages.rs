//! Installs what the live tests and the demo use, where the system's package manager can.
//!
//! Step: tooling. A program that is there is left alone, so a second run does nothing. Without
//! root or apt the missing ones are named, and what needs them is left out by the tests themselves.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::{shell, workspace};

/// Makes sure that the programs of the live tests are there, as far as possible.
///
/// # Errors
/// When an installation fails.
pub(crate) fn ensure() -> Result<()> {
    soft(&PROGRAMS)
}

/// Makes sure that guests can be made and run, as far as possible.
///
/// # Errors
/// When an installation fails.
pub(crate) fn ensure_for_guests() -> Result<()> {
    soft(&FOR_GUESTS)
}

/// Makes sure that an emulator is there, as far as possible; what needs it says so where it is not.
pub(crate) fn ensure_for_emulation(emulator: (&str, &'static str)) {
    if let Err(error) = soft(&[emulator]) {
        shell::warn(&format!("{error:#}"));
    }
}

/// Makes sure that packages can be made and checked, as far as possible.
///
/// # Errors
/// When an installation fails.
pub(crate) fn ensure_for_packages() -> Result<()> {
    soft(&FOR_PACKAGES)
}

/// Makes sure that packages can be looked at by the checker of their own world.
///
/// # Errors
/// When an installation fails.
pub(crate) fn ensure_for_package_checks() -> Result<()> {
    soft(&[("lintian", "lintian")])
}

/// Installs what is missing; where nothing can be installed, that is said.
fn soft(programs: &[(&str, &'static str)]) -> Result<()> {
    let list = missing(programs);
    if list.is_empty() {
        return Ok(());
    }
    if let Some(why) = why_not() {
        let list = list.iter().copied().collect::<Vec<_>>().join(" ");
        shell::warn(&format!("{why}; left out is what needs {list}"));
        return Ok(());
    }
    install(programs)
}

/// Makes sure that programs are there, each with Debian's package of it.
///
/// # Errors
/// When one is missing and cannot be installed.
pub(crate) fn install(programs: &[(&str, &'static str)]) -> Result<()> {
    let missing = missing(programs);
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.iter().copied().collect::<Vec<_>>().join(" ");
    if let Some(why) = why_not() {
        bail!("{why}: install {list}");
    }
    shell::step(&format!("installing {list}"));
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

/// The packages of those programs that are not there.
fn missing(programs: &[(&str, &'static str)]) -> BTreeSet<&'static str> {
    let missing = programs.iter().filter(|(name, _)| {
        let found = harness::find_program(name).or_else(|| harness::find_library(name));
        found.is_none()
    });
    missing.map(|(_, package)| *package).collect()
}

/// Why nothing can be installed here, if that is so.
fn why_not() -> Option<&'static str> {
    if harness::find_program("apt-get").is_none() {
        Some("no apt-get here")
    } else if !shell::is_root() && shell::find("sudo").is_none() {
        Some("not root and no sudo")
    } else {
        None
    }
}

/// A Python that has the readers of the collector's tables; none where it cannot be made, which is
/// said.
pub(crate) fn python() -> Option<PathBuf> {
    let readers = ["duckdb", "pandas", "prometheus_client", "pyarrow", "pytz"];
    let made = python_with(
        &readers,
        "import duckdb, pandas, prometheus_client, pyarrow, pytz",
    );
    if let Err(error) = &made {
        shell::warn(&format!(
            "left out is what reads tables and metrics: {error:#}"
        ));
    }
    made.ok()
}

/// A Python that has `packages`, in a folder that checkouts share; `check` succeeds where it has.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn python_with(packages: &[&str], check: &str) -> Result<PathBuf> {
    let folder = workspace::cache()?.join("python");
    let python = folder.join("bin/python");
    let is_ready = || {
        let mut command = Command::new(&python);
        shell::output(command.args(["-c", check])).is_ok()
    };
    if is_ready() {
        return Ok(python);
    }
    shell::step(&format!("installing from PyPI: {}", packages.join(", ")));
    if !python.is_file() {
        shell::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    }
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    shell::run(Command::new(&python).args(pip).args(packages))?;
    anyhow::ensure!(
        is_ready(),
        "{}: installed, and does not work",
        packages.join(", ")
    );
    Ok(python)
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

/// Programs that the scenarios and the bench run, headers that they compile with, libraries that
/// they call, and Debian's packages of them.
const PROGRAMS: [(&str, &str); 47] = [
    ("/usr/include/archive.h", "libarchive-dev"),
    ("/usr/include/openssl/evp.h", "libssl-dev"),
    ("/usr/include/zip.h", "libzip-dev"),
    ("/usr/include/zlib.h", "zlib1g-dev"),
    ("/usr/lib/p7zip/7z.so", "p7zip-full"),
    ("/usr/share/doc/php-zip/copyright", "php-zip"),
    ("/usr/share/perl5/Archive/Zip.pm", "libarchive-zip-perl"),
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
    ("libbrotlienc.so.1", "libbrotli1"),
    ("libdeflate.so.0", "libdeflate0"),
    ("libgcrypt.so.20", "libgcrypt20"),
    ("libgpgme.so.11", "libgpgme11"),
    ("liblz4.so.1", "liblz4-1"),
    ("libmbedcrypto.so.7", "libmbedcrypto7"),
    ("libminizip.so.1", "libminizip1"),
    ("libsodium.so.23", "libsodium23"),
    ("libzstd.so.1", "libzstd1"),
    ("logrotate", "logrotate"),
    ("mandb", "man-db"),
    ("mkfifo", "coreutils"),
    ("mkfs.xfs", "xfsprogs"),
    ("nats-server", "nats-server"),
    ("node", "nodejs"),
    ("openssl", "openssl"),
    ("perl", "perl"),
    ("php", "php-cli"),
    ("pigz", "pigz"),
    ("pip3", "python3-pip"),
    ("ps", "procps"),
    ("python3", "python3"),
    ("setpriv", "util-linux"),
    ("unzip", "unzip"),
    ("xz", "xz-utils"),
    ("zip", "zip"),
];
