//! The ways to write that are tried in a guest, and what the daemon saw of them.
//!
//! Step: tooling. The programs and the table are those of the live tests (`tests/ways`), and so is
//! what judges (`tests/src/bin/ways.rs`); here they are only built for the guest and asked.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::toolchain::arm;
use crate::vm::architecture::Architecture;
use crate::{shell, workspace};

/// Compiles the programs for a guest, which need nothing there, into `folder`.
///
/// # Errors
/// When a compiler is missing or fails.
pub(super) fn build(architecture: Architecture, folder: &Path) -> Result<PathBuf> {
    let sources = workspace::root()?.join("tests/ways");
    let program = folder.join("do-ways");
    let compiler = match architecture {
        ours if ours.is_ours() => "gcc",
        Architecture::Arm64 => arm::COMPILER,
        Architecture::Amd64 => "x86_64-linux-gnu-gcc",
    };
    let mut command = Command::new(compiler);
    command
        .args(["-O1", "-static", "-pthread", "-o"])
        .arg(&program);
    for name in SOURCES {
        command.arg(sources.join(name).with_extension("c"));
    }
    shell::output(&mut command)?;
    Ok(program)
}

/// The ways of which a guest saw something else than the table says, each in words, and how many
/// were told.
///
/// # Errors
/// When what the guest gave back cannot be judged.
pub(super) fn judge(result: &Path) -> Result<(Vec<String>, usize)> {
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(workspace::root()?)
        .args(["run", "--quiet", "--package=packhound-tests", "--bin=ways"])
        .arg("--")
        .arg(result);
    let told = cargo.output().context("starting cargo")?;
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

const SOURCES: [&str; 5] = ["ways", "plain", "places", "processes", "uring"];
