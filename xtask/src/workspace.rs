//! Where the project's files are.
//!
//! Step: tooling. Paths are absolute on disk and relative with forward slashes in messages and
//! digests, so that both read the same on every machine. It creates nothing.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The root of the workspace that this program was built from.
///
/// # Errors
/// When the sources are no longer where they were at build time.
pub(crate) fn root() -> Result<PathBuf> {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = manifest
        .parent()
        .context("the folder xtask has no parent")?
        .to_path_buf();
    anyhow::ensure!(
        root.join("Cargo.toml").is_file(),
        "{} holds no Cargo.toml: run this through `cargo xtask` in the project",
        root.display()
    );
    Ok(root)
}

/// A folder for tools that several checkouts may share: `$XDG_CACHE_HOME/packhound`, or
/// `~/.cache/packhound`.
///
/// # Errors
/// When the environment names neither.
pub(crate) fn cache() -> Result<PathBuf> {
    if let Some(cache) = std::env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()) {
        return Ok(PathBuf::from(cache).join("packhound"));
    }
    let home = std::env::var_os("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?;
    Ok(PathBuf::from(home).join(".cache/packhound"))
}

/// Where cargo puts what it builds for the workspace.
pub(crate) fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// Every file below `folder` whose name `wanted` accepts, sorted; missing folders hold none.
///
/// # Errors
/// When a folder that is there cannot be read.
pub(crate) fn files(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        if !folder.is_dir() {
            continue;
        }
        let entries = std::fs::read_dir(&folder)
            .with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let path = entry
                .with_context(|| format!("cannot list {}", folder.display()))?
                .path();
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else if wanted(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// `path` as messages show it: relative to `root`, with forward slashes.
pub(crate) fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/")
}
