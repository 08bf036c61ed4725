//! A line of the daemon's standard output, as far as tests judge it.
//!
//! Step: tests. The whole line is kept, so that a failing test can show it; a line that is not a
//! Detection Finding is an error, because nothing else may stand there.

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::Value;

/// How much a finding matters; the numbers are `severity_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// 1.
    Informational = 1,
    /// 2.
    Low = 2,
    /// 3.
    Medium = 3,
    /// 4.
    High = 4,
    /// 5.
    Critical = 5,
}

impl Severity {
    /// The severity of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|severity| severity.name() == name)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// A finding as it was printed.
#[derive(Clone, Debug)]
pub struct Finding {
    /// When the line arrived.
    pub arrived: Instant,
    /// `finding_info.uid`.
    pub uid: String,
    /// `activity_name`: Create or Update.
    pub activity: String,
    /// `severity_id`.
    pub severity: Severity,
    /// `finding_info.title`.
    pub title: String,
    /// Sub-techniques, the leading one first.
    pub techniques: Vec<String>,
    /// Every pid that occurs anywhere in it, ancestors included.
    pub pids: BTreeSet<u64>,
    /// The line.
    pub text: String,
    /// The line's value.
    pub value: Value,
}

impl Finding {
    /// Reads a line.
    ///
    /// # Errors
    /// When the line is not an OCSF Detection Finding with the promised fields.
    pub fn parse(line: &str, arrived: Instant) -> Result<Self, String> {
        let value: Value =
            serde_json::from_str(line).map_err(|error| format!("not JSON ({error}): {line}"))?;
        let text = |pointer: &str| {
            value
                .pointer(pointer)
                .and_then(Value::as_str)
                .map(str::to_owned)
                .ok_or_else(|| format!("no text at {pointer}: {line}"))
        };
        if value["class_uid"] != 2004 {
            return Err(format!("class_uid is not 2004: {line}"));
        }
        let severity = value["severity_id"]
            .as_u64()
            .and_then(|number| ALL.into_iter().find(|known| *known as u64 == number))
            .ok_or_else(|| format!("no severity_id: {line}"))?;
        let attacks = value.pointer("/finding_info/attacks");
        let techniques = attacks
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|attack| attack.pointer("/sub_technique/uid")?.as_str())
            .map(str::to_owned)
            .collect();
        let mut pids = BTreeSet::new();
        collect_pids(&value, &mut pids);
        Ok(Self {
            arrived,
            uid: text("/finding_info/uid")?,
            activity: text("/activity_name")?,
            severity,
            title: text("/finding_info/title")?,
            techniques,
            pids,
            text: line.to_owned(),
            value,
        })
    }

    /// Records of its window that were lost, by its own account.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.value
            .pointer("/unmapped/packhound/gaps/lost")
            .and_then(Value::as_u64)
            .unwrap_or(0)
    }
}

fn collect_pids(value: &Value, pids: &mut BTreeSet<u64>) {
    match value {
        Value::Object(fields) => {
            pids.extend(fields.get("pid").and_then(Value::as_u64));
            for field in fields.values() {
                collect_pids(field, pids);
            }
        }
        Value::Array(items) => {
            for item in items {
                collect_pids(item, pids);
            }
        }
        _ => {}
    }
}

const ALL: [Severity; 5] = [
    Severity::Informational,
    Severity::Low,
    Severity::Medium,
    Severity::High,
    Severity::Critical,
];

#[cfg(test)]
mod tests;
