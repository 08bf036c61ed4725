//! Compilers for other systems than this one.
//!
//! Step: tooling. A standard library for the target comes from rustup where rustup can fetch it,
//! else it is built once from Debian's sources of it ([`sysroot`]). What else a target needs, such
//! as a linker, is the business of the folder that is named after its system.

pub(crate) mod arm;
pub(crate) mod sysroot;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};

use crate::{shell, workspace};

/// A compiler for a target.
#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    /// The target.
    pub(crate) target: &'static str,
    /// The standard library of Debian's compiler; none for cargo's own, for which rustup has it.
    debian: Option<PathBuf>,
}

/// How the program is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Without optimization of our own code.
    Debug,
    /// As it is shipped.
    Release,
}

impl Toolchain {
    /// The compiler; what is missing is installed where that is possible.
    ///
    /// # Errors
    /// When there is none and none can be installed; the error says what to do by hand.
    pub(crate) fn ensure(target: &'static str) -> Result<Self> {
        let with = |debian| Self { target, debian };
        if has_std(target) {
            return Ok(with(None));
        }
        if let Some(built) = sysroot::built(target) {
            return Ok(with(Some(built)));
        }
        if shell::find("rustup").is_some() && !REFUSED.load(Ordering::Relaxed) {
            shell::step(&format!("installing the standard library for {target}"));
            let mut rustup = Command::new("rustup");
            rustup.args(["target", "add", target]);
            let added = shell::run_for(&mut rustup, FETCHING);
            if added.is_ok() && has_std(target) {
                return Ok(with(None));
            }
            // What could not be fetched for one target cannot be fetched for the next.
            REFUSED.store(true, Ordering::Relaxed);
        }
        match sysroot::build(target) {
            Ok(built) => Ok(with(Some(built))),
            Err(error) => bail!(
                "no compiler for {target}: `rustup target add {target}` does not work here, and \
                 the library cannot be built from Debian's sources: {error:#}"
            ),
        }
    }

    /// Cargo with this compiler, in the project.
    pub(crate) fn cargo(&self, root: &Path) -> Command {
        let mut cargo = match &self.debian {
            None => Command::new("cargo"),
            Some(place) => {
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

    /// Clippy with the compiler of `cargo`, a command that [`Self::cargo`] gave, and its settings.
    /// Cargo would take the one in its own folder, which belongs to rustup's compiler, whichever
    /// cargo asks.
    pub(crate) fn clippy(&self, cargo: Command, root: &Path) -> Command {
        let mut command = cargo;
        if self.debian.is_some() {
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

    /// Lints what is built for the target, with warnings denied. `cargo` is [`Self::cargo`]'s.
    ///
    /// # Errors
    /// When a lint finds something.
    pub(crate) fn lint(&self, cargo: Command, root: &Path) -> Result<()> {
        let mut clippy = self.clippy(cargo, root);
        clippy.args(["--package", "packhound-agent"]);
        clippy.args(["--package", "packhound-platform"]);
        clippy.args(["--target", self.target]);
        shell::run(clippy.args(["--", "-D", "warnings"]))
    }

    /// Builds the program, and gives the folder that it is in. `cargo` is [`Self::cargo`]'s.
    ///
    /// # Errors
    /// When the build fails.
    pub(crate) fn build(
        &self,
        mut cargo: Command,
        root: &Path,
        profile: Profile,
    ) -> Result<PathBuf> {
        cargo.args(["build", "--package", "packhound-agent"]);
        cargo.args(["--target", self.target]);
        let folder = match profile {
            Profile::Debug => "debug",
            Profile::Release => {
                cargo.arg("--release");
                "release"
            }
        };
        shell::run(&mut cargo)?;
        let target = workspace::target(root);
        let target = match self.debian {
            None => target,
            Some(_) => target.join("debian"),
        };
        Ok(target.join(self.target).join(folder))
    }
}

/// Whether cargo's own compiler has a standard library for `target`.
pub(crate) fn has_std(target: &str) -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", target]);
    shell::output(&mut rustc).is_ok_and(|folder| Path::new(folder.trim()).is_dir())
}

/// Rustup could not fetch a target.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// Longest time that rustup may take to fetch; without a network it tries for minutes.
const FETCHING: Duration = Duration::from_secs(90);
