//! The daemon on kernels other than this machine's.
//!
//! Step: tooling. One guest after the other runs the same script: what the verifier and the layout
//! of structures make of the probes shows there and nowhere else.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::Guest;
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
    let plain = folder.path().join("packhound");
    fs::copy(&program, &plain).with_context(|| format!("cannot copy {}", program.display()))?;
    let mut failed = Vec::new();
    for kernel in KERNELS {
        let guest = Guest {
            kernel,
            systemd: true,
            command_line: "",
            counted: false,
            limit: LIMIT,
        };
        if let Err(error) = guest.run(SCRIPT, &[&plain], &format!("kernels-{kernel}")) {
            shell::fail(&format!("{error:#}"));
            failed.push(kernel);
        }
    }
    if !failed.is_empty() {
        bail!("failed on {}", failed.join(", "));
    }
    Ok(())
}

/// Debian 12's own, Debian 13's own, and the newest that live tests run on.
const KERNELS: [&str; 3] = ["6.1", "6.12", "6.18"];

/// Emulated and on a busy machine; it takes a fifth of this on a quiet one.
const LIMIT: Duration = Duration::from_mins(8);

const SCRIPT: &str = include_str!("guest/kernels.sh");
