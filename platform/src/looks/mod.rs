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

pub use completing::{About, Sample, Seen};
pub use looker::Looker;
pub use outgoing::{LONGEST, Look, Ticket, Want};
pub(crate) use outgoing::{Looking, Outgoing};
