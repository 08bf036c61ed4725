//! Captures on disk, each readable as a source.
//!
//! Step: source. The ring file is Packhound's own and is read as it is asked for; those of other
//! makers are read whole, since their events lie in any order. Every reader works on every host.

mod eslogger;
mod etl;
mod evtx;
mod gathered;
mod json;
mod open;
mod quoted;
mod ring_file;
mod sysmon_json;

pub(crate) use eslogger::Lines;
pub use eslogger::{message as eslogger_message, read as read_eslogger};
pub use etl::read as read_etl;
pub use evtx::read as read_evtx;
pub use gathered::Gathered;
pub use open::{Format, open};
pub use ring_file::{RingFileReader, RingFileWriter};
pub use sysmon_json::read as read_sysmon_json;

#[cfg(test)]
mod tests;
