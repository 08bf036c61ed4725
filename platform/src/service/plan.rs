//! How the daemon is a service of Windows: what the service manager is told.
//!
//! Step: source, beside it. Data, which tests read on every host; [`crate::host::service`] calls
//! the system with it.

use std::time::Duration;

/// What people see.
pub const DISPLAY_NAME: &str = "Packhound";

/// What it is for.
pub const DESCRIPTION: &str = "Watches this host and tells when collected data is packed to be \
                               carried out.";

/// The program's arguments; the last one says that the service manager has started it.
pub const ARGUMENTS: [&str; 2] = ["run", "--service"];

/// How long after each failure it is started anew; the last one holds for all further ones.
pub const RESTARTS: [Duration; 3] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(2),
];

/// After so long without a failure, failures are counted from the beginning.
pub const FORGIVEN: Duration = Duration::from_hours(24);

/// The privileges that the system leaves it, of all those that the system's own user has: to pass
/// through folders, to start sessions of the kernel's own events, and to ask processes of other
/// users who they are.
pub const PRIVILEGES: [&str; 3] = [
    "SeChangeNotifyPrivilege",
    "SeSystemProfilePrivilege",
    "SeDebugPrivilege",
];

/// Texts as the system takes a list of them: each ends with a zero, and the list with another.
#[must_use]
pub fn list(texts: &[&str]) -> Vec<u16> {
    let mut list: Vec<u16> = texts
        .iter()
        .flat_map(|text| text.encode_utf16().chain([0]))
        .collect();
    list.push(0);
    list
}

/// What a state that is told to a service manager means, as systemd has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// It does its work.
    Ready,
    /// It ends.
    Stopping,
}

/// The word in a state; none where there is none that matters.
#[must_use]
pub fn word(state: &str) -> Option<Word> {
    state.lines().find_map(|line| match line {
        "READY=1" => Some(Word::Ready),
        "STOPPING=1" => Some(Word::Stopping),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
