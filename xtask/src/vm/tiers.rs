//! The tiers of the probes: what each sees, and what it costs those who do nothing of it.
//!
//! Step: tooling. The same ways to write a file are tried on both tiers, in guests whose kernels take
//! the first; costs are counted in instructions, which emulation tells exactly where it cannot tell
//! time.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::architecture::Architecture;
use super::{Guest, compiled};
use crate::{daemon, packages, shell, workspace};

/// Runs the tests, on `program` or else on a daemon that is built now.
///
/// # Errors
/// When a guest cannot be made, or a check fails in one.
pub(crate) fn test(program: Option<&Path>) -> Result<()> {
    packages::ensure_for_guests()?;
    let program = match program {
        Some(program) => program.to_path_buf(),
        None => daemon::build(&workspace::root()?)?,
    };
    let folder = tempfile::tempdir().context("cannot make a folder for the daemon")?;
    let place = |name: &str| folder.path().join(name);
    fs::copy(&program, place("packhound"))
        .with_context(|| format!("cannot copy {}", program.display()))?;
    compiled::objects(Architecture::Amd64, folder.path())?;
    compiled::program(Architecture::Amd64, &[WAYS], folder.path(), "ways")?;
    let files = ["packhound", "objects", "ways"].map(place);
    let files = files.each_ref().map(PathBuf::as_path);
    let mut failed = Vec::new();
    for (kernel, counted, script, name) in RUNS {
        let guest = Guest {
            systemd: true,
            counted,
            limit: LIMIT,
            ..Guest::of(kernel)
        };
        let name = format!("{name}-{kernel}");
        if let Err(error) = guest.run(script, &files, &name) {
            shell::fail(&format!("{error:#}"));
            failed.push(name);
        }
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

/// Kernel, whether instructions are counted, script and what it is called.
const RUNS: [(&str, bool, &str, &str); 4] = [
    ("6.1", false, SEEN, "tiers"),
    ("6.12", false, SEEN, "tiers"),
    ("6.18", false, SEEN, "tiers"),
    ("6.12", true, COSTS, "costs"),
];

/// Emulated and on a busy machine; it takes a quarter of this on a quiet one.
const LIMIT: Duration = Duration::from_mins(9);

const SEEN: &str = include_str!("guest/tiers.sh");
const COSTS: &str = include_str!("guest/costs.sh");
const WAYS: &str = "xtask/src/vm/guest/ways.c";
