//! The rule that the record format, its document and its golden bytes change together.
//!
//! Step: tooling. The last line of FORMAT.md names the hash of the crate's sources and of the
//! golden bytes; whoever changes either must touch the document, if only to bless the hash.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::{Complaint, Tree};
use crate::digest;

/// Complains when the recorded hash is not that of the sources.
pub(crate) fn check(tree: &Tree) -> Vec<Complaint> {
    let Some(document) = tree.file(DOCUMENT) else {
        let text = "the record format has no document";
        return vec![Complaint::new("format-hash", DOCUMENT, 0, text)];
    };
    let expected = hash(tree.files.iter().map(|file| (&*file.path, &*file.text)));
    if recorded(&document.text) == Some(&expected) {
        return Vec::new();
    }
    let text = "the record format's sources or golden bytes changed: change this document and the \
                golden bytes in the same commit, then run `cargo xtask tidy --bless`";
    let line = document.text.lines().count();
    vec![Complaint::new("format-hash", DOCUMENT, line, text)]
}

/// Records the hash of the sources as they are.
///
/// # Errors
/// When the document or a source cannot be read, or the document cannot be written.
pub(crate) fn bless(root: &Path) -> Result<()> {
    let tree = super::read(root)?;
    let expected = hash(tree.files.iter().map(|file| (&*file.path, &*file.text)));
    let document = tree.file(DOCUMENT).context("FORMAT.md is not there")?;
    let kept = document
        .text
        .lines()
        .filter(|line| !line.starts_with(LABEL))
        .collect::<Vec<_>>()
        .join("\n");
    let text = format!("{}\n\n{LABEL}`{expected}`.\n", kept.trim_end());
    std::fs::write(root.join(DOCUMENT), text).with_context(|| format!("cannot write {DOCUMENT}"))
}

/// The hash that a document records.
fn recorded(document: &str) -> Option<&str> {
    let line = document.lines().last()?.strip_prefix(LABEL)?;
    Some(line.trim_matches(|c| c == '`' || c == '.'))
}

/// The hash of those among `files` that define the format.
fn hash<'t>(files: impl Iterator<Item = (&'t str, &'t str)>) -> String {
    let mut parts = files
        .filter(|(path, _)| {
            path.starts_with("platform/ring-abi/src/")
                || path.starts_with("platform/ring-abi/tests/golden")
        })
        .map(|(path, text)| format!("{path} {}", digest::of_bytes(text.as_bytes())))
        .collect::<Vec<_>>();
    parts.sort();
    digest::of_bytes(parts.join("\n").as_bytes())
}

const DOCUMENT: &str = "platform/ring-abi/FORMAT.md";
const LABEL: &str = "Hash of the sources and golden bytes that this document describes: ";

#[cfg(test)]
mod tests;
