//! `cargo xtask fuzz N`: so many changed inputs for every decoder, or for so long (`30s`).
//!
//! Step: tooling. With cargo-fuzz and a nightly it is coverage-guided; the plain mutator runs
//! everywhere. Both call the same functions in `tests/fuzz`, whose own test feeds each decoder for a
//! few seconds in every run of the tests.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::{shell, workspace};

/// Feed changed inputs to every decoder.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many inputs for each decoder, or for how long (30s).
    #[arg(default_value = "1000000")]
    bound: String,
    /// Makes the same inputs again.
    #[arg(long)]
    seed: Option<u64>,
    /// Only these decoders; may be given several times.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
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
    let bound = &options.bound;
    if !options.guided {
        shell::step(&format!("{bound} changed inputs for each decoder"));
        let mut cargo = mutator(&root);
        cargo.arg(bound);
        let seed = options.seed.or((!options.only.is_empty()).then_some(SEED));
        cargo.args(seed.map(|seed| seed.to_string()));
        cargo.args(&options.only);
        return shell::run(&mut cargo);
    }
    let limit = match bound.strip_suffix('s') {
        Some(seconds) => format!("-max_total_time={seconds}"),
        None => format!("-runs={bound}"),
    };
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
        "pe",
        "eslogger",
        "macho",
        "copied",
    ] {
        if !options.only.is_empty() && !options.only.iter().any(|only| only == target) {
            continue;
        }
        shell::step(&format!("{bound} guided inputs for {target}"));
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
        shell::run(cargo.args([target, "--", &limit, "-rss_limit_mb=512"]))?;
    }
    Ok(())
}

/// The mutator; what is added goes to it as its arguments.
fn mutator(root: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(root)
        .args(["run", "--quiet", "--profile=fuzz"]);
    cargo.args(["--package=packhound-fuzz", "--bin=mutate", "--"]);
    cargo
}

/// The mutator's own seed, which has to be said where targets are named.
const SEED: u64 = 0x2545_f491_4f6c_dd1d;
