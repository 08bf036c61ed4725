//! Programs in C for guests, which need nothing there.
//!
//! Step: tooling. What speaks to the kernel the way no shell can: ways to write files, and a count of
//! what BPF left in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::architecture::Architecture;
use crate::toolchain::arm;
use crate::{shell, workspace};

/// Compiles `sources`, which are named from the project's root, into a program in `folder`.
///
/// # Errors
/// When a compiler is missing or fails.
pub(crate) fn program(
    architecture: Architecture,
    sources: &[&str],
    folder: &Path,
    name: &str,
) -> Result<PathBuf> {
    let root = workspace::root()?;
    let program = folder.join(name);
    let compiler = match architecture {
        ours if ours.is_ours() => "cc",
        Architecture::Arm64 => arm::COMPILER,
        Architecture::Amd64 => "x86_64-linux-gnu-gcc",
    };
    let mut command = Command::new(compiler);
    command
        .args(["-O2", "-Wall", "-Wextra", "-Werror"])
        .args(["-static", "-pthread", "-o"])
        .arg(&program)
        .args(sources.iter().map(|source| root.join(source)));
    shell::output(&mut command)?;
    Ok(program)
}

/// The program that counts BPF programs and maps; scripts call it `objects`.
///
/// # Errors
/// As [`program`].
pub(crate) fn objects(architecture: Architecture, folder: &Path) -> Result<PathBuf> {
    program(
        architecture,
        &["xtask/src/vm/guest/objects.c"],
        folder,
        "objects",
    )
}
