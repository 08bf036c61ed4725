//! Whether a program may be run as a service of the system.
//!
//! Step: source, beside it. Whoever can change the program, or a directory on the way to it, can
//! do what the service can; so only root may be able to.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::ServiceError;

/// The program's path as a unit says it.
pub(super) fn checked(program: &Path) -> Result<String, ServiceError> {
    let whole = fs::canonicalize(program)
        .map_err(ServiceError::io(format!("finding {}", program.display())))?;
    let text = whole.to_string_lossy().into_owned();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._+-".contains(c);
    if !text.chars().all(plain) {
        return Err(ServiceError::Program(format!(
            "{text}: a unit cannot name this path as it is; {INSTEAD}"
        )));
    }
    for part in whole.ancestors() {
        let about = fs::metadata(part)
            .map_err(ServiceError::io(format!("looking at {}", part.display())))?;
        if let Some(why) = unsafe_because(about.uid(), about.mode()) {
            return Err(ServiceError::Program(format!(
                "{} {why}, so others could change what the service runs as root; {INSTEAD}",
                part.display()
            )));
        }
    }
    Ok(text)
}

/// Why a file or directory on the way is not safe, if it is not.
fn unsafe_because(owner: u32, mode: u32) -> Option<&'static str> {
    if owner != 0 {
        return Some("does not belong to root");
    }
    (mode & WRITABLE_BY_OTHERS != 0).then_some("can be written by others than root")
}

const WRITABLE_BY_OTHERS: u32 = 0o022;

const INSTEAD: &str = "put it into a place of root's and install from there: `install -m 755 \
     packhound /usr/local/bin/ && /usr/local/bin/packhound service install`";

#[cfg(test)]
mod tests;
