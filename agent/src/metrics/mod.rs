//! Counters for those who watch over a fleet, as `OpenMetrics` text at a local endpoint.
//!
//! Step: sink. Nothing listens unless it is asked for. Invariants: whoever asks, however they ask,
//! costs a bounded amount of memory and time and delays neither the ring nor the stream ([`http`]
//! has a thread of its own); every label has a value from a table of the program's own, never one
//! that the observed host or a client chose, so the number of series has a bound.

mod collector;
mod daemon;
mod http;
mod latency;
mod page;

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::registry::Registry;

pub(crate) use collector::CollectorReport;
pub(crate) use daemon::{DaemonReport, Depth, Published};
pub(crate) use http::Server;
pub(crate) use latency::Latency;
pub(crate) use page::Page;

/// Something that tells its counters.
pub(crate) trait Report: Send + Sync + 'static {
    /// Puts all of them on a page.
    fn report(&self, page: &mut Page<'_>) -> fmt::Result;
}

/// A report as the crate that writes `OpenMetrics` wants it.
struct Asked<R>(R);

impl<R> fmt::Debug for Asked<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked")
    }
}

impl<R: Report> Collector for Asked<R> {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.0.report(&mut Page::new(encoder))
    }
}

/// All metrics of a report, ready to be written; their names begin with `prefix`.
pub(crate) fn registry(prefix: &str, report: impl Report) -> Registry {
    let mut registry = Registry::with_prefix(prefix);
    registry.register_collector(Box::new(Asked(report)));
    registry
}
