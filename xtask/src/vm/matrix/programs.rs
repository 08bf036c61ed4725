//! The daemon for each architecture of the guests, built when it is first asked for.
//!
//! Step: tooling. It is put beside a name that every guest's script knows, without what only a
//! debugger reads: guests have little memory.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::toolchain::{Profile, arm};
use crate::vm::architecture::Architecture;
use crate::{daemon, shell, workspace};

/// The daemons that were made so far.
pub(crate) struct Programs {
    given: Vec<PathBuf>,
    made: Vec<(Architecture, tempfile::TempDir, PathBuf)>,
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

    /// The daemon for an architecture; none where it would have to be built and another was given.
    ///
    /// # Errors
    /// When it cannot be built.
    pub(crate) fn of(&mut self, architecture: Architecture) -> Result<Option<&Path>> {
        let known = self
            .made
            .iter()
            .position(|(made, ..)| *made == architecture);
        let at = if let Some(at) = known {
            at
        } else {
            let Some(folder) = self.build(architecture)? else {
                return Ok(None);
            };
            let path = folder.path().join(NAME);
            self.made.push((architecture, folder, path));
            self.made.len() - 1
        };
        Ok(Some(&self.made[at].2))
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
        let folder = tempfile::tempdir().context("cannot make a folder for the daemon")?;
        let plain = folder.path().join(NAME);
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

/// What guests' scripts call it.
const NAME: &str = "packhound";
