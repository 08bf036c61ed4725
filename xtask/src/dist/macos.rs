//! A zip for macOS: the bundle, and what it takes to make a signed and notarised package of it.
//!
//! Step: tooling. Signing takes a Mac, identities and an entitlement that Apple gives, all of which
//! are the operator's; what is done with them is a script in the zip. Invariant: the same program
//! gives the same bytes: entries have no times, and stand in one order.

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
pub(crate) fn make(
    root: &Path,
    program: &Path,
    target: &str,
    version: &str,
    out: &Path,
) -> Result<PathBuf> {
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let arch = target.split('-').next().unwrap_or(target);
    let path = out.join(format!("packhound-{version}-{arch}-macos.zip"));
    let mut zip = ZipWriter::new(File::create(&path)?);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    let mut add = |name: &str, mode: u32, bytes: &[u8]| -> Result<()> {
        let options = options.unix_permissions(mode);
        zip.start_file(format!("packhound-{version}/{name}"), options)?;
        Ok(zip.write_all(bytes)?)
    };
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        add(licence, 0o644, &read(&root.join(licence))?)?;
    }
    let information = INFORMATION.replace("VERSION", version);
    add(
        "Packhound.app/Contents/Info.plist",
        0o644,
        information.as_bytes(),
    )?;
    add(
        "Packhound.app/Contents/MacOS/packhound",
        0o755,
        &read(program)?,
    )?;
    add("README.txt", 0o644, README.as_bytes())?;
    add(
        "com.packhound.agent.plist",
        0o644,
        &read(&root.join(SERVICE))?,
    )?;
    add("entitlements.plist", 0o644, ENTITLEMENTS.as_bytes())?;
    add("make-pkg", 0o755, MAKE.as_bytes())?;
    add("scripts/postinstall", 0o755, AFTER.as_bytes())?;
    add("scripts/preinstall", 0o755, BEFORE.as_bytes())?;
    zip.finish()?;
    Ok(path)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

const INFORMATION: &str = include_str!("macos/Info.plist");
const ENTITLEMENTS: &str = include_str!("macos/entitlements.plist");
const MAKE: &str = include_str!("macos/make-pkg");
const BEFORE: &str = include_str!("macos/preinstall");
const AFTER: &str = include_str!("macos/postinstall");

/// What launchd is told of a packaged program; the program itself is built with the same.
const SERVICE: &str = "platform/src/service/launchd/com.packhound.agent.plist";

const README: &str = "Packhound for macOS 13 and later\n\
\n\
The program in this bundle is not signed. EndpointSecurity takes only programs that are signed with\n\
an entitlement that Apple gives on request (com.apple.developer.endpoint-security.client). With it,\n\
make-pkg signs the bundle, makes a package and has it notarised; it says at its beginning what it\n\
takes. Installed, the agent needs Full Disk Access: in System Settings, or by a profile of the\n\
device's management (SystemPolicyAllFiles for com.packhound.agent). Then:\n\
\n\
    sudo /Library/Packhound/Packhound.app/Contents/MacOS/packhound doctor\n\
    sudo /Library/Packhound/Packhound.app/Contents/MacOS/packhound service status\n\
    log stream --predicate 'subsystem == \"com.packhound.agent\"'\n\
\n\
Without the entitlement the same program takes the messages of the system's own eslogger, which\n\
runs as root in a terminal that has Full Disk Access:\n\
\n\
    sudo eslogger exec fork exit mmap open create close write rename unlink link clone copyfile \\\n\
        truncate | sudo ./packhound run --from eslogger\n\
\n\
The configuration is /Library/Application Support/Packhound/packhound.toml. `packhound service\n\
uninstall` removes the service; configuration and state stay.\n";

#[cfg(test)]
mod tests;
