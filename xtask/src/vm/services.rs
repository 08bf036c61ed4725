//! The services and packages, tried on a Debian with systemd from installation to purge.
//!
//! Step: tooling. The guest's script does what an administrator does, and answers by name; what
//! the collector wrote there is read here once more. Two boots: what a reboot must not lose or
//! repeat is among the checks. The other kind of package is installed there as well, without its
//! own system around it: that shows its files, scripts and configuration, not its dependencies.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::architecture::Architecture;
use super::{Guest, compiled};
use crate::dist::{self, Format};
use crate::{daemon, packages, shell, workspace};

/// Runs the tests, on `program` or else on a daemon that is built now.
///
/// # Errors
/// When the packages or the guest cannot be made, or a check fails.
pub(crate) fn test(program: Option<&Path>) -> Result<()> {
    packages::ensure_for_guests()?;
    packages::ensure_for_packages()?;
    let root = workspace::root()?;
    let program = match program {
        Some(program) => program.to_path_buf(),
        None => daemon::build(&root)?,
    };
    let folder = tempfile::tempdir().context("cannot make a folder for packages")?;
    let mut made = Vec::new();
    for (format, version, name) in [
        (Format::Deb, OLDER, "older.deb"),
        (Format::Deb, NEWER, "newer.deb"),
        (Format::Rpm, OLDER, "older.rpm"),
        (Format::Rpm, NEWER, "newer.rpm"),
    ] {
        let package = dist::make(&root, &program, format, Some(version), folder.path())?;
        let plain = folder.path().join(name);
        fs::rename(&package, &plain).context("cannot rename a package")?;
        made.push(plain);
    }
    made.push(compiled::objects(Architecture::Amd64, folder.path())?);
    let files = made.iter().map(AsRef::as_ref).collect::<Vec<&Path>>();
    let guest = Guest {
        systemd: true,
        limit: LIMIT,
        ..Guest::of(KERNEL)
    };
    let result = guest.run(SCRIPT, &files, "services")?;
    read_findings(&result.join("findings.jsonl"))?;
    read_status(&result.join("status.json"))?;
    let security = fs::read_to_string(result.join("security")).unwrap_or_default();
    for line in security.lines() {
        shell::step(line.trim());
    }
    Ok(())
}

/// Fails when the collector's lines are not findings, or one of them is there twice.
fn read_findings(path: &Path) -> Result<()> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("the guest gave no {} back", path.display()))?;
    let mut seen = HashSet::new();
    for line in text.lines() {
        let finding: serde_json::Value =
            serde_json::from_str(line).context("a finding is no JSON")?;
        ensure!(
            finding["class_uid"] == 2004,
            "not a Detection Finding: {line}"
        );
        let told = (
            finding["finding_info"]["uid"].to_string(),
            finding["activity_name"].to_string(),
            finding["time"].to_string(),
            finding["message"].to_string(),
        );
        ensure!(seen.insert(told), "a finding came twice: {line}");
    }
    ensure!(!seen.is_empty(), "the collector has no finding");
    shell::step(&format!("{} findings, each once", seen.len()));
    Ok(())
}

/// Fails when `packhound service status --json` did not tell of both services, of what was found
/// and of what this host lets be seen.
fn read_status(path: &Path) -> Result<()> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("the guest gave no {} back", path.display()))?;
    let told: serde_json::Value = serde_json::from_str(&text).context("a status is no JSON")?;
    for name in ["packhound", "packhound-collector"] {
        let about = &told["services"][name];
        ensure!(
            about["running"] == true && about["enabled"] == true && about["packaged"] == false,
            "not a service that runs, starts with the system and came without a package: {about}"
        );
    }
    let kept = told["findings"]["kept"].as_u64();
    ensure!(
        kept > Some(0),
        "no finding is told of: {}",
        told["findings"]
    );
    let doctor = &told["doctor"];
    let filled = |name: &str| doctor[name].as_array().is_some_and(|list| !list.is_empty());
    ensure!(
        filled("hooks") && filled("blind_spots"),
        "hooks and blind spots are not told: {doctor}"
    );
    Ok(())
}

/// Not the release's own 6.1, which lacks one of the hooks, and where the thread that sets probes on
/// libraries keeps a capability more.
const KERNEL: &str = "6.18";

const OLDER: &str = "0.1.0";
const NEWER: &str = "0.1.1";

/// Emulated and on a busy machine; it takes a quarter of this on a quiet one.
const LIMIT: Duration = Duration::from_mins(20);

const SCRIPT: &str = include_str!("guest/services.sh");
