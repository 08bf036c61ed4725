//! The counters that the daemon writes with `--stats`.
//!
//! Step: tests. Numbers are read as they stand; whether they add up is for the tests to say.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// A daemon's counters.
#[derive(Clone, Debug)]
pub struct Stats {
    /// By the kind's name.
    pub kinds: BTreeMap<String, KindCounts>,
    /// Everything that was written.
    pub value: Value,
}

/// Counters of one kind of record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindCounts {
    /// Made by the probe.
    pub emitted: u64,
    /// Read from the ring.
    pub delivered: u64,
    /// Lost on the way, whatever the reason.
    pub dropped: u64,
    /// Decoded by the daemon; the rundown's records are among them.
    pub decoded: u64,
}

impl Stats {
    /// Reads the file, if it is there and whole.
    #[must_use]
    pub fn read(path: &Path) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(path).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let decoded = &value["records"]["by_kind"];
        let kind = |(name, kind): (&String, &Value)| {
            let dropped = kind["dropped"].as_object()?.values();
            let counts = KindCounts {
                emitted: kind["emitted"].as_u64()?,
                delivered: kind["delivered"].as_u64()?,
                dropped: dropped.map(Value::as_u64).sum::<Option<u64>>()?,
                decoded: decoded[name].as_u64().unwrap_or(0),
            };
            Some((name.clone(), counts))
        };
        let kinds = value["source"].as_object()?;
        let kinds = kinds.iter().map(kind).collect::<Option<_>>()?;
        Some(Self { kinds, value })
    }

    /// The sum over all kinds.
    #[must_use]
    pub fn sum(&self) -> KindCounts {
        self.kinds
            .values()
            .fold(KindCounts::default(), |sum, kind| KindCounts {
                emitted: sum.emitted + kind.emitted,
                delivered: sum.delivered + kind.delivered,
                dropped: sum.dropped + kind.dropped,
                decoded: sum.decoded + kind.decoded,
            })
    }

    /// Records that could not be decoded; `None` when the daemon does not say.
    #[must_use]
    pub fn undecodable(&self) -> Option<u64> {
        self.value["records"]["undecodable"].as_u64()
    }
}

#[cfg(test)]
mod tests;
