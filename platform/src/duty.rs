//! What threads are for, which decides the powers that each keeps.
//!
//! Step: source. Which powers those are is the system's matter ([`crate::host::keep_only`]).

/// What a thread is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Setting the probes for the first time.
    Starting,
    /// Taking records, and setting probes on libraries that appear.
    Watching,
    /// Opening the programs of other processes.
    Reading,
    /// Writing to directories or sockets that belong to another user.
    Writing,
    /// Nothing that needs more than the daemon's own user.
    Own,
}
