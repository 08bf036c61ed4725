//! The table says what was measured, and marks it honestly.

use serde_json::Value;

use super::{Bar, Report, Row, number};
use crate::bench::statistics::Spread;

fn row(median: f64, bar: Bar) -> Row {
    Row {
        name: "getppid".to_owned(),
        figure: Spread {
            low: 1.0,
            median,
            high: 1.3,
        },
        unit: "×",
        bar,
        beside: "1.2 s → 1.3 s".to_owned(),
        values: Value::Null,
    }
}

#[test]
fn marks() {
    let mut report = Report::default();
    report.add(row(1.15, Bar::AtMost(1.2)));
    report.add(row(1.25, Bar::AtMost(1.2)));
    report.add(row(1.25, Bar::Open));
    let text = report.to_string();
    let marks = text
        .lines()
        .filter(|line| line.contains("getppid"))
        .map(|line| line.chars().next())
        .collect::<Vec<_>>();
    assert_eq!(marks, [Some('✓'), Some('✗'), Some(' ')]);
    assert!(text.contains("1 of 2 bars are reached"), "{text}");
}

#[test]
fn numbers() {
    assert_eq!(number(1.2), "1.20");
    assert_eq!(number(64.0), "64.0");
    assert_eq!(number(2.0), "2");
    assert_eq!(number(1234.5), "1234");
}
