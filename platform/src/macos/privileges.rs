//! Gives up the powers that a thread has no use for any more.
//!
//! Step: source. macOS keeps powers per process, and a client of `EndpointSecurity` must stay root for
//! as long as it lives; nothing is given up.

use std::io;

use crate::duty::Duty;

/// Lets the calling thread keep only what `duty` needs: all of it, here.
///
/// # Errors
/// None on macOS.
pub fn keep_only(_duty: Duty) -> io::Result<()> {
    Ok(())
}
