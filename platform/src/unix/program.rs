//! Whether a program may be run as a service of the system.
//!
//! Step: source, beside it. Whoever can change the program, or a directory on the way to it, can
//! do what the service can; so only root may be able to.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::service::ServiceError;

/// What a service manager takes as a program's path.
pub(crate) struct Safe {
    /// Characters beside letters and digits that need no care.
    pub(crate) plain: &'static str,
    /// What to do with a program that is elsewhere.
    pub(crate) instead: &'static str,
}

/// The program's path as the service manager is told it.
///
/// # Errors
/// When the path is not plain, or others than root can change what is there.
pub(crate) fn checked(program: &Path, safe: &Safe) -> Result<String, ServiceError> {
    let Safe { plain, instead } = *safe;
    let whole = fs::canonicalize(program)
        .map_err(ServiceError::io(format!("finding {}", program.display())))?;
    let text = whole.to_string_lossy().into_owned();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || plain.contains(c);
    if !text.chars().all(is_plain) {
        return Err(ServiceError::Program(format!(
            "{text}: the service manager cannot be told this path as it is; {instead}"
        )));
    }
    for part in whole.ancestors() {
        let about = fs::metadata(part)
            .map_err(ServiceError::io(format!("looking at {}", part.display())))?;
        if let Some(why) = unsafe_because(about.uid(), about.mode()) {
            return Err(ServiceError::Program(format!(
                "{} {why}, so others could change what the service runs as root; {instead}",
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

#[cfg(test)]
mod tests;
