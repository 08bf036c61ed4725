//! The tiers of the probes: what each sees, and what it costs those who do nothing of it.
//!
//! Step: tooling. The same ways to write a file are tried on both tiers, in guests whose kernels take
//! the first; costs are counted in instructions, which emulation tells exactly where it cannot tell
//! time.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::architecture::Architecture;
use super::matrix::programs::Programs;
use super::{Guest, compiled, queue};
use crate::{packages, shell};

/// Runs the tests, on `program` or else on a daemon that is built now.
///
/// # Errors
/// When a guest cannot be made, or a check fails in one.
pub(crate) fn test(program: Option<&Path>) -> Result<()> {
    packages::ensure_for_guests()?;
    let given: Vec<PathBuf> = program.map(Path::to_path_buf).into_iter().collect();
    let mut programs = Programs::new(&given);
    let made = programs.of(Architecture::Amd64)?;
    let [daemon, objects, _] =
        made.context("the daemon that was given is for another architecture than x86-64")?;
    let folder = tempfile::tempdir().context("cannot make a folder for a program")?;
    let ways = compiled::program(Architecture::Amd64, &[WAYS], folder.path(), "ways")?;
    let files: [&Path; 3] = [&daemon, &objects, &ways];
    let outcomes = queue::run(RUNS.to_vec(), queue::usual(), |run| {
        let (kernel, counted, script, name) = run;
        let guest = Guest {
            systemd: true,
            counted,
            limit: LIMIT,
            ..Guest::of(kernel)
        };
        let name = format!("{name}-{kernel}");
        let outcome = guest.run(script, &files, &name);
        outcome.map(drop).map_err(|error| (name, error))
    });
    let mut failed = Vec::new();
    for (name, error) in outcomes.into_iter().filter_map(Result::err) {
        shell::fail(&format!("{error:#}"));
        failed.push(name);
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

/// Kernel, whether instructions are counted, script and what it is called; the longest first.
const RUNS: [(&str, bool, &str, &str); 4] = [
    ("6.12", true, COSTS, "costs"),
    ("6.18", false, SEEN, "tiers"),
    ("6.1", false, SEEN, "tiers"),
    ("6.12", false, SEEN, "tiers"),
];

/// Emulated and on a busy machine; it takes a quarter of this on a quiet one.
const LIMIT: Duration = Duration::from_mins(15);

const SEEN: &str = include_str!("guest/tiers.sh");
const COSTS: &str = include_str!("guest/costs.sh");
const WAYS: &str = "xtask/src/vm/guest/ways.c";
