//! What the daemon saw of the ways to write that were tried in a guest.
//!
//! Step: tooling. The programs and the table are those of the live tests (`tests/ways`), and so is
//! what judges (`tests/src/bin/ways.rs`); here it is only built and asked.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{shell, workspace};

/// Builds the program that judges.
///
/// # Errors
/// When the build fails.
pub(super) fn judge() -> Result<PathBuf> {
    let root = workspace::root()?;
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&root);
    cargo.args([
        "build",
        "--quiet",
        "--package=packhound-tests",
        "--bin=ways",
    ]);
    shell::run(&mut cargo)?;
    Ok(workspace::target(&root).join("debug/ways"))
}

/// The ways of which a guest saw something else than the table says, each in words, and how many
/// were told.
///
/// # Errors
/// When what the guest gave back cannot be judged.
pub(super) fn judged(judge: &Path, result: &Path) -> Result<(Vec<String>, usize)> {
    let told = Command::new(judge).arg(result).output();
    let told = told.with_context(|| format!("starting {}", judge.display()))?;
    let lines = String::from_utf8_lossy(&told.stdout).into_owned();
    let wrong: Vec<String> = lines
        .lines()
        .filter(|line| line.contains(" WRONG "))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    if wrong.is_empty() && !told.status.success() {
        bail!(
            "what the guest saw of the ways to write cannot be judged: {}",
            String::from_utf8_lossy(&told.stderr).trim()
        );
    }
    let seen = lines.lines().filter(|line| line.contains(" told "));
    Ok((wrong, seen.count()))
}
