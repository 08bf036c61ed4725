//! Captures on disk, each readable as a source.
//!
//! Step: source. The ring file is Packhound's own; readers of other systems' captures (ETL, EVTX,
//! Sysmon JSON, eslogger) have their place beside it.

mod ring_file;

pub use ring_file::{RingFileReader, RingFileWriter};
