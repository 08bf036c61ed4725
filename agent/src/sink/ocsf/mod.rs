//! Findings as OCSF Detection Findings (class 2004).
//!
//! Step: sink. [`Document`] is the whole of what is told and kept of a finding: the JSON line is
//! its serialisation, and the text for people is rendered from it, so that `explain` shows of a
//! kept finding exactly what was told. Invariant: a document holds no secret unless the operator
//! asked for secrets, and every byte of a path or argument can be had back from it.

mod attack;
mod code;
mod convert;
mod document;
mod maker;

pub(crate) use convert::Converter;
pub(crate) use document::{Document, Participant, Process};

#[cfg(test)]
pub(crate) mod tests;
