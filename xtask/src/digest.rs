//! Names the state of a set of files by one hash.
//!
//! Step: tooling. A digest depends on the files' relative names and bytes and on nothing else: not
//! on time, order of listing or place of the checkout. Line ends count, as git stores them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

/// The SHA-256 of `bytes`, in hexadecimal.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The SHA-256 over the names (relative to `root`) and contents of `files`, in hexadecimal.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn of_files(root: &Path, files: &[PathBuf]) -> Result<String> {
    let mut named = files
        .iter()
        .map(|path| (crate::workspace::shown(root, path), path))
        .collect::<Vec<_>>();
    named.sort();
    let mut hash = Sha256::new();
    for (name, path) in named {
        let bytes =
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        // The lengths keep one file's end from being taken for the next one's begin.
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name.as_bytes());
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(&bytes);
    }
    Ok(hexadecimal(&hash.finalize()))
}

/// `bytes` in hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}
