//! A process that ran before anybody listened, and what the system says of its arguments.
//!
//! Step: source. Messages tell only what happens from now on; what runs already is listed once.

/// A process that runs already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Running {
    /// Its number.
    pub pid: u32,
    /// Who started it; 0 where nobody did.
    pub parent: u32,
    /// When it started, in nanoseconds since 1970, in whole microseconds; 0 where that is not known.
    pub start: u64,
    /// Version of its number ([`super::Token`]); none where the system does not tell.
    pub version: Option<u32>,
    /// Effective user.
    pub effective_user: u32,
    /// Real user.
    pub real_user: u32,
    /// Effective group.
    pub effective_group: u32,
    /// Real group.
    pub real_group: u32,
    /// Its session, where it can be asked.
    pub session: Option<u32>,
    /// Its terminal's device number; 0 where it has none.
    pub terminal: u32,
    /// Its program.
    pub path: Option<Vec<u8>>,
    /// The program's device and number.
    pub file: Option<(u64, u64)>,
    /// Its arguments, each ended by a zero.
    pub arguments: Vec<u8>,
}

/// The arguments in what the system tells of a process (`KERN_PROCARGS2`), each ended by a zero:
/// their number, the program's path, zeros, the arguments, and the environment, which is not taken.
#[must_use]
pub fn arguments(told: &[u8]) -> Option<Vec<u8>> {
    let (count, rest) = told.split_first_chunk()?;
    let count = usize::try_from(i32::from_le_bytes(*count)).ok()?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    let begin = rest[end..].iter().position(|byte| *byte != 0);
    let mut rest = &rest[end + begin.unwrap_or(rest.len() - end)..];
    let mut arguments = Vec::new();
    for _ in 0..count {
        let length = rest.iter().position(|byte| *byte == 0)?;
        let (argument, others) = rest.split_at(length + 1);
        arguments.extend_from_slice(argument);
        rest = others;
    }
    Some(arguments)
}

/// Puts those that others have started behind those, and forgets parents that cannot be: a number
/// may belong to a younger process by now.
pub fn order(running: &mut [Running]) {
    running.sort_by_key(|process| process.start);
    let starts: std::collections::HashMap<u32, u64> = running
        .iter()
        .map(|process| (process.pid, process.start))
        .collect();
    for process in running {
        let parent = starts.get(&process.parent);
        if parent.is_none_or(|start| *start > process.start) {
            process.parent = 0;
        }
    }
}

#[cfg(test)]
mod tests;
