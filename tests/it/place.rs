//! What the tests have to work with: the daemon's program, root, a folder each.
//!
//! Step: tests. `PACKHOUND` names the program; without it, the newest one that cargo has built
//! beside this binary is taken. It builds nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use harness::{Settings, is_root};
use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use crate::trial;

/// What this machine offers the tests.
#[derive(Clone, Debug)]
pub(crate) struct Available {
    program: Option<PathBuf>,
    root: bool,
}

impl Available {
    /// Looks for the program and for root's rights.
    pub(crate) fn on_this_machine() -> Result<Self, String> {
        let program = match std::env::var_os("PACKHOUND") {
            Some(named) => {
                let named = PathBuf::from(named);
                if !named.is_file() {
                    return Err(format!("PACKHOUND={} is not a file", named.display()));
                }
                Some(named)
            }
            None => built_beside(),
        };
        Ok(Self {
            program,
            root: is_root(),
        })
    }

    /// Whether the command line can be tested.
    pub(crate) fn has_program(&self) -> bool {
        self.program.is_some()
    }

    /// Whether probes can be loaded.
    pub(crate) fn is_live(&self) -> bool {
        self.root && self.program.is_some()
    }

    /// Why live tests are left out.
    pub(crate) fn why_not_live(&self) -> Option<&'static str> {
        match (self.root, &self.program) {
            (_, None) => Some("the daemon is not built (`cargo build -p packhound-agent`)"),
            (false, Some(_)) => Some("live tests need root"),
            (true, Some(_)) => None,
        }
    }

    /// A test that is left out where the daemon, or for a `live` one the kernel, cannot be had.
    pub(crate) fn test(
        &self,
        name: &str,
        live: bool,
        test: fn(&Self) -> Result<(), Failed>,
    ) -> Trial {
        let possible = if live {
            self.is_live()
        } else {
            self.has_program()
        };
        let available = self.clone();
        trial(name, possible, move || test(&available))
    }

    /// The program.
    pub(crate) fn program(&self) -> PathBuf {
        self.program
            .clone()
            .expect("tests that need the program are left out without it")
    }

    /// Runs the program with `arguments` to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Told, Failed> {
        let mut command = Command::new(self.program());
        run(command.args(arguments))
    }

    /// A folder of the test's own, and a daemon's settings in it.
    pub(crate) fn settings(&self) -> Result<(TempDir, Settings), Failed> {
        let folder = TempDir::with_prefix("phound-")?;
        let settings = Settings::new(&self.program(), folder.path());
        Ok((folder, settings))
    }
}

/// What a program that has ended said.
#[derive(Debug)]
pub(crate) struct Told {
    /// Its exit code; -1 after a signal.
    pub(crate) code: i32,
    /// Its standard output.
    pub(crate) out: String,
    /// Its standard error.
    pub(crate) err: String,
}

impl Told {
    /// Fails unless the exit code is `code` and standard error holds each of `words`.
    pub(crate) fn expect(&self, code: i32, words: &[&str]) -> Result<(), Failed> {
        let missing = words.iter().find(|word| !self.err.contains(**word));
        if self.code != code {
            return Err(Failed::from(format!("exit code is not {code}: {self:#?}")));
        }
        match missing {
            None => Ok(()),
            Some(word) => Err(Failed::from(format!("no `{word}` on stderr: {self:#?}"))),
        }
    }
}

/// Runs `command` to its end.
pub(crate) fn run(command: &mut Command) -> Result<Told, Failed> {
    let Output {
        status,
        stdout,
        stderr,
    } = command.stdin(Stdio::null()).output()?;
    Ok(Told {
        code: status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&stdout).into_owned(),
        err: String::from_utf8_lossy(&stderr).into_owned(),
    })
}

/// The program that was built last in the target folder of this test.
fn built_beside() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let target = own.parent()?.parent()?.parent()?;
    let built = ["release", "debug"].map(|profile| target.join(profile).join("packhound"));
    let age = |path: &Path| {
        path.metadata()
            .and_then(|metadata| metadata.modified())
            .ok()
    };
    built
        .into_iter()
        .filter(|path| path.is_file())
        .max_by_key(|path| age(path))
}
