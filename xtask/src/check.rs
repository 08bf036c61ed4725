//! `cargo xtask check`: what must hold before a change is pushed, in the order of its cost.
//!
//! Step: tooling. A tool that is not installed is said loudly and fails only with `--strict`:
//! nothing is built or fetched here behind the reader's back.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::toolchain::{Profile, Toolchain, has_std};
use crate::{apple, shell, tidy, windows, workspace};

/// Check format, lints, dependencies and the project's own rules.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Fail when a check had to be left out.
    #[arg(long)]
    strict: bool,
    /// Only lint what is built for this system.
    #[arg(long, value_enum)]
    only: Option<System>,
    /// Link the program for macOS, too, which takes some minutes.
    #[arg(long)]
    link: bool,
}

/// A system that the program is linted for beside this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum System {
    /// Windows.
    Windows,
    /// macOS, on both kinds of Macs.
    Macos,
}

/// Runs the command.
///
/// # Errors
/// When a check fails, or, with `--strict`, had to be left out.
pub(crate) fn run(options: &Options) -> Result<()> {
    let root = workspace::root()?;
    let mut left_out = Vec::new();
    if let Some(system) = options.only {
        match system {
            System::Windows => windows(&root, &mut left_out)?,
            System::Macos => macos(&root, options.link, &mut left_out)?,
        }
        return match left_out.first() {
            None => Ok(()),
            Some(text) => bail!("left out: {text}"),
        };
    }
    let mut failed = Vec::new();
    let mut hold = |outcome: Result<()>| {
        if let Err(error) = outcome {
            shell::fail(&format!("{error:#}"));
            failed.push(format!("{error:#}"));
        }
    };
    shell::step("the project's own rules");
    hold(tidy::run(&tidy::Options::default()));
    shell::step("format");
    if has_component(&root, "fmt") {
        hold(shell::run(cargo(&root).args(["fmt", "--all", "--check"])));
    } else {
        left_out.push("format: `rustup component add rustfmt`".to_owned());
    }
    shell::step("dependencies: bans, licences, sources");
    hold(deny(&root, &mut left_out));
    let lints = has_component(&root, "clippy");
    if lints {
        shell::step("lints on this system");
        hold(clippy(&root, &["--workspace", "--all-targets"]));
    } else {
        left_out.push("lints: `rustup component add clippy`".to_owned());
    }
    for (target, packages) in TARGETS.into_iter().filter(|_| lints) {
        if !has_std(target) {
            left_out.push(format!(
                "lints for {target}: its standard library is not installed (`rustup target add \
                 {target}`)"
            ));
            continue;
        }
        shell::step(&format!("lints for {target}"));
        let mut arguments = vec!["--target", target];
        for package in packages {
            arguments.extend(["--package", package]);
        }
        hold(clippy(&root, &arguments));
    }
    if lints {
        hold(windows(&root, &mut left_out));
        hold(macos(&root, options.link, &mut left_out));
    }
    for text in &left_out {
        shell::warn(&format!("left out: {text}"));
    }
    if !failed.is_empty() {
        bail!("{} checks failed:\n{}", failed.len(), failed.join("\n"));
    }
    if options.strict && !left_out.is_empty() {
        bail!("--strict: {} checks were left out", left_out.len());
    }
    shell::step("everything that was checked holds");
    Ok(())
}

/// Lints with warnings denied.
fn clippy(root: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = cargo(root);
    command.arg("clippy").args(arguments);
    shell::run(command.args(["--", "-D", "warnings"]))
}

/// Lints the agent for Windows, with whichever compiler can be had.
fn windows(root: &Path, left_out: &mut Vec<String>) -> Result<()> {
    shell::step(&format!("lints for {}", windows::TARGET));
    match windows::toolchain() {
        Ok(toolchain) => toolchain.lint(toolchain.cargo(root), root),
        Err(error) => {
            left_out.push(format!("lints for {}: {error:#}", windows::TARGET));
            Ok(())
        }
    }
}

/// Lints the agent for both kinds of Macs, and links it where that is asked for.
fn macos(root: &Path, link: bool, left_out: &mut Vec<String>) -> Result<()> {
    let zig = match apple::zig::ensure() {
        Ok(zig) => zig,
        Err(error) => {
            left_out.push(format!("lints for macOS: {error:#}"));
            return Ok(());
        }
    };
    for target in apple::TARGETS {
        shell::step(&format!("lints for {target}"));
        let toolchain = match Toolchain::ensure(target) {
            Ok(toolchain) => toolchain,
            Err(error) => {
                left_out.push(format!("lints for {target}: {error:#}"));
                continue;
            }
        };
        toolchain.lint(apple::cargo(&toolchain, &zig, root)?, root)?;
        if link {
            apple::build(&toolchain, &zig, root, Profile::Debug)?;
        }
    }
    Ok(())
}

/// Asks cargo-deny, if it is there. The advisory database lives on the network; only when it can
/// be reached are advisories part of the check.
fn deny(root: &Path, left_out: &mut Vec<String>) -> Result<()> {
    if shell::find("cargo-deny").is_none() {
        left_out.push(
            "dependency rules: cargo-deny is not installed (`cargo install --locked cargo-deny`)"
                .to_owned(),
        );
        return Ok(());
    }
    shell::run(cargo(root).args(["deny", "check", "bans", "licenses", "sources"]))?;
    if shell::output(cargo(root).args(["deny", "fetch", "db"])).is_err() {
        left_out.push("advisories: their database cannot be reached from here".to_owned());
        return Ok(());
    }
    shell::run(cargo(root).args(["deny", "check", "advisories"]))
}

/// Whether cargo has a part that some installations leave out.
fn has_component(root: &Path, name: &str) -> bool {
    shell::output(cargo(root).args([name, "--version"])).is_ok()
}

fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root);
    cargo
}

/// What is linted for other kinds of Linux.
const TARGETS: [(&str, &[&str]); 2] = [
    (
        "x86_64-unknown-linux-musl",
        &["packhound-agent", "packhound-platform"],
    ),
    (
        "aarch64-unknown-linux-gnu",
        &["packhound-agent", "packhound-platform"],
    ),
];
