//! Builds a standard library from Debian's sources of it, once, into the cache.
//!
//! Step: tooling. Debian ships a compiler that can make code for other systems, and the library's
//! sources, but no library for it. The result is a sysroot that fits only the compiler which built
//! it, so its folder is named after that compiler. It appears under its name when it is whole.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, ensure};

use crate::{digest, packages, shell, workspace};

/// The variable that makes this program stand between cargo and rustc while the library builds.
pub(crate) const VARIABLE: &str = "PACKHOUND_BUILDS_STD";

/// The sysroot with a library for `target`, if it was built.
pub(crate) fn built(target: &str) -> Option<PathBuf> {
    let place = place(target).ok()?;
    place
        .join("lib/rustlib")
        .join(target)
        .is_dir()
        .then_some(place)
}

/// Builds the sysroot with a library for `target`.
///
/// # Errors
/// When Debian's packages cannot be had, or the build fails.
pub(crate) fn build(target: &str) -> Result<PathBuf> {
    packages::install(&PACKAGES)?;
    let place = place(target)?;
    shell::step(&format!(
        "building the standard library for {target}, once (about two minutes)"
    ));
    let folder = workspace::cache()?;
    std::fs::create_dir_all(&folder)?;
    let work = tempfile::Builder::new()
        .prefix("std-")
        .tempdir_in(&folder)?;
    std::fs::create_dir(work.path().join("src"))?;
    std::fs::write(work.path().join("src/lib.rs"), "")?;
    std::fs::write(work.path().join("Cargo.toml"), MANIFEST)?;
    let mut cargo = cargo();
    cargo
        .current_dir(work.path())
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC_WRAPPER", std::env::current_exe()?)
        .env(VARIABLE, "1")
        .env_remove("CARGO_TARGET_DIR")
        .args(["build", "--quiet", "--release", "--target", target])
        .arg("-Zbuild-std=std,panic_unwind,panic_abort,proc_macro,test");
    shell::run(&mut cargo)?;
    let early = tempfile::Builder::new()
        .prefix("sysroot-")
        .tempdir_in(&folder)?;
    let libraries = early.path().join("lib/rustlib").join(target).join("lib");
    std::fs::create_dir_all(&libraries)?;
    let made = work.path().join("target").join(target).join("release/deps");
    for entry in std::fs::read_dir(&made).context("the build left nothing")? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let library = path.extension().is_some_and(|end| end == "rlib");
        if library && !name.contains("stdonly") {
            std::fs::copy(&path, libraries.join(name))?;
        }
    }
    // Build scripts and macros run here, so the sysroot must serve this host, too.
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    std::os::unix::fs::symlink(
        Path::new(RUSTLIB).join(&host),
        early.path().join("lib/rustlib").join(&host),
    )?;
    std::fs::rename(early.keep(), &place)
        .with_context(|| format!("cannot put the library at {}", place.display()))?;
    Ok(place)
}

/// Debian's cargo with Debian's compiler; rustup's stand before them in most search paths.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(CARGO);
    let search = std::env::var_os("PATH").unwrap_or_default();
    let mut path = OsString::from("/usr/bin:");
    path.push(search);
    cargo.env("PATH", path).env("RUSTC", RUSTC);
    for name in ["RUSTUP_TOOLCHAIN", "RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        cargo.env_remove(name);
    }
    cargo
}

/// Acts as the compiler while the library builds: the part that aborts must be built to abort, and
/// all parts must carry what optimization across crates needs.
pub(crate) fn wrap() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(rustc) = arguments.next() else {
        return ExitCode::from(2);
    };
    let arguments: Vec<OsString> = arguments.collect();
    let mut names = arguments
        .windows(2)
        .filter(|pair| pair[0] == "--crate-name");
    let aborts = names.any(|pair| pair[1] == "panic_abort");
    let mut command = Command::new(&rustc);
    command.args(&arguments).args(["-C", "embed-bitcode=yes"]);
    if aborts {
        command.args(["-C", "panic=abort"]);
    }
    match command.status() {
        Ok(status) => ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)),
        Err(error) => {
            shell::fail(&format!("cannot start {}: {error}", rustc.display()));
            ExitCode::FAILURE
        }
    }
}

/// Where the sysroot is or would be.
fn place(target: &str) -> Result<PathBuf> {
    ensure!(Path::new(RUSTC).is_file(), "{RUSTC} is not there");
    let version = shell::output(Command::new(RUSTC).args(["--version", "--verbose"]))?;
    let name = format!(
        "sysroot-{target}-{}",
        &digest::of_bytes(version.as_bytes())[..12]
    );
    Ok(workspace::cache()?.join(name))
}

const RUSTC: &str = "/usr/bin/rustc";
/// Debian's cargo.
pub(crate) const CARGO: &str = "/usr/bin/cargo";

/// Debian's clippy.
pub(crate) const CLIPPY: &str = "/usr/bin/cargo-clippy";

const RUSTLIB: &str = "/usr/lib/rustlib";

/// What must be there, and Debian's packages of it.
const PACKAGES: [(&str, &str); 5] = [
    (RUSTC, "rustc-web"),
    (CARGO, "cargo-web"),
    (CLIPPY, "rust-web-clippy"),
    (
        "/usr/lib/rustlib/src/rust/library/std/Cargo.toml",
        "rust-web-src",
    ),
    ("/usr/bin/lld-22", "lld-22"),
];

/// A package that needs nothing but the library.
const MANIFEST: &str = "[package]\nname = \"stdonly\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
                        [profile.release]\ndebug = false\n[workspace]\n";
