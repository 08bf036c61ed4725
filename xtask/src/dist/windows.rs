//! A zip for Windows: the program, its licences, and how it is installed.
//!
//! Step: tooling. The program installs itself as a service, so there is nothing else to be done by
//! a package. Invariant: the same program gives the same bytes: entries have no times.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Makes the zip in the folder `out`, and gives its path.
///
/// # Errors
/// When a file cannot be read or written.
pub(crate) fn make(root: &Path, program: &Path, version: &str, out: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let path = out.join(format!("packhound-{version}-x86_64-windows.zip"));
    let mut zip = ZipWriter::new(File::create(&path)?);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut add = |name: &str, bytes: &[u8]| -> Result<()> {
        zip.start_file(format!("packhound-{version}/{name}"), options)?;
        Ok(zip.write_all(bytes)?)
    };
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        add(
            &format!("{licence}.txt"),
            &text(&read(&root.join(licence))?),
        )?;
    }
    add("README.txt", &text(README.as_bytes()))?;
    add("packhound.exe", &read(program)?)?;
    zip.finish()?;
    Ok(path)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Lines as Windows ends them.
fn text(bytes: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(bytes).replace('\n', "\r\n").into()
}

const README: &str = "Packhound for Windows\n\
\n\
Copy packhound.exe to a folder that only administrators can write to, and let it install itself\n\
from an elevated prompt:\n\
\n\
    mkdir \"C:\\Program Files\\Packhound\"\n\
    copy packhound.exe \"C:\\Program Files\\Packhound\"\n\
    \"C:\\Program Files\\Packhound\\packhound.exe\" service install\n\
    \"C:\\Program Files\\Packhound\\packhound.exe\" service status\n\
\n\
The service starts with the system. Its configuration is C:\\ProgramData\\Packhound\\packhound.toml\n\
(`sc control packhound paramchange` takes over what changed), its findings are in the event log\n\
Application, source Packhound, in the state (`packhound explain`) and at the collector.\n\
`packhound service uninstall` removes it; configuration and state stay.\n";

#[cfg(test)]
mod tests;
