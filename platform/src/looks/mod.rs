//! Looks at files and processes, for what events do not carry, and the records that wait for them.
//!
//! Step: source. The same for every system whose kernel calls back: which bytes of a file are taken
//! ([`sampling`]), what becomes of a record ([`completing`]), how records wait in their order
//! ([`Outgoing`]), and the thread that looks ([`Looker`]). What is asked of the system for a look is
//! in the system's folder.

mod completing;
mod looker;
mod outgoing;
pub mod sampling;

use std::time::SystemTime;

pub use completing::{About, Sample, Seen};
pub use looker::Looker;
pub(crate) use outgoing::Looking;
pub use outgoing::{LONGEST, Look, Outgoing, Ticket, Want};

/// The time of day, in nanoseconds since 1970, by which records and looks are compared.
#[must_use]
pub fn wall() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| u64::try_from(now.as_nanos()).unwrap_or(u64::MAX))
}
