//! Stands between cargo and rustc while the probes build, and takes the checkout's place out of
//! the crates' identities.
//!
//! Step: tooling for the probe. Cargo derives `-C metadata` of a crate outside its workspace from
//! the crate's absolute path, and rustc hashes that into symbol names; with it, two checkouts of
//! the same sources would make two different objects. Only our own crates are changed: every name
//! occurs once in that build, so the name alone is identity enough.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

/// The variable that makes this program act as the wrapper.
pub(crate) const VARIABLE: &str = "PACKHOUND_WRAPS_RUSTC";

/// Runs rustc as cargo asked for, with path-free metadata.
pub(crate) fn run() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(rustc) = arguments.next() else {
        return ExitCode::from(2);
    };
    let arguments = with_stable_metadata(arguments.collect());
    match Command::new(&rustc).args(arguments).status() {
        Ok(status) => ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)),
        Err(error) => {
            crate::shell::fail(&format!("cannot start {}: {error}", rustc.display()));
            ExitCode::FAILURE
        }
    }
}

/// Replaces the metadata of our own crates by their name.
fn with_stable_metadata(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let name = arguments
        .iter()
        .position(|argument| argument == "--crate-name")
        .and_then(|at| arguments.get(at + 1))
        .map(|name| name.to_string_lossy().into_owned());
    let Some(name) = name.filter(|name| name.starts_with("packhound") || name == "ring_abi") else {
        return arguments;
    };
    for argument in &mut arguments {
        if argument.to_string_lossy().starts_with("metadata=") {
            *argument = format!("metadata={name}").into();
        }
    }
    arguments
}

#[cfg(test)]
mod tests;
