//! Gives up the powers that a thread has no use for any more.
//!
//! Step: source. Windows keeps privileges per process, not per thread; nothing is given up yet.

use std::io;

use crate::duty::Duty;

/// Lets the calling thread keep only what `duty` needs: all of it, here.
///
/// # Errors
/// None on Windows.
pub fn keep_only(_duty: Duty) -> io::Result<()> {
    Ok(())
}
