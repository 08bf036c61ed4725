//! Builds for Windows, and runs what was built.
//!
//! Step: tooling. A standard library for the target comes from rustup where rustup can fetch it,
//! else it is built once from Debian's sources of it ([`sysroot`]); Wine runs the programs
//! ([`wine`]), beside a model of what Wine lacks ([`model`]). What cannot be had is said, and what needs it left out.

pub(crate) mod model;
pub(crate) mod seven_zip;
pub(crate) mod sysroot;
pub(crate) mod wine;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::{packages, shell, workspace};

/// A compiler for Windows.
#[derive(Clone, Debug)]
pub(crate) enum Toolchain {
    /// Cargo's own compiler, for which rustup installed the target.
    Rustup,
    /// Debian's compiler with the standard library at this place.
    Debian(PathBuf),
}

impl Toolchain {
    /// The compiler; what is missing is installed where that is possible.
    ///
    /// # Errors
    /// When there is none and none can be installed; the error says what to do by hand.
    pub(crate) fn ensure() -> Result<Self> {
        if has_std() {
            return Ok(Self::Rustup);
        }
        if let Some(built) = sysroot::built(TARGET) {
            return Ok(Self::Debian(built));
        }
        if shell::find("rustup").is_some() {
            shell::step("installing the standard library for Windows");
            let mut rustup = Command::new("rustup");
            rustup.args(["target", "add", TARGET]);
            let added = shell::run_for(&mut rustup, FETCHING);
            if added.is_ok() && has_std() {
                return Ok(Self::Rustup);
            }
        }
        match sysroot::build(TARGET) {
            Ok(built) => Ok(Self::Debian(built)),
            Err(error) => bail!(
                "no compiler for Windows: `rustup target add {TARGET}` does not work here, and \
                 the library cannot be built from Debian's sources: {error:#}"
            ),
        }
    }

    /// Cargo with this compiler, in the project.
    pub(crate) fn cargo(&self, root: &Path) -> Command {
        let mut cargo = match self {
            Self::Rustup => Command::new("cargo"),
            Self::Debian(place) => {
                let mut cargo = sysroot::cargo();
                let flags = format!("--sysroot\u{1f}{}", place.display());
                cargo.env("CARGO_ENCODED_RUSTFLAGS", flags);
                // Two compilers must not share what they built for this host.
                cargo.env("CARGO_TARGET_DIR", workspace::target(root).join("debian"));
                cargo
            }
        };
        cargo.current_dir(root);
        cargo
    }

    /// Clippy with this compiler, in the project. Cargo would take the one in its own folder, which
    /// belongs to rustup's compiler, whichever cargo asks.
    pub(crate) fn clippy(&self, root: &Path) -> Command {
        let mut command = self.cargo(root);
        if let Self::Debian(_) = self {
            let cargo = command;
            command = Command::new(sysroot::CLIPPY);
            command.current_dir(root);
            for (name, value) in cargo.get_envs() {
                match value {
                    Some(value) => command.env(name, value),
                    None => command.env_remove(name),
                };
            }
            command.env("CARGO", sysroot::CARGO);
        }
        command.arg("clippy");
        command
    }

    /// Where [`Self::cargo`] puts what it builds for Windows.
    fn target(&self, root: &Path) -> PathBuf {
        let target = workspace::target(root);
        let target = match self {
            Self::Rustup => target,
            Self::Debian(_) => target.join("debian"),
        };
        target.join(TARGET)
    }
}

/// How the program is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Without optimization of our own code.
    Debug,
    /// As it is shipped.
    Release,
}

/// Builds the program, and gives its path.
///
/// # Errors
/// When there is no compiler or linker, or the build fails.
pub(crate) fn build(root: &Path, profile: Profile) -> Result<PathBuf> {
    let toolchain = Toolchain::ensure()?;
    packages::install(&[("x86_64-w64-mingw32-gcc", LINKER)])?;
    shell::step("building the program for Windows");
    let mut cargo = toolchain.cargo(root);
    cargo.args(["build", "--package", "packhound-agent", "--target", TARGET]);
    let folder = match profile {
        Profile::Debug => "debug",
        Profile::Release => {
            cargo.arg("--release");
            "release"
        }
    };
    shell::run(&mut cargo)?;
    let program = toolchain.target(root).join(folder).join("packhound.exe");
    if !program.is_file() {
        bail!("the build left no {}", program.display());
    }
    Ok(std::path::absolute(program)?)
}

/// Whether cargo's own compiler has a standard library for Windows.
fn has_std() -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", TARGET]);
    shell::output(&mut rustc).is_ok_and(|folder| Path::new(folder.trim()).is_dir())
}

/// The target.
pub(crate) const TARGET: &str = "x86_64-pc-windows-gnu";

/// Debian's package of the linker, which compiles the library that Wine lacks, too.
const LINKER: &str = "gcc-mingw-w64-x86-64-win32";

/// Longest time that rustup may take to fetch; without a network it tries for minutes.
const FETCHING: Duration = Duration::from_secs(90);
