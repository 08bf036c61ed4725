//! `cargo xtask fuzz N`: so many changed inputs for every decoder.
//!
//! Step: tooling. With cargo-fuzz and a nightly it is coverage-guided; the plain mutator runs
//! everywhere. Both call the same functions in `tests/fuzz`.

use std::process::Command;

use anyhow::Result;

use crate::{shell, workspace};

/// Feed changed inputs to every decoder.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many inputs for each decoder.
    #[arg(default_value_t = 1_000_000)]
    count: u64,
    /// Use cargo-fuzz instead of the plain mutator.
    #[arg(long)]
    guided: bool,
}

/// Runs the command.
///
/// # Errors
/// When a decoder panics, or the tool that was asked for is missing.
pub(crate) fn run(options: &Options) -> Result<()> {
    let root = workspace::root()?;
    let folder = root.join("tests/fuzz");
    let count = options.count.to_string();
    if !options.guided {
        shell::step(&format!("{count} changed inputs for each decoder"));
        let mut cargo = Command::new("cargo");
        cargo
            .current_dir(&folder)
            .env("CARGO_TARGET_DIR", workspace::target(&root).join("fuzz"));
        return shell::run(cargo.args([
            "run",
            "--release",
            "--quiet",
            "--bin",
            "mutate",
            "--",
            &count,
        ]));
    }
    for target in [
        "ring",
        "recording",
        "configuration",
        "fingerprint",
        "library",
        "frame",
        "spool",
        "etl",
        "evtx",
        "sysmon",
    ] {
        shell::step(&format!("{count} guided inputs for {target}"));
        let mut cargo = Command::new("cargo");
        cargo.current_dir(&folder).env_remove("CARGO");
        cargo.args([
            "+nightly",
            "fuzz",
            "run",
            "--fuzz-dir",
            ".",
            "--features",
            "libfuzzer",
        ]);
        shell::run(cargo.args([target, "--", &format!("-runs={count}"), "-rss_limit_mb=512"]))?;
    }
    Ok(())
}
