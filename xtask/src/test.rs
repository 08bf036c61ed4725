//! `cargo xtask test`: every test that this machine can run.
//!
//! Step: tooling. First what needs nothing, then the live tests with root's rights on the daemon
//! that is shipped, then the same daemon on other kernels, in guests. What is left out is said; each runner's own closing lines stay visible.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::vm::matrix;
use crate::windows::wine::{self, Wine};
use crate::{daemon, packages, shell, windows, workspace};

/// Run every test that this machine can run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Leave out unit tests and guests.
    #[arg(long)]
    only_live: bool,
    /// Arguments for the integration binary, such as a part of a test's name.
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// When a test fails or something cannot be built.
pub(crate) fn run(options: &Options) -> Result<()> {
    let root = workspace::root()?;
    packages::ensure()?;
    let program = daemon::build(&root)?;
    let mut failed = Vec::new();
    if !options.only_live {
        shell::step("unit tests and scenarios without a kernel");
        if let Err(error) = unit_tests(&root) {
            failed.push(format!("{error:#}"));
        }
    }
    shell::step("live tests on this kernel, and the command line");
    if let Err(error) = live_tests(&root, &program, &options.arguments) {
        failed.push(format!("{error:#}"));
    }
    if !options.only_live {
        shell::step("the daemon on other kernels, in guests");
        if let Err(error) = matrix::quick(&program) {
            failed.push(format!("{error:#}"));
        }
    }
    if !failed.is_empty() {
        bail!("{}", failed.join("\n"));
    }
    Ok(())
}

/// Runs everything but the integration binary.
fn unit_tests(root: &Path) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root);
    if shell::find("cargo-nextest").is_some() {
        cargo.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
        cargo.args(["--filterset", "not binary(=it)"]);
    } else {
        cargo.args(["test", "--workspace", "--no-fail-fast"]);
        cargo.args(["--lib", "--bins", "--test", "[!i]*"]);
    }
    shell::run(&mut cargo)
}

/// Builds the integration binary as whoever calls and runs it as root where that is possible.
fn live_tests(root: &Path, program: &Path, arguments: &[String]) -> Result<()> {
    let binary = build_integration(root)?;
    // sudo clears the environment, so the daemon's path is set behind it.
    let may_be_root = shell::is_root() || shell::find("sudo").is_some();
    let mut command = if may_be_root {
        shell::as_root(Path::new("env"))?
    } else {
        shell::warn("left out: live tests need root, and sudo is not installed");
        Command::new("env")
    };
    command.arg(format!("PACKHOUND={}", program.display()));
    if let Some(python) = packages::python() {
        command.arg(format!("PACKHOUND_PYTHON={}", python.display()));
    }
    match windows_program(root) {
        Ok((program, wine)) => {
            match windows::model::build(root, &program) {
                Ok(copy) => {
                    command.arg(format!("PACKHOUND_EXE_MODEL={}", copy.display()));
                }
                Err(error) => shell::warn(&format!("left out: tests of tracing: {error:#}")),
            }
            match windows::seven_zip::ensure() {
                Ok(archiver) => {
                    command.arg(format!("PACKHOUND_7ZA={}", archiver.display()));
                }
                Err(error) => shell::warn(&format!("left out: 7-Zip under Wine: {error:#}")),
            }
            command.arg(format!("PACKHOUND_EXE={}", program.display()));
            command.arg(format!("PACKHOUND_WINE={}", wine.program.display()));
            command.arg(format!("WINEPREFIX={}", wine.prefix.display()));
        }
        Err(error) => shell::warn(&format!("left out: the tests under Wine: {error:#}")),
    }
    for name in ["PACKHOUND_KILLS", "CARGO_HOME", "RUSTUP_HOME", "HOME"] {
        if let Some(value) = std::env::var_os(name) {
            command.arg(format!("{name}={}", value.to_string_lossy()));
        }
    }
    shell::run(command.arg(binary).args(arguments).current_dir(root))
}

/// The program for Windows, and Wine to run it.
fn windows_program(root: &Path) -> Result<(PathBuf, Wine)> {
    let wine = wine::ensure(root)?;
    let program = windows::build(root, windows::Profile::Debug)?;
    wine.try_out(&program)?;
    Ok((program, wine))
}

fn build_integration(root: &Path) -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args([
        "test",
        "--no-run",
        "--package=packhound-tests",
        "--test=it",
        "--message-format=json-render-diagnostics",
    ]);
    let output = cargo
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    if !output.status.success() {
        bail!("building the integration tests failed: {}", output.status);
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "it")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .context("cargo named no integration binary")
}
