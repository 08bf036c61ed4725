//! Tells the service manager about the daemon's state.
//!
//! Step: source. The daemon runs in a console here, which waits for no such word.

use std::io;
use std::time::Duration;

/// Tells a state.
///
/// # Errors
/// None on Windows.
pub fn notify(_state: &str) -> io::Result<()> {
    Ok(())
}

/// How often at least the service manager wants to hear that all is well; it does not.
#[must_use]
pub fn watchdog() -> Option<Duration> {
    None
}
