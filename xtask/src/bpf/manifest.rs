//! The manifest beside the probe object: what it was made from, and with what.
//!
//! Step: tooling for the probe. The sources are the probes' own and those of the record format,
//! which is compiled into them; nothing else can change the object on the same toolchain.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::{digest, workspace};

/// What the manifest tells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// Digest of the sources.
    pub(crate) sources: String,
    /// SHA-256 of the object.
    pub(crate) object: String,
    /// The tools' names and versions.
    pub(crate) toolchain: String,
}

impl Manifest {
    /// Reads the manifest.
    ///
    /// # Errors
    /// When it is missing or not as [`Manifest::write`] makes it.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(root.join(MANIFEST))
            .with_context(|| format!("cannot read {MANIFEST}"))?;
        let table: toml::Table = text
            .parse()
            .with_context(|| format!("{MANIFEST} is not TOML"))?;
        let value = |key: &str| {
            table
                .get(key)
                .and_then(toml::Value::as_str)
                .map(str::to_owned)
                .with_context(|| format!("{MANIFEST} has no text named {key}"))
        };
        Ok(Self {
            sources: value("sources")?,
            object: value("object")?,
            toolchain: value("toolchain")?,
        })
    }

    /// Writes the manifest.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write(&self, root: &Path) -> Result<()> {
        let text = format!(
            "# Written by `cargo xtask bpf`; checked by `cargo xtask bpf --check`.\n\
             # SHA-256 of probes-ebpf/{{src/**,Cargo.toml,Cargo.lock}} and platform/ring-abi's code.\n\
             sources = \"{}\"\n\
             # SHA-256 of packhound-probes.o.\n\
             object = \"{}\"\n\
             toolchain = \"{}\"\n",
            self.sources, self.object, self.toolchain
        );
        std::fs::write(root.join(MANIFEST), text)
            .with_context(|| format!("cannot write {MANIFEST}"))
    }
}

/// Why the checked-in object does not belong to the sources; `None` when it does.
///
/// # Errors
/// When a source cannot be read.
pub(crate) fn stale(root: &Path) -> Result<Option<String>> {
    let manifest = match Manifest::read(root) {
        Ok(manifest) => manifest,
        Err(error) => return Ok(Some(format!("{error:#}"))),
    };
    let Ok(object) = std::fs::read(root.join(super::OBJECT)) else {
        return Ok(Some("the object is missing".to_owned()));
    };
    if digest::of_bytes(&object) != manifest.object {
        return Ok(Some("the object is not the one of its manifest".to_owned()));
    }
    if digest_of_sources(root)? != manifest.sources {
        return Ok(Some("the sources changed since it was built".to_owned()));
    }
    Ok(None)
}

/// The digest of everything that the object is made from.
///
/// # Errors
/// When a source cannot be read.
pub(crate) fn digest_of_sources(root: &Path) -> Result<String> {
    digest::of_files(root, &sources(root)?)
}

fn sources(root: &Path) -> Result<Vec<PathBuf>> {
    let probes = root.join("probes-ebpf");
    let format = root.join("platform/ring-abi");
    let is_rust = |path: &Path| path.extension().is_some_and(|extension| extension == "rs");
    let mut files = workspace::files(&probes.join("src"), &is_rust)?;
    files.extend(workspace::files(&format.join("src"), &is_rust)?);
    files.push(probes.join("Cargo.toml"));
    files.push(probes.join("Cargo.lock"));
    let build_script = probes.join("build.rs");
    if build_script.is_file() {
        files.push(build_script);
    }
    Ok(files)
}

const MANIFEST: &str = "probes-ebpf/manifest.toml";
