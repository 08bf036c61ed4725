//! `cargo xtask dist`: packages for Debian's and Fedora's families, zips for Windows and macOS.
//!
//! Step: tooling. One tree of files is laid out, and both packages are made of it by the tools of
//! their own systems (`dpkg-deb`, `rpmbuild`). Invariants: the same source gives the same bytes
//! (times come from the last commit or `SOURCE_DATE_EPOCH`, owners are root, names are sorted);
//! what the program asks of the system's libraries is read from it and checked, not believed.

mod deb;
mod layout;
mod macos;
mod needs;
mod rpm;
mod windows;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::toolchain::{Profile, Toolchain};
use crate::{apple, daemon, digest, packages, shell, workspace};
pub(crate) use layout::Layout;

/// Make packages of the daemon.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The packages to make.
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["deb", "rpm"])]
    format: Vec<Format>,
    /// Make a zip for this system in place of packages.
    #[arg(long, value_parser = FOREIGN)]
    target: Option<String>,
    /// The version in the packages, in place of the workspace's.
    #[arg(long)]
    version: Option<String>,
    /// Where they go.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Have the systems' own checkers look at them.
    #[arg(long)]
    check: bool,
}

/// A kind of package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Debian, Ubuntu and their like.
    Deb,
    /// Fedora, Red Hat Enterprise Linux, SUSE and their like.
    Rpm,
}

/// Runs the command.
///
/// # Errors
/// When a package cannot be made, or a check of one fails.
pub(crate) fn run(options: &Options) -> Result<()> {
    let root = workspace::root()?;
    if let Some(target) = &options.target {
        let zip = foreign(&root, target, options)?;
        let bytes = fs::read(&zip).context("cannot read the zip")?;
        println!("{}  {}", digest::of_bytes(&bytes), zip.display());
        return Ok(());
    }
    packages::ensure_for_packages()?;
    if options.check {
        packages::ensure_for_package_checks()?;
    }
    let program = daemon::build(&root)?;
    let out = options
        .out
        .clone()
        .unwrap_or_else(|| workspace::target(&root).join("dist"));
    for format in &options.format {
        let package = make(&root, &program, *format, options.version.as_deref(), &out)?;
        let bytes = fs::read(&package).context("cannot read the package")?;
        println!("{}  {}", digest::of_bytes(&bytes), package.display());
        if options.check {
            check(*format, &package)?;
        }
    }
    Ok(())
}

/// Takes out of a program, of Linux or Windows, what only its maker needs: line numbers for panics
/// cost three times the program itself. Without `-p` it writes the time into a program of Windows.
fn strip(program: &Path) -> Result<()> {
    let told = shell::output(
        Command::new("strip")
            .args(["-p", "--strip-unneeded", "--remove-section=.comment"])
            .arg(program),
    );
    told.map(drop).context("strip is in the package binutils")
}

/// Makes a zip for another system, and gives its path.
fn foreign(root: &Path, target: &str, options: &Options) -> Result<PathBuf> {
    let out = options.out.clone();
    let out = out.unwrap_or_else(|| workspace::target(root).join("dist"));
    let version = options.version.as_deref();
    let version = version.unwrap_or(env!("CARGO_PKG_VERSION"));
    let Some(mac) = apple::TARGETS.into_iter().find(|mac| *mac == target) else {
        let program = crate::windows::build(root, Profile::Release)?;
        let folder = tempfile::tempdir()?;
        let stripped = folder.path().join("packhound.exe");
        fs::copy(&program, &stripped)
            .with_context(|| format!("cannot copy {}", program.display()))?;
        strip(&stripped)?;
        return windows::make(root, &stripped, version, &out);
    };
    let zig = apple::zig::ensure()?;
    let program = apple::build(&Toolchain::ensure(mac)?, &zig, root, Profile::Release)?;
    let zip = macos::make(root, &program, mac, version, &out)?;
    shell::warn("the program is not signed: `make-pkg` in the zip does that on a Mac");
    Ok(zip)
}

/// Makes one package in the folder `out`, and gives its path.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn make(
    root: &Path,
    program: &Path,
    format: Format,
    version: Option<&str>,
    out: &Path,
) -> Result<PathBuf> {
    let version = version.unwrap_or(env!("CARGO_PKG_VERSION"));
    if !version.starts_with(|c: char| c.is_ascii_digit())
        || !version
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '.')
    {
        bail!("{version}: a version is digits, letters and dots, and begins with a digit");
    }
    shell::step(&format!("a {format:?} package of version {version}"));
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let folder = tempfile::tempdir().context("cannot make a folder for a package")?;
    let layout = Layout::new(root, program, version, time(root)?, folder.path())?;
    match format {
        Format::Deb => deb::make(&layout, out),
        Format::Rpm => rpm::make(&layout, out),
    }
}

/// Has the checkers of the package's own world look at it.
fn check(format: Format, package: &Path) -> Result<()> {
    match format {
        Format::Deb => shell::run(
            Command::new("lintian")
                .args(["--fail-on", "error,warning", "--tag-display-limit", "0"])
                .arg(package),
        ),
        Format::Rpm => rpm::check(package),
    }
}

/// Systems that a zip is made for.
const FOREIGN: [&str; 3] = [crate::windows::TARGET, apple::TARGETS[0], apple::TARGETS[1]];

/// The time that everything in a package has: of the last commit, unless the caller says another.
fn time(root: &Path) -> Result<u64> {
    if let Ok(time) = std::env::var("SOURCE_DATE_EPOCH") {
        return time
            .parse()
            .with_context(|| format!("SOURCE_DATE_EPOCH={time} is no number of seconds"));
    }
    let mut git = Command::new("git");
    let told = shell::output(git.current_dir(root).args(["log", "-1", "--format=%ct"]))
        .context("outside of git, SOURCE_DATE_EPOCH must say a package's time")?;
    told.trim().parse().context("git tells no time")
}
