//! The bench's table: each figure beside its bar, with its spread and a mark.
//!
//! Step: tooling. A mark says what was measured and nothing more; single values go into the JSON.

use std::fmt;

use serde_json::{Value, json};

use super::statistics::Spread;

/// What a figure must reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bar {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
    /// Nothing; it is told for comparison.
    Open,
}

impl Bar {
    fn holds(self, value: f64) -> Option<bool> {
        match self {
            Self::AtMost(bar) => Some(value <= bar),
            Self::AtLeast(bar) => Some(value >= bar),
            Self::Open => None,
        }
    }
}

/// One measurement.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) name: String,
    /// The figure that is held against the bar, with its spread.
    pub(crate) figure: Spread,
    /// Its unit, with a leading space where one belongs.
    pub(crate) unit: &'static str,
    /// The bar.
    pub(crate) bar: Bar,
    /// Further figures, as text.
    pub(crate) beside: String,
    /// Every single value.
    pub(crate) values: Value,
}

/// All measurements.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// Adds a measurement, and says so at once, for those who watch.
    pub(crate) fn add(&mut self, row: Row) {
        eprintln!("    {}", line(&row));
        self.rows.push(row);
    }

    /// Whether nothing was measured.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Everything for programs.
    pub(crate) fn json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            json!({
                "name": row.name,
                "median": row.figure.median,
                "quartiles": [row.figure.low, row.figure.high],
                "unit": row.unit.trim(),
                "bar": match row.bar {
                    Bar::AtMost(bar) => json!({"at_most": bar}),
                    Bar::AtLeast(bar) => json!({"at_least": bar}),
                    Bar::Open => Value::Null,
                },
                "holds": row.bar.holds(row.figure.median),
                "values": row.values,
            })
        });
        Value::Array(rows.collect())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = format!(
            "  {:<34}{:>9}  {:<17}{:>9}   {}",
            "measured", "median", "quartiles", "bar", "beside"
        );
        writeln!(f, "\n{head}\n  {}", "─".repeat(WIDTH - 2))?;
        for row in &self.rows {
            writeln!(f, "{}", line(row))?;
        }
        let missed = self
            .rows
            .iter()
            .filter(|row| row.bar.holds(row.figure.median) == Some(false))
            .count();
        let judged = self.rows.iter().filter(|row| row.bar != Bar::Open).count();
        writeln!(f, "\n  {} of {judged} bars are reached.\n", judged - missed)
    }
}

fn line(row: &Row) -> String {
    let mark = match row.bar.holds(row.figure.median) {
        Some(true) => "✓",
        Some(false) => "✗",
        None => " ",
    };
    let bar = match row.bar {
        Bar::AtMost(bar) => format!("≤ {}", number(bar)),
        Bar::AtLeast(bar) => format!("≥ {}", number(bar)),
        Bar::Open => String::new(),
    };
    let spread = format!("{} … {}", number(row.figure.low), number(row.figure.high));
    let median = format!("{}{}", number(row.figure.median), row.unit);
    format!(
        "{mark} {:<34}{median:>9}  {spread:<17}{bar:>9}   {}",
        row.name, row.beside
    )
}

/// A figure with as many digits as mean something.
pub(crate) fn number(value: f64) -> String {
    if value.abs() >= 100.0 {
        format!("{value:.0}")
    } else if value.abs() >= 20.0 {
        format!("{value:.1}")
    } else if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

const WIDTH: usize = 100;

#[cfg(test)]
mod tests;
