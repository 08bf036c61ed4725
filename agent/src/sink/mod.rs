//! Tells findings and keeps them.
//!
//! Step: sink, the last one.

pub(crate) mod calendar;
pub(crate) mod escape;
pub(crate) mod ocsf;
pub(crate) mod pretty;
mod secrets;
mod title;
mod wording;
