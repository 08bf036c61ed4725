//! Finds a compiler that can build for the kernel's virtual machine, or installs one.
//!
//! Step: tooling for the probe. Two ways are known: rustup's nightly with rust-src, which builds
//! `core` itself, and Debian's rustc-web, which brings `core` built. What is already there is
//! taken before anything is installed; bpf-linker goes into our own cache, never into the user's
//! cargo folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{shell, workspace};

/// A toolchain that is ready to use.
#[derive(Debug)]
pub(crate) struct Toolchain {
    way: Way,
    /// The linker.
    pub(crate) bpf_linker: PathBuf,
    /// Names and versions of what makes the object.
    pub(crate) versions: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// rustup's nightly with rust-src.
    Nightly,
    /// Debian's rustc-web with its prebuilt `core`.
    Debian,
}

impl Toolchain {
    /// The cargo of this toolchain, with the environment it needs.
    pub(crate) fn cargo(&self) -> Command {
        match self.way {
            Way::Nightly => {
                let mut cargo = Command::new("cargo");
                cargo.args(["+nightly", "-Zbuild-std=core"]);
                // Cargo points these at the toolchain that runs this program.
                cargo.env_remove("RUSTC").env_remove("CARGO");
                cargo
            }
            Way::Debian => {
                let mut cargo = Command::new(DEBIAN_CARGO);
                // rustup's rustc would be taken from the search path otherwise.
                cargo.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
                cargo
            }
        }
    }
}

/// The toolchain of this machine; installs what is missing where that is possible.
///
/// # Errors
/// When there is none and none can be installed; the error says what to do by hand.
pub(crate) fn ensure() -> Result<Toolchain> {
    let way = match ready() {
        Some(way) => way,
        None => install_compiler()?,
    };
    let bpf_linker = linker(way)?;
    let compiler = match way {
        Way::Nightly => shell::output(Command::new("rustc").args(["+nightly", "--version"]))?,
        Way::Debian => shell::output(Command::new(DEBIAN_RUSTC).arg("--version"))?,
    };
    let linker = shell::output(Command::new(&bpf_linker).arg("--version"))?;
    let origin = match way {
        Way::Nightly => "rustup nightly",
        Way::Debian => "Debian",
    };
    let versions = format!("{}, {origin}; {}", compiler.trim(), linker.trim());
    Ok(Toolchain {
        way,
        bpf_linker,
        versions,
    })
}

/// The way that works without installing a compiler.
fn ready() -> Option<Way> {
    if has_nightly_sources() {
        return Some(Way::Nightly);
    }
    has_debian_core().then_some(Way::Debian)
}

fn has_nightly_sources() -> bool {
    shell::find("rustup").is_some()
        && shell::output(Command::new("rustc").args(["+nightly", "--print", "sysroot"])).is_ok_and(
            |sysroot| {
                Path::new(sysroot.trim())
                    .join("lib/rustlib/src/rust/library/core")
                    .is_dir()
            },
        )
}

fn has_debian_core() -> bool {
    Path::new(DEBIAN_RUSTC).is_file()
        && Path::new(DEBIAN_CARGO).is_file()
        && Path::new("/usr/lib/rustlib/bpfel-unknown-none").is_dir()
}

/// Installs the compiler of whichever way this machine offers.
fn install_compiler() -> Result<Way> {
    if Path::new("/etc/debian_version").is_file() && debian_offers_it() {
        shell::step("installing Debian's Rust for the kernel's virtual machine");
        let mut apt = shell::as_root(Path::new("apt-get"))?;
        shell::run(apt.args(["install", "--yes"]).args(DEBIAN_PACKAGES))?;
        if has_debian_core() {
            return Ok(Way::Debian);
        }
    }
    if shell::find("rustup").is_some() {
        shell::step("installing rustup's nightly with rust-src");
        let installed = shell::run(
            Command::new("rustup")
                .args(["toolchain", "install", "nightly", "--profile", "minimal"])
                .args(["--component", "rust-src"]),
        );
        if installed.is_ok() && has_nightly_sources() {
            return Ok(Way::Nightly);
        }
    }
    bail!(
        "no compiler for the probes, and none could be installed. Either\n\
         \x20 rustup toolchain install nightly --component rust-src\n\
         or, on Debian,\n\
         \x20 apt-get install {}",
        DEBIAN_PACKAGES.join(" ")
    )
}

fn debian_offers_it() -> bool {
    shell::output(Command::new("apt-cache").args(["policy", "rustc-web"]))
        .is_ok_and(|policy| policy.contains("Candidate:") && !policy.contains("Candidate: (none)"))
}

/// The linker of the way: on the search path, in our cache, or built into it now.
fn linker(way: Way) -> Result<PathBuf> {
    // The linker must read the bitcode of its compiler's LLVM, so each way has its own.
    let folder = match way {
        Way::Nightly => workspace::cache()?.join("bpf-linker-nightly"),
        Way::Debian => workspace::cache()?.join("bpf-linker"),
    };
    let cached = folder.join("bin/bpf-linker");
    if cached.is_file() {
        return Ok(cached);
    }
    if way == Way::Nightly
        && let Some(found) = shell::find("bpf-linker")
    {
        return Ok(found);
    }
    shell::step(&format!("building bpf-linker into {}", folder.display()));
    let mut cargo = Command::new("cargo");
    cargo
        .args(["install", "bpf-linker", "--locked", "--root"])
        .arg(&folder);
    match way {
        Way::Nightly => {
            cargo.arg("--version").arg(LINKER_VERSION);
        }
        Way::Debian => {
            let mut path = vec![PathBuf::from(DEBIAN_LLVM).join("bin")];
            path.extend(std::env::split_paths(
                &std::env::var_os("PATH").unwrap_or_default(),
            ));
            cargo
                .env("LLVM_PREFIX", DEBIAN_LLVM)
                .env("PATH", std::env::join_paths(path)?)
                .args(["--version", LINKER_VERSION])
                .args(["--no-default-features", "--features", "llvm-22"]);
        }
    }
    shell::run(cargo.env_remove("CARGO_TARGET_DIR"))?;
    cached
        .is_file()
        .then_some(cached)
        .context("cargo install left no bpf-linker")
}

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_LLVM: &str = "/usr/lib/llvm-22";
const DEBIAN_PACKAGES: [&str; 8] = [
    "rustc-web",
    "cargo-web",
    "libstd-rust-web-dev-bpf",
    "rust-web-src",
    "llvm-22-dev",
    "libpolly-22-dev",
    "zlib1g-dev",
    "libzstd-dev",
];
const LINKER_VERSION: &str = "0.13.0";
