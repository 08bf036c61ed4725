//! Asks launchd through its own program.
//!
//! Step: source, beside it. Every refusal is an error that holds what was asked and what was said.

use std::process::{Command, Stdio};

use crate::service::ServiceError;

/// Has launchd do something, and gives what it told.
pub(super) fn output(arguments: &[&str]) -> Result<String, ServiceError> {
    let output = Command::new("/bin/launchctl")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(ServiceError::io("starting launchctl"))?;
    if !output.status.success() {
        return Err(ServiceError::Refused {
            asked: format!("launchctl {}", arguments.join(" ")),
            said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            more: "log show --last 5m --predicate 'process == \"launchd\"'",
        });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
