//! What the collector tells of itself.
//!
//! Step: sink, at the other end of the stream. Everything is read where it is counted, when somebody
//! asks. Agents are told apart in the log, not here: a label for each would make as many series as
//! there are hosts.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::page::About;
use super::{Page, Report};
use crate::collect::{Counters, ENDINGS};

/// Where the collector's counters are.
pub(crate) struct CollectorReport {
    /// What it counts.
    pub(crate) counters: Arc<Counters>,
}

impl Report for CollectorReport {
    fn report(&self, page: &mut Page<'_>) -> fmt::Result {
        let counters = &*self.counters;
        connections(page, counters)?;
        items(page, counters)?;
        disk(page, counters)
    }
}

fn connections(page: &mut Page<'_>, counters: &Counters) -> fmt::Result {
    page.gauge(
        About("connections", "Agents that are connected"),
        read(&counters.connected),
    )?;
    page.counter(
        About("connections_accepted", "Connections that were taken"),
        read(&counters.accepted),
    )?;
    let endings = ENDINGS.into_iter().zip(&counters.endings);
    page.counters(
        About(
            "connections_ended",
            "Connections that were refused or ended with an error",
        ),
        ["reason"],
        endings.map(|(reason, count)| ([reason], read(count))),
    )?;
    page.bytes_counter(
        About("received", "Bytes of frames that agents sent"),
        read(&counters.received),
    )
}

fn items(page: &mut Page<'_>, counters: &Counters) -> fmt::Result {
    page.counters(
        About("items", "Items written"),
        ["kind"],
        [
            (["finding"], read(&counters.findings)),
            (["record"], read(&counters.records)),
            (["loss"], read(&counters.losses)),
        ],
    )?;
    for (name, help, count) in [
        (
            "items_repeated",
            "Items that had been written before, and were not written again",
            &counters.repeated,
        ),
        (
            "items_missing",
            "Items that never came, by the gaps in their sequences",
            &counters.missing,
        ),
        (
            "records_undecodable",
            "Records of a kind or version that this program does not know; they are kept as bytes",
            &counters.undecodable,
        ),
        ("batches", "Batches taken from agents", &counters.batches),
        (
            "batches_acknowledged",
            "Batches that are on disk and acknowledged",
            &counters.acknowledged,
        ),
    ] {
        page.counter(About(name, help), read(count))?;
    }
    page.gauge(
        About("positions", "Lanes of agents' epochs that are remembered"),
        read(&counters.positions),
    )
}

fn disk(page: &mut Page<'_>, counters: &Counters) -> fmt::Result {
    page.bytes_counters(
        About("written", "Bytes written, before compression"),
        ["what"],
        [
            (["findings"], read(&counters.finding_bytes)),
            (["telemetry"], read(&counters.record_bytes)),
        ],
    )?;
    page.counters(
        About("failures", "Attempts that failed and are made again"),
        ["of"],
        [
            (["writing"], read(&counters.write_failures)),
            (["closing_files"], read(&counters.close_failures)),
        ],
    )?;
    page.gauge(
        About(
            "failing",
            "1 while nothing can be written and nothing is acknowledged",
        ),
        read(&counters.failing),
    )?;
    page.gauge(
        About(
            "journals",
            "Journals of telemetry that wait to become tables",
        ),
        read(&counters.journals),
    )?;
    page.counter(
        About("journals_tabled", "Journals that became tables"),
        read(&counters.tabled),
    )
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
