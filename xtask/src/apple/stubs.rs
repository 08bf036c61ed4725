//! Stubs of the system's libraries: lists of the symbols that the program takes from each.
//!
//! Step: tooling. Zig brings the list of macOS' C library; of the others, only what the program's
//! own dependencies declare is listed in `stubs.toml`. A dependency that takes something new does
//! not link until the list has it. The folder is named after its content and appears whole.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use toml::{Table, Value};

use crate::{digest, workspace};

/// The folder of the stubs, written where it is not there.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn ensure() -> Result<PathBuf> {
    let cache = workspace::cache()?;
    let place = cache.join(format!(
        "apple-stubs-{}",
        &digest::of_bytes(LIST.as_bytes())[..12]
    ));
    if place.is_dir() {
        return Ok(place);
    }
    std::fs::create_dir_all(&cache)?;
    let early = tempfile::Builder::new()
        .prefix("apple-stubs-")
        .tempdir_in(&cache)?;
    for stub in stubs(LIST)? {
        let path = early.path().join(&stub.place);
        let folder = path.parent().context("a stub has a folder")?;
        std::fs::create_dir_all(folder)?;
        std::fs::write(&path, stub.text).with_context(|| format!("writing {}", path.display()))?;
    }
    let early = early.keep();
    if let Err(error) = std::fs::rename(&early, &place) {
        // Somebody else may have been quicker.
        let _ = std::fs::remove_dir_all(&early);
        if !place.is_dir() {
            return Err(error).with_context(|| format!("making {}", place.display()));
        }
    }
    Ok(place)
}

/// A stub.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stub {
    /// Where it is in the folder.
    place: String,
    text: String,
}

fn stubs(list: &str) -> Result<Vec<Stub>> {
    let table: Table = list.parse()?;
    table
        .iter()
        .map(|(name, symbols)| {
            let symbols = symbols
                .as_array()
                .context("a library has a list of symbols")?;
            let symbols: Option<Vec<&str>> = symbols.iter().map(Value::as_str).collect();
            Ok(stub(name, &symbols.context("a symbol is a text")?))
        })
        .collect()
}

/// The stub of a library below `/usr/lib`, or of a framework with the version that it is installed
/// as (`Name.framework/Versions/A`): the program names it so when it starts.
fn stub(name: &str, symbols: &[&str]) -> Stub {
    let (place, installed) = if let Some((framework, _)) = name.split_once(".framework/") {
        (
            format!("System/Library/Frameworks/{framework}.framework/{framework}.tbd"),
            format!("/System/Library/Frameworks/{name}/{framework}"),
        )
    } else {
        let file = name.split('.').next().unwrap_or(name);
        (format!("{file}.tbd"), format!("/usr/lib/{name}.dylib"))
    };
    let mut text = format!(
        "--- !tapi-tbd\ntbd-version: 4\ntargets: [ x86_64-macos, arm64-macos ]\n\
         install-name: '{installed}'\nexports:\n  - targets: [ x86_64-macos, arm64-macos ]\n\
         \x20   symbols: ["
    );
    for (at, symbol) in symbols.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // In C every name has this before it.
        let _ = write!(text, "{comma} _{symbol}");
    }
    text.push_str(" ]\n...\n");
    Stub { place, text }
}

const LIST: &str = include_str!("stubs.toml");

#[cfg(test)]
mod tests;
