//! The package for Fedora, Red Hat Enterprise Linux, SUSE and their like.
//!
//! Step: tooling. Made by `rpmbuild` from the tree that is laid out already, which finds by itself
//! what the program asks of the system's libraries. As these systems have it, the agent is enabled
//! by their presets or by whoever installs it, not by the package; removal keeps the state, and a
//! configuration that was changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::layout::{CONFIGURATION, DESCRIPTION, HOMEPAGE, Layout, MAINTAINER, MANUAL, SUMMARY};
use crate::shell;

/// Makes the package in `out` and gives its path.
pub(super) fn make(layout: &Layout, out: &Path) -> Result<PathBuf> {
    for (place, text) in LICENCES {
        layout.write(place, 0o644, text.as_bytes())?;
    }
    layout.settle()?;
    let spec = layout.beside.join("packhound.spec");
    fs::write(&spec, spec_text(layout)).context("writing a spec file")?;
    let built = layout.beside.join("rpm");
    let mut rpmbuild = Command::new("rpmbuild");
    rpmbuild.env("SOURCE_DATE_EPOCH", layout.time.to_string());
    rpmbuild.args(["-bb", "--quiet", "--target", ARCHITECTURE]);
    for (name, value) in [
        ("_topdir", layout.beside.join("build").display().to_string()),
        ("_rpmdir", built.display().to_string()),
        ("_rpmfilename", FILE_NAME.to_owned()),
        ("_buildhost", "localhost".to_owned()),
        ("_dbpath", layout.beside.join("db").display().to_string()),
        ("clamp_mtime_to_source_date_epoch", "1".to_owned()),
        ("use_source_date_epoch_as_buildtime", "1".to_owned()),
        ("_binary_payload", "w12.zstdio".to_owned()),
        ("_build_id_links", "none".to_owned()),
        ("debug_package", "%{nil}".to_owned()),
        ("__os_install_post", "%{nil}".to_owned()),
    ] {
        rpmbuild.arg("--define").arg(format!("{name} {value}"));
    }
    shell::output(rpmbuild.arg(&spec))?;
    let name = format!("packhound-{}-1.{ARCHITECTURE}.rpm", layout.version);
    let package = out.join(&name);
    fs::copy(built.join(&name), &package).with_context(|| format!("rpmbuild left no {name}"))?;
    Ok(package)
}

/// Looks at what is in the package, and what it asks for.
pub(super) fn check(package: &Path) -> Result<()> {
    let ask = |what: &str| shell::output(Command::new("rpm").arg(what).arg(package));
    let files = ask("-qlp")?;
    let configuration = ask("-qcp")?;
    let requires = ask("-qp").and_then(|_| {
        shell::output(Command::new("rpm").args(["-qp", "--requires"]).arg(package))
    })?;
    for wanted in [
        "/usr/bin/packhound",
        "/usr/lib/systemd/system/packhound.service",
        "/usr/lib/systemd/system/packhound-collector.service",
        "/usr/lib/systemd/system/packhound-collector.socket",
    ] {
        if !files.lines().any(|line| line == wanted) {
            bail!("{}: {wanted} is not in it", package.display());
        }
    }
    if configuration.trim() != format!("/{CONFIGURATION}") {
        bail!(
            "{}: not its configuration: {configuration}",
            package.display()
        );
    }
    if !requires.contains("libc.so.6(GLIBC_") {
        bail!("{}: asks for no C library: {requires}", package.display());
    }
    Ok(())
}

fn spec_text(layout: &Layout) -> String {
    let Layout { version, tree, .. } = layout;
    let tree = tree.display();
    // Lines of the scripts are those of the macros %systemd_post, %systemd_preun and
    // %systemd_postun_with_restart, which the system that builds need not have.
    format!(
        "Name: packhound\nVersion: {version}\nRelease: 1\nSummary: A {SUMMARY}\n\
         License: Apache-2.0 OR MIT\nURL: {HOMEPAGE}\nPackager: {MAINTAINER}\n\
         Requires(post): systemd\nRequires(preun): systemd\nRequires(postun): systemd\n\n\
         %description\n{DESCRIPTION}\n\n\
         %install\ncp -a '{tree}/.' %{{buildroot}}\n\n\
         %post\n{POST}\n%preun\n{PREUN}\n%postun\n{POSTUN}\n\
         %files\n%dir %attr(0755,root,root) /usr/share/licenses/packhound\n\
         %license /usr/share/licenses/packhound/*\n%attr(0755,root,root) /usr/bin/packhound\n\
         %attr(0644,root,root) /usr/lib/systemd/system/*\n%attr(0644,root,root) /{MANUAL}\n\
         %dir %attr(0755,root,root) /etc/packhound\n\
         %config(noreplace) %attr(0644,root,root) /{CONFIGURATION}\n\
         %ghost %dir %attr(0700,root,root) /var/lib/packhound\n"
    )
}

const ARCHITECTURE: &str = "x86_64";
const FILE_NAME: &str = "%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm";

const POST: &str = include_str!("files/post");
const PREUN: &str = include_str!("files/preun");
const POSTUN: &str = include_str!("files/postun");

const LICENCES: [(&str, &str); 2] = [
    (
        "usr/share/licenses/packhound/LICENSE-APACHE",
        include_str!("../../../LICENSE-APACHE"),
    ),
    (
        "usr/share/licenses/packhound/LICENSE-MIT",
        include_str!("../../../LICENSE-MIT"),
    ),
];
