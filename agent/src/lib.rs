//! The Packhound daemon: records in, explained findings out.
//!
//! Step: source to sink, wired. It joins the two halves that never see each other: `platform` hands out records, this crate
//! enriches them into events, `correlator` judges, and this crate tells and keeps the findings. The
//! binary beside it only reads its arguments and turns errors into exit codes.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    expect(
        clippy::needless_raw_string_hashes,
        clippy::needless_pass_by_value,
        reason = "expect-test writes expectations in this form, and a table of cases hands them on"
    )
)]

pub mod arguments;
mod collect;
mod commands;
pub mod config;
mod counters;
mod enrich;
pub mod exit;
mod host;
mod inspect;
mod merge;
mod metrics;
mod pipeline;
mod prevalence;
mod privileges;
mod pulse;
mod sink;
pub mod spool;
mod state;
mod stream;
pub mod wire;

pub use commands::execute;
