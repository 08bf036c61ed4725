//! The program for Linux on 64-bit ARM, built on a machine of another kind.
//!
//! Step: tooling. Debian brings a compiler and a C library for it; the standard library comes as
//! for every other target.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Profile, Toolchain};
use crate::packages;

/// Builds the program and gives its path.
///
/// # Errors
/// When something for it cannot be had, or the build fails.
pub(crate) fn build(root: &Path, profile: Profile) -> Result<PathBuf> {
    packages::install(&PACKAGES)?;
    let toolchain = Toolchain::ensure(TARGET)?;
    let mut cargo = toolchain.cargo(root);
    cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", COMPILER);
    cargo.env("CC_aarch64_unknown_linux_gnu", COMPILER);
    // An emulated processor runs it: our own code is worth optimizing as much as that of others.
    cargo.env("CARGO_PROFILE_DEV_OPT_LEVEL", "1");
    Ok(toolchain.build(cargo, root, profile)?.join("packhound"))
}

const TARGET: &str = "aarch64-unknown-linux-gnu";
/// What compiles C for it.
pub(crate) const COMPILER: &str = "aarch64-linux-gnu-gcc";

/// What must be there, and Debian's packages of it.
const PACKAGES: [(&str, &str); 2] = [
    (COMPILER, "gcc-aarch64-linux-gnu"),
    (
        "/usr/aarch64-linux-gnu/include/stdio.h",
        "libc6-dev-arm64-cross",
    ),
];
