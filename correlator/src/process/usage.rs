//! Which producing functions of libraries a process has called.
//!
//! Step: correlate. Bounded per process: beyond the limit a call that encrypts goes before one that
//! compresses, and that before one that archives; the caller counts what went. It judges nothing.

use super::Name;
use crate::event::{Time, UsePurpose};
use crate::evidence::Text;

/// Calls of one function of one library by one process.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Use {
    /// As the catalogue calls it, or as the source does.
    pub(crate) family: Text,
    pub(crate) function: Name,
    pub(crate) library: Option<Name>,
    pub(crate) purpose: UsePurpose,
    pub(crate) uses: u64,
    pub(crate) first: Time,
    /// The output that the latest call that names one names, resolved.
    pub(crate) output: Option<Name>,
    pub(crate) format: Option<Name>,
    pub(crate) level: Option<i32>,
    pub(crate) passphrase: bool,
}

/// Adds what was told of a process's calls to what is known; says whether something had to go.
pub(crate) fn add(known: &mut Vec<Use>, told: Use, limit: usize) -> bool {
    let same = |it: &&mut Use| (&it.function, &it.library) == (&told.function, &told.library);
    if let Some(it) = known.iter_mut().find(same) {
        it.uses = if it.first == told.first {
            it.uses.max(told.uses)
        } else {
            it.uses.saturating_add(told.uses)
        };
        it.first = it.first.min(told.first);
        it.output = told.output.or(it.output.take());
        it.format = told.format.or(it.format.take());
        it.level = told.level.or(it.level);
        it.passphrase |= told.passphrase;
        return false;
    }
    let full = known.len() >= limit.max(1);
    if full {
        let least = known
            .iter()
            .enumerate()
            .min_by_key(|(_, it)| (it.passphrase, worth(it.purpose), it.first));
        let at = least.map_or(0, |(at, _)| at);
        known.remove(at);
    }
    known.push(told);
    full
}

/// Which calls are kept longest.
fn worth(purpose: UsePurpose) -> u8 {
    match purpose {
        UsePurpose::Encrypt => 0,
        UsePurpose::Compress => 1,
        UsePurpose::Archive => 2,
    }
}

#[cfg(test)]
mod tests;
