//! The final counters, as JSON for programs and as a line for people.
//!
//! Step: sink. Everything needed to reconcile a run: what the probes made, what was handed out and
//! dropped, what was read, and what became of every finding.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::sync::atomic::Ordering;

use platform::{KindStats, SourceStats};
use ring_abi::{Kind, LossReason};
use serde::Serialize;

use super::outbox::Delivery;
use crate::counters::{Counters, REASONS};
use crate::enrich::{kind_name, reason_name};
use crate::inspect::ScanCounters;
use crate::stream::Streamed;
use crate::wire::Losses;

/// The counters of a whole run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Stats {
    /// What the source did, by kind.
    source: BTreeMap<String, SourceKind>,
    /// Other counters of the source.
    source_others: BTreeMap<String, u64>,
    /// What was read.
    records: Records,
    /// What became of the findings.
    findings: Findings,
    /// What became of executables that were looked into.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    scans: BTreeMap<&'static str, u64>,
    /// What became of what was streamed; absent where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<Stream>,
    /// Whether `emitted = delivered + dropped` holds for every kind.
    reconciles: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct SourceKind {
    emitted: u64,
    delivered: u64,
    dropped: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Records {
    read: u64,
    undecodable: u64,
    undecodable_by_reason: BTreeMap<&'static str, u64>,
    by_kind: BTreeMap<&'static str, u64>,
    unknown_fields: u64,
    lost: u64,
    left_out: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Findings {
    made: u64,
    dropped: u64,
    repeated: u64,
    kept: u64,
    unkept: u64,
    told: u64,
    untold: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Stream {
    spooled: u64,
    sent: u64,
    welcomed: u64,
    evicted_findings: u64,
    evicted_telemetry: u64,
    damaged: u64,
    overrun: u64,
    unwritten: u64,
    waiting_bytes: u64,
    findings_delivered: bool,
    questions_dropped: u64,
}

impl Stats {
    /// Counters of records.
    pub(crate) fn new(counters: &Counters, source: SourceStats) -> Self {
        let nonzero = |names: &[&'static str], counts: &[u64]| {
            let pairs = names.iter().copied().zip(counts.iter().copied());
            pairs.filter(|(_, count)| *count > 0).collect()
        };
        let kinds: Vec<&'static str> = (0..counters.kinds.len())
            .map(|code| kind_name(Kind(code as u16)).unwrap_or("NONE"))
            .collect();
        Self {
            reconciles: source.kinds.iter().all(reconciles),
            source: source.kinds.into_iter().map(source_kind).collect(),
            source_others: source
                .others
                .into_iter()
                .map(|(name, count)| (name.to_owned(), count))
                .collect(),
            records: Records {
                read: counters.read,
                undecodable: counters.all_undecodable(),
                undecodable_by_reason: nonzero(&REASONS, &counters.undecodable),
                by_kind: nonzero(&kinds, &counters.kinds),
                unknown_fields: counters.unknown_fields,
                lost: counters.lost,
                left_out: counters.left_out,
            },
            findings: Findings {
                made: counters.findings,
                ..Findings::default()
            },
            scans: BTreeMap::new(),
            stream: None,
        }
    }

    /// Adds what became of what was streamed.
    pub(crate) fn streamed(&mut self, streamed: &Streamed) {
        let Losses {
            evicted_findings,
            evicted_telemetry,
            damaged,
            overrun,
            unwritten,
        } = streamed.losses;
        self.stream = Some(Stream {
            spooled: streamed.spooled,
            sent: streamed.sent,
            welcomed: streamed.welcomed,
            evicted_findings,
            evicted_telemetry,
            damaged,
            overrun,
            unwritten,
            waiting_bytes: streamed.waiting,
            findings_delivered: streamed.delivered,
            questions_dropped: streamed.unasked,
        });
    }

    /// Adds what became of the findings.
    pub(crate) fn delivered(&mut self, delivery: &Delivery) {
        let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let findings = &mut self.findings;
        findings.dropped = read(&delivery.dropped);
        findings.repeated = read(&delivery.repeated);
        findings.kept = read(&delivery.kept);
        findings.unkept = read(&delivery.unkept);
        findings.told = read(&delivery.told);
        findings.untold = read(&delivery.untold);
        let evicted = read(&delivery.scans_evicted);
        self.scans.insert("evicted", evicted);
    }

    /// Adds what became of executables that were looked into.
    pub(crate) fn scanned(&mut self, counters: &ScanCounters) {
        self.scans.extend(counters.all());
    }

    /// Adds what became of findings that were told without a state.
    pub(crate) fn told(&mut self, told: u64) {
        self.findings.told = told;
    }

    /// Writes the counters as JSON.
    pub(crate) fn write(&self, mut to: impl io::Write) -> io::Result<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        to.write_all(text.as_bytes())
    }

    /// The counters in one line; kinds follow where a source counted them.
    pub(crate) fn line(&self) -> String {
        let records = &self.records;
        let mut line = format!(
            "records read {}, undecodable {}, lost {}, left out {}; findings made {}, told {}",
            records.read,
            records.undecodable,
            records.lost,
            records.left_out,
            self.findings.made,
            self.findings.told
        );
        let unwell = [
            (self.findings.dropped, "dropped"),
            (self.findings.unkept, "not kept"),
            (self.findings.untold, "not told"),
        ];
        for (count, name) in unwell {
            if count > 0 {
                // Writing to a string cannot fail.
                let _ = write!(line, ", {name} {count}");
            }
        }
        let scans = self.scans.iter().filter(|(_, count)| **count > 0);
        let scans: Vec<String> = scans
            .map(|(name, count)| format!("{name} {count}"))
            .collect();
        if !scans.is_empty() {
            let _ = write!(line, "\nexecutables: {}", scans.join(", "));
        }
        if let Some(stream) = &self.stream {
            let _ = write!(
                line,
                "; streamed: spooled {}, sent {}",
                stream.spooled, stream.sent
            );
            let lost = [
                (stream.evicted_findings, "findings evicted"),
                (stream.evicted_telemetry, "telemetry evicted"),
                (stream.damaged, "damaged"),
                (stream.overrun, "overrun"),
                (stream.unwritten, "unwritten"),
            ];
            for (count, name) in lost.into_iter().filter(|(count, _)| *count > 0) {
                let _ = write!(line, ", {name} {count}");
            }
        }
        for (name, kind) in &self.source {
            if kind.emitted == 0 {
                continue;
            }
            let dropped: u64 = kind.dropped.values().sum();
            let _ = write!(
                line,
                "\n{name}: emitted {} = delivered {} + dropped {dropped}",
                kind.emitted, kind.delivered
            );
        }
        if !self.source.is_empty() && !self.reconciles {
            line.push_str("\nthe source's counters do not reconcile");
        }
        line
    }
}

fn reconciles(kind: &KindStats) -> bool {
    let dropped: u64 = kind.dropped.iter().map(|(_, count)| count).sum();
    kind.emitted == kind.delivered + dropped
}

fn source_kind(kind: KindStats) -> (String, SourceKind) {
    let name = kind_name(Kind(kind.kind)).map_or_else(|| kind.kind.to_string(), str::to_owned);
    let dropped = kind
        .dropped
        .into_iter()
        .map(|(reason, count)| (reason_name(LossReason(reason)).to_owned(), count))
        .collect();
    let counts = SourceKind {
        emitted: kind.emitted,
        delivered: kind.delivered,
        dropped,
    };
    (name, counts)
}

#[cfg(test)]
mod tests;
