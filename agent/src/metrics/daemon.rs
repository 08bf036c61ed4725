//! What the daemon tells of itself.
//!
//! Step: sink. The thread that drains the ring publishes its counters twice a second; everything
//! else is read where it is counted, when somebody asks.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use platform::SourceStats;
use ring_abi::{Kind, LossReason};

use super::page::About;
use super::{Page, Report};
use crate::counters::{Counters, REASONS};
use crate::enrich::{kind_name, reason_name};
use crate::inspect::ScanCounters;
use crate::pipeline::Pipeline;
use crate::sink::{Delivery, Outbox, Tally};
use crate::stream::{Stream, StreamGauge};

/// How many items wait in a queue.
pub(crate) type Depth = (&'static str, Box<dyn Fn() -> usize + Send + Sync>);

/// What the watching thread counted last.
#[derive(Debug, Default)]
pub(crate) struct Published {
    latest: Mutex<(Counters, SourceStats, u64)>,
}

impl Published {
    /// Takes over what was counted so far.
    pub(crate) fn publish(&self, counters: &Counters, source: SourceStats, processes: u64) {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        *latest = (counters.clone(), source, processes);
    }
}

/// Where the daemon's counters are.
pub(crate) struct DaemonReport {
    /// What the watching thread counted.
    published: Arc<Published>,
    /// Findings that were told.
    tally: Arc<Tally>,
    /// What became of all others.
    delivery: Arc<Delivery>,
    /// What became of executables that were to be looked into.
    scans: Option<Arc<ScanCounters>>,
    /// The stream, if there is one, and the bound of its spool.
    stream: Option<(StreamGauge, u64)>,
    queues: Vec<Depth>,
}

impl DaemonReport {
    /// Of these parts of a daemon; `bound` is its spool's.
    pub(crate) fn of(
        pipeline: &mut Pipeline,
        outbox: &Outbox,
        stream: Option<&Stream>,
        bound: u64,
    ) -> Self {
        let (delivery, tally) = outbox.counted();
        let mut queues = outbox.queues();
        queues.extend(stream.map(Stream::queue));
        let inspector = pipeline.inspector();
        Self {
            published: Arc::default(),
            tally,
            delivery,
            scans: inspector.map(|inspector| Arc::clone(inspector.counters())),
            stream: stream.map(|stream| (stream.gauge(), bound)),
            queues,
        }
    }

    /// Where the watching thread puts what it counts.
    pub(crate) fn published(&self) -> Arc<Published> {
        Arc::clone(&self.published)
    }
}

impl Report for DaemonReport {
    fn report(&self, page: &mut Page<'_>) -> fmt::Result {
        {
            let latest = self.published.latest.lock();
            let latest = latest.unwrap_or_else(PoisonError::into_inner);
            let (counters, source, processes) = &*latest;
            records(page, counters)?;
            probes(page, source)?;
            page.gauge(About("processes", "Processes that run"), *processes)?;
        }
        self.findings(page)?;
        let queues = self.queues.iter();
        page.gauges(
            About("queue_items", "Items that wait between two threads"),
            ["queue"],
            queues.map(|(name, depth)| ([*name], depth() as u64)),
        )?;
        if let Some(scans) = &self.scans {
            executables(page, scans)?;
        }
        if let Some((stream, bound)) = &self.stream {
            streamed(page, stream, *bound)?;
        }
        Ok(())
    }
}

impl DaemonReport {
    fn findings(&self, page: &mut Page<'_>) -> fmt::Result {
        let told = self.tally.read();
        page.counters(
            About(
                "findings",
                "Findings and updates told on standard output, by the leading technique",
            ),
            ["technique", "severity", "activity"],
            told,
        )?;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let delivery = &self.delivery;
        page.counters(
            About(
                "findings_untold",
                "Findings that were not told, or not kept",
            ),
            ["reason"],
            [
                (["queue_full"], read(&delivery.dropped)),
                (["output_failed"], read(&delivery.untold)),
                (["state_failed"], read(&delivery.unkept)),
                (["told_before"], read(&delivery.repeated)),
            ],
        )?;
        let help = "Time from a finding's latest event to its line on standard output";
        page.latency(About("finding_latency", help), self.tally.latency())
    }
}

fn records(page: &mut Page<'_>, counters: &Counters) -> fmt::Result {
    let kinds = counters.kinds.iter().enumerate();
    let kinds = kinds.filter_map(|(code, count)| Some(([kind_name(Kind(code as u16))?], *count)));
    page.counters(About("records", "Records decoded"), ["kind"], kinds)?;
    let undecodable = REASONS.iter().zip(counters.undecodable);
    page.counters(
        About(
            "records_undecodable",
            "Bytes from the source that are no record",
        ),
        ["reason"],
        undecodable.map(|(reason, count)| ([*reason], count)),
    )?;
    page.counter(
        About("records_lost", "Records that the source says were lost"),
        counters.lost,
    )?;
    page.counter(
        About("records_left_out", "Records that the throttle left out"),
        counters.left_out,
    )
}

fn probes(page: &mut Page<'_>, source: &SourceStats) -> fmt::Result {
    let named = source.kinds.iter();
    let named: Vec<_> = named
        .filter_map(|kind| Some((kind_name(Kind(kind.kind))?, kind)))
        .collect();
    page.counters(
        About("probe_records_emitted", "Records that the probes made"),
        ["kind"],
        named.iter().map(|(name, kind)| ([*name], kind.emitted)),
    )?;
    page.counters(
        About(
            "probe_records_delivered",
            "Records that came out of the ring",
        ),
        ["kind"],
        named.iter().map(|(name, kind)| ([*name], kind.delivered)),
    )?;
    let dropped = named.iter().flat_map(|(name, kind)| {
        let reasons = kind.dropped.iter();
        reasons.map(|(reason, count)| ([*name, reason_name(LossReason(*reason))], *count))
    });
    page.counters(
        About(
            "probe_records_dropped",
            "Records that the probes had to drop",
        ),
        ["kind", "reason"],
        dropped,
    )?;
    page.counters(
        About("probe_events", "What else the source counts"),
        ["event"],
        source.others.iter().map(|(name, count)| ([*name], *count)),
    )
}

fn executables(page: &mut Page<'_>, scans: &ScanCounters) -> fmt::Result {
    let all = scans.all();
    let files = all.into_iter();
    let files = files.filter(|(name, _)| !SPANS.contains(name));
    page.counters(
        About("executables", "Executables that were to be looked into"),
        ["outcome"],
        files.map(|(name, count)| ([name], count)),
    )?;
    page.bytes_counter(
        About("executables_searched", "Bytes of executables searched"),
        scans.bytes.load(Ordering::Relaxed),
    )
}

fn streamed(page: &mut Page<'_>, stream: &StreamGauge, bound: u64) -> fmt::Result {
    let now = stream.read();
    page.gauge(
        About("stream_connected", "1 while a collector takes the stream"),
        u64::from(stream.is_connected()),
    )?;
    page.counter(
        About(
            "stream_connections",
            "Connections that a collector welcomed",
        ),
        now.welcomed,
    )?;
    page.counter(
        About("stream_items_spooled", "Items that the spool took"),
        now.spooled,
    )?;
    page.counter(
        About("stream_items_sent", "Items sent, repeated ones included"),
        now.sent,
    )?;
    page.counters(
        About(
            "stream_items_lost",
            "Items that were lost on the way into the spool or in it",
        ),
        ["reason"],
        [
            (["evicted_findings"], now.losses.evicted_findings),
            (["evicted_telemetry"], now.losses.evicted_telemetry),
            (["damaged"], now.losses.damaged),
            (["queue_full"], now.losses.overrun),
            (["disk_failed"], now.losses.unwritten),
        ],
    )?;
    page.bytes_gauge(About("spool_size", "Bytes in the spool"), now.waiting)?;
    page.bytes_gauge(About("spool_limit", "Bytes that the spool may have"), bound)
}

/// Counters of executables that count no files.
const SPANS: [&str; 3] = ["bytes", "microseconds", "longest_microseconds"];
