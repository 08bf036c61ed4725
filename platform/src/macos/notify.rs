//! Tells the service manager about the daemon's state.
//!
//! Step: source. launchd asks for no such word: it sees a process end, and starts it anew.

use std::io;
use std::time::Duration;

/// Tells a state: nobody waits for it.
///
/// # Errors
/// None on macOS.
pub fn notify(_state: &str) -> io::Result<()> {
    Ok(())
}

/// How often at least the service manager wants to hear that all is well; it does not.
#[must_use]
pub fn watchdog() -> Option<Duration> {
    None
}
