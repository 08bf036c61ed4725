//! A small Debian with systemd as a disk, for tests of services and packages.
//!
//! Step: tooling. Made once by mmdebstrap and `mke2fs -d`, which need root; guests get it with
//! every write thrown away at their end. Its one addition is a unit that runs what the guest was
//! given. It holds no kernel: guests bring theirs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::{archives, cache};
use crate::shell;

/// The disk, from the cache or made now.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn disk() -> Result<PathBuf> {
    let suites = SUITES.join(" ");
    let packages = PACKAGES.join(",");
    let key = cache::key(&[&suites, &packages, SIZE, UNIT, BOOT, &LEFT_OUT.join(" ")]);
    let entry = cache::entry("root", &key, |folder| make(folder, &packages))?;
    Ok(entry.join(DISK))
}

fn make(folder: &Path, packages: &str) -> Result<()> {
    shell::step("making a Debian with systemd for guests; it is kept for later runs");
    let tree = folder.join("tree");
    let lists = folder.join("sources.list");
    fs::write(&lists, archives::sources(&SUITES)).context("cannot write a list of sources")?;
    let made = fill(&tree, &lists, packages).and_then(|()| pack(folder, &tree));
    // Its files belong to root.
    let removed = shell::run(root("rm")?.args(["-rf", "--one-file-system"]).arg(&tree));
    fs::remove_file(&lists).context("cannot remove a list of sources")?;
    made.and(removed)
}

/// Installs Debian into `tree`.
fn fill(tree: &Path, lists: &Path, packages: &str) -> Result<()> {
    let mut bootstrap = root("mmdebstrap")?;
    bootstrap.args(["--quiet", "--variant=essential", "--format=directory"]);
    bootstrap.arg(format!("--include={packages}"));
    for path in LEFT_OUT {
        bootstrap.arg(format!("--dpkgopt=path-exclude={path}"));
    }
    shell::run(bootstrap.arg(SUITES[0]).arg(tree).arg(lists))?;
    let place = |text: &str, name: &str, mode: &str| -> Result<()> {
        let early = tempfile::NamedTempFile::new().context("cannot make a file for a guest")?;
        fs::write(early.path(), text).context("cannot write a file for a guest")?;
        let to = tree.join(name);
        shell::run(
            root("install")?
                .args(["-D", "-m", mode])
                .arg(early.path())
                .arg(to),
        )
    };
    place(UNIT, "etc/systemd/system/guest.service", "644")?;
    place(BOOT, "usr/lib/guest/boot", "755")?;
    place("packhound-guest\n", "etc/hostname", "644")?;
    // What a guest that lives for two minutes has no use for, and what would make it wait.
    let mut systemctl = root("systemctl")?;
    systemctl.arg("--root").arg(tree);
    shell::run(systemctl.args(["enable", "guest.service"]))?;
    let mut systemctl = root("systemctl")?;
    systemctl.arg("--root").arg(tree).arg("mask");
    shell::run(systemctl.args(MASKED))
}

/// Makes a disk of `tree`.
fn pack(folder: &Path, tree: &Path) -> Result<()> {
    let disk = folder.join(DISK);
    shell::run(
        root("mke2fs")?
            .args(["-q", "-t", "ext4", "-O", "^has_journal", "-m", "0", "-d"])
            .arg(tree)
            .arg(&disk)
            .arg(SIZE),
    )?;
    let owner = fs::metadata(folder).context("cannot look at the cache")?;
    let owner = {
        use std::os::unix::fs::MetadataExt as _;
        format!("{}:{}", owner.uid(), owner.gid())
    };
    shell::run(root("chown")?.arg(owner).arg(&disk))
}

fn root(program: &str) -> Result<Command> {
    let path = shell::find(program)
        .with_context(|| format!("{program} is not installed: run `cargo xtask vm` as root"))?;
    shell::as_root(&path)
}

/// The release of Debian that this project's packages must run on.
const SUITES: [&str; 2] = ["bookworm", "bookworm-security"];

/// What is installed beside the essential packages: a system with services, something to pack
/// with, and what reads the other kind of package.
const PACKAGES: [&str; 9] = [
    "7zip",
    "init-system-helpers",
    "kmod",
    "openssl",
    "procps",
    "rpm",
    "systemd-sysv",
    "udev",
    "zip",
];

/// What nobody reads in a guest.
const LEFT_OUT: [&str; 3] = [
    "/usr/share/doc/*",
    "/usr/share/locale/*",
    "/usr/share/man/*",
];

/// Units that a guest does without.
const MASKED: [&str; 10] = [
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "getty@tty1.service",
    "systemd-networkd-wait-online.service",
    "systemd-random-seed.service",
    "systemd-timesyncd.service",
];

/// Larger than a guest ever fills; what is empty takes no room.
const SIZE: &str = "1200M";

/// Runs what the guest was given, at every start of the system.
const UNIT: &str = include_str!("guest/guest.service");
const BOOT: &str = include_str!("guest/boot");

const DISK: &str = "root.img";
