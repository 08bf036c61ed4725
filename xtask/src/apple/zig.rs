//! Zig as the compiler of C, the archiver and the linker for macOS.
//!
//! Step: tooling. It comes from `PyPI` (`ziglang`), with the headers and the list of symbols of
//! macOS' own C library. Cargo asks for a program by its path, so this very program stands there
//! under other names, and passes on what zig understands.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::{packages, shell, workspace};

/// The variable with the Python that has zig.
pub(crate) const PYTHON: &str = "PACKHOUND_ZIG_PYTHON";

/// The variable with the folder of stubs.
pub(crate) const STUBS: &str = "PACKHOUND_ZIG_STUBS";

/// The oldest macOS that the program is for.
pub(crate) const OLDEST: &str = "13.0";

/// Zig, installed.
#[derive(Clone, Debug)]
pub(crate) struct Zig {
    /// The Python that has it.
    pub(crate) python: PathBuf,
    /// Where this program stands under other names.
    names: PathBuf,
}

/// Installs zig where that is needed and possible.
///
/// # Errors
/// When it cannot be had.
pub(crate) fn ensure() -> Result<Zig> {
    let python = packages::python_with(&["ziglang"], "import ziglang")
        .context("zig, which compiles and links for macOS, is not there (pip install ziglang)")?;
    let names = workspace::cache()?.join("zig-names");
    std::fs::create_dir_all(&names).with_context(|| format!("making {}", names.display()))?;
    Ok(Zig { python, names })
}

impl Zig {
    /// A folder that is always at the same place.
    pub(crate) fn names(&self) -> &Path {
        &self.names
    }

    /// The compiler and linker for an architecture.
    pub(crate) fn compiler(&self, arch: &str) -> Result<PathBuf> {
        self.name(&format!("{COMPILER}{arch}"))
    }

    /// The archiver.
    pub(crate) fn archiver(&self) -> Result<PathBuf> {
        self.name(ARCHIVER)
    }

    /// This program under another name.
    fn name(&self, name: &str) -> Result<PathBuf> {
        let path = self.names.join(name);
        let early = self.names.join(format!("{name}.{}", std::process::id()));
        let _ = std::fs::remove_file(&early);
        std::os::unix::fs::symlink(std::env::current_exe()?, &early)
            .and_then(|()| std::fs::rename(&early, &path))
            .with_context(|| format!("making {}", path.display()))?;
        Ok(path)
    }
}

/// What this program is called as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The compiler and linker for an architecture.
    Compiler(String),
    /// The archiver.
    Archiver,
}

impl Role {
    /// What this program was called as; none where it was called by its own name.
    pub(crate) fn of_this_program() -> Option<Self> {
        let name = std::env::args_os().next()?;
        let name = Path::new(&name).file_name()?.to_str()?;
        if name == ARCHIVER {
            return Some(Self::Archiver);
        }
        name.strip_prefix(COMPILER)
            .map(|arch| Self::Compiler(arch.to_owned()))
    }

    /// Acts as that.
    pub(crate) fn act(&self) -> ExitCode {
        let arguments = std::env::args_os().skip(1);
        let (Some(python), Some(stubs)) = (std::env::var_os(PYTHON), std::env::var_os(STUBS))
        else {
            shell::fail("only `cargo xtask` calls this: it says where zig is");
            return ExitCode::FAILURE;
        };
        let mut zig = Command::new(python);
        zig.args(["-m", "ziglang"]);
        match self {
            Self::Archiver => {
                zig.arg("ar").args(arguments);
            }
            Self::Compiler(arch) => {
                zig.args(["cc", "-target", &format!("{arch}-macos.{OLDEST}-none")]);
                let frameworks = Path::new(&stubs).join("System/Library/Frameworks");
                zig.arg(option("-L", Path::new(&stubs)));
                zig.arg(option("-F", &frameworks));
                zig.args(understood(arguments));
            }
        }
        match zig.status() {
            Ok(status) => ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)),
            Err(error) => {
                shell::fail(&format!("cannot start zig: {error}"));
                ExitCode::FAILURE
            }
        }
    }
}

fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(path);
    option
}

/// The arguments without those that zig does not know, and those that say again which target it is.
fn understood(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut kept = Vec::new();
    let mut is_value = false;
    for argument in arguments {
        if std::mem::take(&mut is_value) {
            continue;
        }
        let text = argument.to_string_lossy();
        if WITH_VALUE.contains(&&*text) {
            is_value = true;
        } else if !UNKNOWN.iter().any(|unknown| text.starts_with(unknown)) {
            kept.push(argument);
        }
    }
    kept
}

const COMPILER: &str = "packhound-zig-cc-";
const ARCHIVER: &str = "packhound-zig-ar";

/// Left out with the argument that follows.
const WITH_VALUE: [&str; 2] = ["-arch", "-isysroot"];

/// Left out.
const UNKNOWN: [&str; 5] = [
    "--target=",
    "-mmacosx-version-min=",
    "-mmacos-version-min=",
    "-Wl,-exported_symbols_list",
    "-Wl,-dead_strip_dylibs",
];

#[cfg(test)]
mod tests;
