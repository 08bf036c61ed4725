//! Reads the operator's catalogue files, which add to the built-in facts.
//!
//! Step: none; serves start and reload. It reads text only: what a file may say is the correlator's
//! catalogue loader's business.

use std::fmt;
use std::path::PathBuf;

use super::Catalogue;

/// The `*.toml` files of the directory, by name: (file name, text).
///
/// # Errors
/// When a directory that the configuration names is absent, or a file cannot be read. The default
/// directory may be absent.
pub fn read_overrides(settings: &Catalogue) -> Result<Vec<(String, String)>, OverridesError> {
    let failed = |path: &std::path::Path, source| OverridesError {
        path: path.to_owned(),
        source,
    };
    let directory = &settings.directory;
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if !settings.named && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(failed(directory, error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| failed(directory, error))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let text = std::fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
            files.push((path.display().to_string(), text));
        }
    }
    // The order decides which file has the last word, so it must not be the directory's.
    files.sort();
    Ok(files)
}

/// A catalogue directory or file could not be read.
#[derive(Debug)]
pub struct OverridesError {
    path: PathBuf,
    source: std::io::Error,
}

impl fmt::Display for OverridesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "catalogue {}: {}", self.path.display(), self.source)
    }
}

impl std::error::Error for OverridesError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}
