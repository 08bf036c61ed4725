//! The counters that the daemon writes with `--stats`.
//!
//! Step: tests. Numbers are read as they stand; whether they add up is for the tests to say.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// A daemon's counters.
#[derive(Clone, Debug)]
pub struct Stats {
    /// By the kind's number.
    pub kinds: BTreeMap<u64, KindCounts>,
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
    /// Lost on the way.
    pub dropped: u64,
}

impl Stats {
    /// Reads the file, if it is there and whole.
    #[must_use]
    pub fn read(path: &Path) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(path).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let kinds = value.pointer("/source/kinds").or(value.get("kinds"))?;
        let kinds = kinds
            .as_array()?
            .iter()
            .map(|kind| {
                let counts = KindCounts {
                    emitted: kind["emitted"].as_u64()?,
                    delivered: kind["delivered"].as_u64()?,
                    dropped: total(&kind["dropped"]),
                };
                Some((kind["kind"].as_u64()?, counts))
            })
            .collect::<Option<_>>()?;
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
            })
    }
}

/// The sum of every number in `value`, whether it stands alone or by reason.
fn total(value: &Value) -> u64 {
    match value {
        Value::Number(number) => number.as_u64().unwrap_or(0),
        Value::Object(fields) => fields.values().map(total).sum(),
        _ => 0,
    }
}
