//! Tells the service manager about the daemon's state.
//!
//! Step: source. In a console nobody waits for such a word.

use std::io;
use std::time::Duration;

use super::service;

/// Tells a state.
///
/// # Errors
/// When the service manager does not take it.
pub fn notify(state: &str) -> io::Result<()> {
    service::tell(state)
}

/// How often at least the service manager wants to hear that all is well; it does not.
#[must_use]
pub fn watchdog() -> Option<Duration> {
    None
}
