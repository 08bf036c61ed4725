//! Builds for Windows, and runs what was built.
//!
//! Step: tooling. The compiler is [`crate::toolchain`]'s; Wine runs the programs ([`wine`]), beside a
//! model of what Wine lacks ([`model`]). What cannot be had is said, and what needs it left out.

pub(crate) mod model;
pub(crate) mod seven_zip;
pub(crate) mod wine;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::toolchain::Toolchain;
use crate::{packages, shell};

pub(crate) use crate::toolchain::Profile;

/// The compiler, and the one of C that some of the dependencies are built with.
///
/// # Errors
/// When one of them cannot be had.
pub(crate) fn toolchain() -> Result<Toolchain> {
    packages::install(&[("x86_64-w64-mingw32-gcc", LINKER)])?;
    Toolchain::ensure(TARGET)
}

/// Builds the program, and gives its path.
///
/// # Errors
/// When there is no compiler or linker, or the build fails.
pub(crate) fn build(root: &Path, profile: Profile) -> Result<PathBuf> {
    let toolchain = toolchain()?;
    shell::step("building the program for Windows");
    let folder = toolchain.build(toolchain.cargo(root), root, profile)?;
    let program = folder.join("packhound.exe");
    if !program.is_file() {
        bail!("the build left no {}", program.display());
    }
    Ok(std::path::absolute(program)?)
}

/// The target.
pub(crate) const TARGET: &str = "x86_64-pc-windows-gnu";

/// Debian's package of the linker, which compiles the library that Wine lacks, too.
const LINKER: &str = "gcc-mingw-w64-x86-64-win32";
