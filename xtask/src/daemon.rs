//! Builds the daemon, and runs it in the foreground.
//!
//! Step: tooling. The daemon is built as whoever calls, with the profile that is shipped; only the
//! daemon itself gets root's rights.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{shell, workspace};

/// Build the daemon and run it in the foreground.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Arguments for `packhound run`.
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// When the daemon cannot be built or ends with another code than 0.
pub(crate) fn run(options: &Options) -> Result<()> {
    let root = workspace::root()?;
    let program = build(&root)?;
    if !shell::is_root() {
        shell::step("the daemon loads probes into the kernel, so sudo may ask for your password");
    }
    shell::step("watching; pack something in another terminal, Ctrl-C ends");
    let mut command = shell::as_root(&program)?;
    shell::run(command.arg("run").args(&options.arguments))
}

/// Builds the daemon as it is shipped and gives its path.
///
/// # Errors
/// When the build fails.
pub(crate) fn build(root: &Path) -> Result<PathBuf> {
    shell::step("building the daemon");
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root);
    shell::run(cargo.args(["build", "--release", "--package", "packhound-agent"]))?;
    let program = workspace::target(root).join("release/packhound");
    if !program.is_file() {
        bail!("the build left no {}", program.display());
    }
    std::path::absolute(&program).context("the daemon's path")
}

/// Builds the storms and the maker of recordings with optimization, and gives their folder.
///
/// # Errors
/// When the build fails.
pub(crate) fn build_storms(root: &Path) -> Result<PathBuf> {
    shell::step("building the storms");
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root);
    shell::run(cargo.args([
        "build",
        "--release",
        "--package",
        "packhound-tests",
        "--bins",
    ]))?;
    std::path::absolute(workspace::target(root).join("release")).context("the storms' path")
}
