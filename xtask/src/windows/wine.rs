//! Sets Wine up, in which programs for Windows run here.
//!
//! Step: tooling. Wine is Debian's; its folder of settings is in the cache and made once, with the
//! one library that Rust's programs need and Wine 8 lacks.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::{packages, shell, workspace};

/// Wine's program and its folder of settings.
#[derive(Clone, Debug)]
pub(crate) struct Wine {
    /// The program.
    pub(crate) program: PathBuf,
    /// The folder.
    pub(crate) prefix: PathBuf,
}

/// Installs Wine and makes its folder.
///
/// # Errors
/// When it cannot be installed or does not run.
pub(crate) fn ensure(root: &Path) -> Result<Wine> {
    packages::install(&[
        (PROGRAM, "wine64"),
        ("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64-win32"),
    ])?;
    let prefix = workspace::cache()?.join("wine");
    let wine = Wine {
        program: PathBuf::from(PROGRAM),
        prefix: prefix.clone(),
    };
    let library = prefix.join("drive_c/windows/system32/bcryptprimitives.dll");
    if !library.is_file() {
        shell::step("making Wine's folder");
        std::fs::create_dir_all(&prefix)?;
        shell::run(wine.command().args(["wineboot", "--init"]))?;
        // It goes on in the background for a while after it has said that it is done.
        let mut wait = Command::new("/usr/lib/wine/wineserver");
        shell::run(wait.arg("--wait").env("WINEPREFIX", &prefix))?;
        let early = library.with_extension("early");
        let source = root.join("xtask/src/windows/bcryptprimitives.c");
        let mut compiler = Command::new("x86_64-w64-mingw32-gcc");
        compiler.args(["-shared", "-O2", "-o"]).arg(&early);
        shell::run(compiler.arg(source).arg("-ladvapi32"))?;
        std::fs::rename(&early, &library)?;
    }
    Ok(wine)
}

impl Wine {
    /// Wine, without a screen and without its own talk.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env("WINEPREFIX", &self.prefix)
            .env("WINEDEBUG", "-all")
            .env("WINEDLLOVERRIDES", "mscoree,mshtml,winedbg.exe=d")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY");
        command
    }

    /// Tries a program.
    ///
    /// # Errors
    /// When it does not run.
    pub(crate) fn try_out(&self, program: &Path) -> Result<()> {
        let told = shell::output(self.command().arg(program).arg("--version"))?;
        if !told.starts_with("packhound ") {
            bail!("{} says `{}`", program.display(), told.trim());
        }
        Ok(())
    }
}

const PROGRAM: &str = "/usr/lib/wine/wine64";
