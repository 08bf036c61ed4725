//! `cargo xtask bpf`: makes the probe object that is checked in, or checks that it is fresh.
//!
//! Step: tooling for the probe. The object and its manifest change together, and the manifest says
//! from which sources and with which tools the object was made; so users need stable Rust only.
//! The check compares hashes and needs no toolchain.

pub(crate) mod budget;
mod chains;
mod manifest;
mod object;
mod toolchain;
pub(crate) mod wrapper;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{digest, shell, workspace};

pub(crate) use manifest::{Manifest, stale};

/// Rebuild the probe object, or check that it is fresh.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only compare hashes; fail when the object is stale.
    #[arg(long)]
    check: bool,
    /// Tell each program's instructions and each map's place in the object.
    #[arg(long)]
    stats: bool,
}

/// Runs the command.
///
/// # Errors
/// When the object is stale (with `--check`), or cannot be built.
pub(crate) fn run(options: &Options) -> Result<()> {
    let root = workspace::root()?;
    if options.check {
        if let Some(reason) = stale(&root)? {
            bail!("{OBJECT} is stale: {reason}; run `cargo xtask bpf` and commit both files");
        }
        shell::step(&format!("{OBJECT} is fresh"));
    } else {
        build(&root)?;
    }
    if options.stats {
        let bytes = std::fs::read(root.join(OBJECT)).with_context(|| format!("no {OBJECT}"))?;
        print!("{}", object::describe(&bytes)?);
        println!("\n{}", budget::table(&chains::programs(&bytes)?));
        let exceeded = budget::exceeded(&root)?;
        if !exceeded.is_empty() {
            bail!("more than their budget:\n{}", exceeded.join("\n"));
        }
    }
    Ok(())
}

/// Builds the object from its sources and writes it with its manifest.
fn build(root: &Path) -> Result<()> {
    let folder = root.join("probes-ebpf");
    if !folder.join("Cargo.toml").is_file() {
        bail!("probes-ebpf/Cargo.toml is not there");
    }
    let toolchain = toolchain::ensure()?;
    shell::step(&format!("building the probes with {}", toolchain.versions));
    let target = workspace::target(root).join("probes");
    let mut cargo = toolchain.cargo();
    cargo
        .current_dir(&folder)
        .args(["build", "--release", "--bin", PACKAGE])
        .args(["--target", TARGET])
        .arg("--target-dir")
        .arg(&target)
        .env(
            "CARGO_TARGET_BPFEL_UNKNOWN_NONE_LINKER",
            &toolchain.bpf_linker,
        )
        .env(
            "CARGO_ENCODED_RUSTFLAGS",
            flags(root, &target)?.join("\u{1f}"),
        );
    forget_host_settings(&mut cargo);
    cargo
        .env("RUSTC_WRAPPER", std::env::current_exe()?)
        .env(wrapper::VARIABLE, "1");
    shell::run(&mut cargo)?;
    // The lock file may have been written by the build, so the sources are hashed after it.
    let bytes = std::fs::read(target.join(TARGET).join("release").join(PACKAGE))
        .context("the build left no object")?;
    let bytes = object::without_debug_sections(&bytes)?;
    let manifest = Manifest {
        sources: manifest::digest_of_sources(root)?,
        object: digest::of_bytes(&bytes),
        toolchain: toolchain.versions.clone(),
    };
    std::fs::write(root.join(OBJECT), &bytes).with_context(|| format!("cannot write {OBJECT}"))?;
    manifest.write(root)?;
    shell::step(&format!(
        "wrote {OBJECT} ({} KiB, sha256 {}…)",
        bytes.len().div_ceil(1024),
        &manifest.object[..12]
    ));
    Ok(())
}

/// What rustc is told: BTF in the object, which the loader needs, and no path of this machine,
/// so that the same toolchain makes the same bytes anywhere.
fn flags(root: &Path, target: &Path) -> Result<Vec<String>> {
    let cargo_home = std::env::var_os("CARGO_HOME").map_or_else(
        || -> Result<PathBuf> {
            let home = std::env::var_os("HOME").context("neither CARGO_HOME nor HOME is set")?;
            Ok(PathBuf::from(home).join(".cargo"))
        },
        |home| Ok(PathBuf::from(home)),
    )?;
    let remap =
        |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.to_string_lossy());
    Ok(vec![
        "-Cdebuginfo=2".to_owned(),
        "-Clink-arg=--btf".to_owned(),
        // aya-ebpf would otherwise take the architecture of the building machine.
        "--cfg=bpf_target_arch=\"x86_64\"".to_owned(),
        remap(target, "/target"),
        remap(&cargo_home, "/cargo"),
        remap(root, "/packhound"),
    ])
}

/// Cargo passes its own settings to what it runs; those of the host build would change this one.
fn forget_host_settings(cargo: &mut Command) {
    for name in [
        "RUSTFLAGS",
        "RUSTUP_TOOLCHAIN",
        "CARGO_BUILD_TARGET",
        "CARGO_TARGET_DIR",
        "CARGO_INCREMENTAL",
        "CARGO_BUILD_RUSTFLAGS",
        "RUSTC_WORKSPACE_WRAPPER",
    ] {
        cargo.env_remove(name);
    }
}

/// The checked-in object.
pub(crate) const OBJECT: &str = "probes-ebpf/packhound-probes.o";

const PACKAGE: &str = "packhound-probes";
const TARGET: &str = "bpfel-unknown-none";
