//! The package for Debian, Ubuntu and their like.
//!
//! Step: tooling. Made by `dpkg-deb`. The agent is enabled and started by its installation, as
//! Debian's policy has it, through the helpers that respect an administrator's choice; the
//! collector is only put there. Removal keeps configuration and state, purging keeps nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::layout::{CONFIGURATION, DESCRIPTION, HOMEPAGE, Layout, MAINTAINER, SUMMARY, packed};
use crate::shell;

/// Makes the package in `out` and gives its path.
pub(super) fn make(layout: &Layout, out: &Path) -> Result<PathBuf> {
    layout.write(COPYRIGHT, 0o644, COPYRIGHT_TEXT.as_bytes())?;
    layout.write(CHANGELOG, 0o644, &packed(changelog(layout)?.as_bytes())?)?;
    layout.write(OVERRIDES, 0o644, OVERRIDES_TEXT.as_bytes())?;
    let sums = sums(layout)?;
    let control = layout.tree.join("DEBIAN");
    fs::create_dir_all(&control).context("making a package's control folder")?;
    let place = |name: &str, mode: u32, text: &str| -> Result<()> {
        let path = control.join(name);
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))
            .with_context(|| format!("setting the mode of {}", path.display()))
    };
    place("control", 0o644, &control_text(layout)?)?;
    place("conffiles", 0o644, &format!("/{CONFIGURATION}\n"))?;
    place("md5sums", 0o644, &sums)?;
    for (name, text) in SCRIPTS {
        place(name, 0o755, text)?;
    }
    layout.settle()?;
    let package = out.join(format!("packhound_{}_{ARCHITECTURE}.deb", layout.version));
    shell::output(
        Command::new("dpkg-deb")
            .env("SOURCE_DATE_EPOCH", layout.time.to_string())
            .args(["--root-owner-group", "-Zxz", "--build"])
            .arg(&layout.tree)
            .arg(&package),
    )?;
    Ok(package)
}

fn control_text(layout: &Layout) -> Result<String> {
    let mut bytes = 0;
    for file in layout.files()? {
        if !file.starts_with("DEBIAN/") {
            let about = fs::metadata(layout.tree.join(&file)).context("looking at a file")?;
            bytes += about.len().div_ceil(1024) + 1;
        }
    }
    let description = DESCRIPTION.replace('\n', "\n ");
    Ok(format!(
        "Package: packhound\nVersion: {}\nArchitecture: {ARCHITECTURE}\n\
         Maintainer: {MAINTAINER}\nInstalled-Size: {bytes}\n\
         Depends: {}, init-system-helpers (>= 1.51)\nSection: admin\nPriority: optional\n\
         Homepage: {HOMEPAGE}\nDescription: {SUMMARY}\n {description}\n",
        layout.version,
        layout.needs.debian()
    ))
}

/// The hash of each file, as dpkg checks it.
fn sums(layout: &Layout) -> Result<String> {
    let files = layout.files()?;
    let files = files.iter().filter(|file| *file != CONFIGURATION);
    shell::output(
        Command::new("md5sum")
            .current_dir(&layout.tree)
            .arg("--")
            .args(files),
    )
}

/// The changelog that Debian wants in every package; the project's own is its history.
fn changelog(layout: &Layout) -> Result<String> {
    let mut date = Command::new("date");
    date.env("LC_ALL", "C")
        .args(["--utc", "--rfc-email"])
        .arg(format!("--date=@{}", layout.time));
    let date = shell::output(&mut date)?;
    Ok(format!(
        "packhound ({}) unstable; urgency=medium\n\n  * Release {}; its changes are told at\n    \
         {HOMEPAGE}\n\n -- {MAINTAINER}  {}\n",
        layout.version,
        layout.version,
        date.trim()
    ))
}

const ARCHITECTURE: &str = "amd64";
const COPYRIGHT: &str = "usr/share/doc/packhound/copyright";
const CHANGELOG: &str = "usr/share/doc/packhound/changelog.gz";
const OVERRIDES: &str = "usr/share/lintian/overrides/packhound";
const OVERRIDES_TEXT: &str = include_str!("files/overrides");
const COPYRIGHT_TEXT: &str = include_str!("files/copyright");

const SCRIPTS: [(&str, &str); 3] = [
    ("postinst", include_str!("files/postinst")),
    ("prerm", include_str!("files/prerm")),
    ("postrm", include_str!("files/postrm")),
];
