//! Asks systemd through its own program.
//!
//! Step: source, beside it. Every refusal is an error that holds what was asked and what was said.

use std::path::Path;
use std::process::{Command, Stdio};

use super::ServiceError;

/// Fails where systemd does not run the system.
pub(super) fn check() -> Result<(), ServiceError> {
    // sd_booted(3) asks the same.
    if Path::new("/run/systemd/system").is_dir() {
        return Ok(());
    }
    Err(ServiceError::Manager(
        "this system is not run by systemd: have its own service manager run `packhound run`"
            .to_owned(),
    ))
}

/// Has systemd do something.
pub(super) fn run(arguments: &[&str]) -> Result<(), ServiceError> {
    output(arguments).map(drop)
}

/// Has systemd do something, and gives what it told.
pub(super) fn output(arguments: &[&str]) -> Result<String, ServiceError> {
    let asked = arguments.join(" ");
    let output = Command::new("systemctl")
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .map_err(ServiceError::io("starting systemctl"))?;
    if !output.status.success() {
        return Err(ServiceError::Refused {
            asked: format!("systemctl {asked}"),
            said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            more: "journalctl -xe",
        });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
