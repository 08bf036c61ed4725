//! Tells findings and keeps them.
//!
//! Step: sink, the last one. [`desk`] draws up the document of a finding, [`outbox`] commits and
//! tells it beside the watching thread, [`teller`] writes it. Everything that the observed host
//! chose passes [`escape`] and [`secrets`] here, and nowhere else does text for people arise.

pub(crate) mod calendar;
mod console;
mod desk;
pub(crate) mod diagnosis;
pub(crate) mod escape;
mod gauges;
pub(crate) mod habits;
mod keeper;
pub(crate) mod ocsf;
mod outbox;
pub(crate) mod pretty;
mod secrets;
mod shelf;
mod stats;
mod tally;
mod teller;
mod title;
pub(crate) mod wording;

pub(crate) use console::Console;
pub(crate) use desk::Desk;
pub(crate) use gauges::Gauges;
pub(crate) use keeper::reconcile;
pub(crate) use ocsf::Converter;
pub(crate) use outbox::{Delivery, Means, Outbox};
pub(crate) use shelf::SNAPSHOT;
pub(crate) use stats::Stats;
pub(crate) use tally::Tally;
pub(crate) use teller::{Teller, look};

/// Writes to standard output; a reader that went away has read enough.
pub(crate) fn print(text: &str) -> std::io::Result<()> {
    use std::io::{ErrorKind, Write as _};
    let mut output = std::io::stdout().lock();
    match output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
    {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}
