//! The programs for guests of each architecture, built when they are first asked for: the daemon,
//! and those in C.
//!
//! Step: tooling. They have the names that guests' scripts know; the daemon comes without what only
//! a debugger reads: guests have little memory.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::toolchain::{Profile, arm};
use crate::vm::architecture::Architecture;
use crate::vm::compiled;
use crate::{daemon, shell, workspace};

/// What was made so far.
pub(crate) struct Programs {
    given: Vec<PathBuf>,
    made: Vec<(Architecture, tempfile::TempDir)>,
}

impl Programs {
    /// Builds what is asked for; with programs `given` it takes those, each for the architecture
    /// that it is made for, and builds none.
    pub(crate) fn new(given: &[PathBuf]) -> Self {
        Self {
            given: given.to_vec(),
            made: Vec::new(),
        }
    }

    /// The programs for an architecture; none where the daemon would have to be built and another was
    /// given.
    ///
    /// # Errors
    /// When one cannot be built.
    pub(crate) fn of(&mut self, architecture: Architecture) -> Result<Option<[PathBuf; 3]>> {
        let known = self.made.iter().position(|(made, _)| *made == architecture);
        let at = if let Some(at) = known {
            at
        } else {
            let Some(folder) = self.build(architecture)? else {
                return Ok(None);
            };
            self.made.push((architecture, folder));
            self.made.len() - 1
        };
        let folder = self.made[at].1.path();
        Ok(Some(NAMES.map(|name| folder.join(name))))
    }

    fn build(&self, architecture: Architecture) -> Result<Option<tempfile::TempDir>> {
        let root = workspace::root()?;
        let given = self.given.iter().find(|path| is_for(path, architecture));
        let program = match given {
            Some(given) => given.clone(),
            None if !self.given.is_empty() => return Ok(None),
            None if architecture.is_ours() => daemon::build(&root)?,
            None => match architecture {
                Architecture::Arm64 => arm::build(&root, Profile::Debug)?,
                Architecture::Amd64 => {
                    anyhow::bail!("a daemon for amd64 is built on machines of that kind only")
                }
            },
        };
        let folder = tempfile::tempdir().context("cannot make a folder for guests' programs")?;
        let [daemon, _, ways] = NAMES;
        compiled::objects(architecture, folder.path())?;
        compiled::program(architecture, &WAYS, folder.path(), ways)?;
        let plain = folder.path().join(daemon);
        std::fs::copy(&program, &plain)
            .with_context(|| format!("cannot copy {}", program.display()))?;
        // It works as well with them.
        let strip = match architecture {
            Architecture::Arm64 if !architecture.is_ours() => "aarch64-linux-gnu-strip",
            Architecture::Arm64 | Architecture::Amd64 => "strip",
        };
        let _ = shell::output(Command::new(strip).arg("--strip-debug").arg(&plain));
        Ok(Some(folder))
    }
}

/// Whether a program is made for an architecture, as its ELF header says (`e_machine`).
fn is_for(program: &Path, architecture: Architecture) -> bool {
    let wanted: u16 = match architecture {
        Architecture::Amd64 => 62,
        Architecture::Arm64 => 183,
    };
    let mut head = [0; 20];
    let read = File::open(program).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head[18..] == wanted.to_le_bytes()
}

/// What guests' scripts call the daemon, the program that counts what it left in the kernel, and the
/// one that writes files in many ways.
const NAMES: [&str; 3] = ["packhound", "objects", "do-ways"];

/// The ways to write that the live tests have.
const WAYS: [&str; 5] = [
    "tests/ways/ways.c",
    "tests/ways/plain.c",
    "tests/ways/places.c",
    "tests/ways/processes.c",
    "tests/ways/uring.c",
];
