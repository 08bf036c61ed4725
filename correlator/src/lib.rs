//! Turns enriched observations into findings: somebody is packing data to carry it out.
//!
//! Step: correlate. [`Correlator::step`] is a function of its state, an event and the time: no
//! clock, thread, lock, I/O or log; memory is bounded by `limits`. Facts about utilities, formats,
//! libraries and places are data in `catalogue/*.toml`; weights are one table in `score`.
//! Depends on no other crate of the workspace.
#![forbid(unsafe_code)]

mod activity;
mod analytic;
mod baseline;
mod catalogue;
pub mod command;
pub mod content;
mod correlator;
mod event;
mod evidence;
mod finding;
mod fleet;
mod gathering;
mod glob;
mod inside;
mod knobs;
mod limits;
mod maker;
mod path;
mod policy;
mod process;
mod score;
mod snapshot;

pub use baseline::{Habit, Work};
pub use catalogue::{
    Benign, Catalogue, CatalogueError, Code, Contexts, Exploration, Family, Format, Interpreter,
    Library, Lineage, Place, Position, Rank, Reader, Sensitive, Utility,
};
pub use correlator::Correlator;
pub use event::{
    Answered, CodeInside, Content, Detail, Event, Exit, FileKey, FileWritten, Flow, LibraryUse,
    LinkedCode, Lost, ProcessKey, ProcessStart, Script, Time, UsePurpose,
};
pub use evidence::{Evidence, Purpose, Text};
pub use finding::{
    Analytic, FileSummary, Finding, FindingUid, Gaps, ProcessSummary, Severity, Source, Technique,
    Weighed,
};
pub use fleet::{Pattern, Prevalence};
pub use knobs::{
    Allowance, AllowanceError, AllowanceParts, Knobs, System, UserContext, UserThreshold,
};
pub use limits::{Evictions, Limits, Usage};
pub use maker::{Behind, Maker};
pub use process::is_installed;
pub use snapshot::SnapshotError;
