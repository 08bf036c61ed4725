//! Builds for macOS, as far as that goes without a Mac.
//!
//! Step: tooling. The compiler is [`crate::toolchain`]'s; C code is compiled, and the program
//! linked, by zig ([`zig`]), against stubs of the system's libraries that are made here ([`stubs`]).
//! That proves that everything is declared and linked; whether a symbol is there on a given macOS
//! only that macOS knows.

pub(crate) mod stubs;
pub(crate) mod zig;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::shell;
use crate::toolchain::{Profile, Toolchain};
use zig::Zig;

/// Both kinds of Macs.
pub(crate) const TARGETS: [&str; 2] = ["aarch64-apple-darwin", "x86_64-apple-darwin"];

/// Cargo for macOS, in the project.
///
/// # Errors
/// When the stubs cannot be written.
pub(crate) fn cargo(toolchain: &Toolchain, zig: &Zig, root: &Path) -> Result<Command> {
    let mut cargo = toolchain.cargo(root);
    let target = toolchain.target;
    let arch = target.split('-').next().unwrap_or(target);
    let upper = target.to_uppercase().replace('-', "_");
    let stubs = stubs::ensure()?;
    cargo
        .env(format!("CC_{target}"), zig.compiler(arch)?)
        .env(format!("AR_{target}"), zig.archiver()?)
        .env(format!("CARGO_TARGET_{upper}_LINKER"), zig.compiler(arch)?)
        .env(zig::PYTHON, &zig.python)
        .env(zig::STUBS, &stubs)
        // Otherwise Apple's own tools are asked where it is. It is the same place whatever the stubs
        // are, since what depends on it is built anew when it changes.
        .env("SDKROOT", zig.names())
        .env("MACOSX_DEPLOYMENT_TARGET", zig::OLDEST);
    Ok(cargo)
}

/// Builds the program, and gives its path.
///
/// # Errors
/// When the build fails.
pub(crate) fn build(
    toolchain: &Toolchain,
    zig: &Zig,
    root: &Path,
    profile: Profile,
) -> Result<PathBuf> {
    shell::step(&format!("building the program for {}", toolchain.target));
    let cargo = cargo(toolchain, zig, root)?;
    let program = toolchain.build(cargo, root, profile)?.join("packhound");
    if !program.is_file() {
        bail!("the build left no {}", program.display());
    }
    Ok(std::path::absolute(program)?)
}
