//! The matrix as a table for people.
//!
//! Step: tooling. One line for each row, then what differs, in full. Pure.

use std::fmt::Write as _;
use std::time::Duration;

use super::Went;
use super::row::Expected;

/// The table.
pub(super) fn render(all: &[Went], took: Duration) -> String {
    let head = [
        "", "kernel", "arch", "case", "tier", "hooks", "followed", "start", "checks", "took",
    ]
    .map(str::to_owned);
    let mut lines = vec![head];
    lines.extend(all.iter().map(line));
    let mut widths = [0; 10];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for line in &lines {
        let mut shown = String::new();
        for (cell, width) in line.iter().zip(widths) {
            let _ = write!(shown, "{cell:width$}  ");
        }
        let _ = writeln!(text, "{}", shown.trim_end());
    }
    for went in all.iter().filter(|went| !went.differences.is_empty()) {
        let _ = writeln!(text, "\n{}:", went.row.name());
        for difference in &went.differences {
            let _ = writeln!(text, "  {difference}");
        }
    }
    let ran = all.iter().filter(|went| went.version.is_some()).count();
    let differ = all.iter().filter(|went| !went.differences.is_empty());
    let _ = write!(
        text,
        "\n{} rows in {} s: {ran} were run, {} differ, {} were left out",
        all.len(),
        took.as_secs(),
        differ.count(),
        all.len() - ran,
    );
    text
}

fn line(went: &Went) -> [String; 10] {
    let mark = if went.version.is_none() {
        "left out"
    } else if went.differences.is_empty() {
        "ok"
    } else {
        "DIFFERS"
    };
    let mut tier = String::new();
    let mut hooks = String::new();
    match &went.row.expected {
        Expected::Watching(_) if went.version.is_some() => {
            tier.clone_from(&went.told.tier);
            hooks = format!("{}/{}", went.told.hooks.1, went.told.hooks.0);
        }
        Expected::Watching(_) => {}
        Expected::Refusing { code, .. } => hooks = format!("ends with {code}"),
    }
    let version = went.version.as_deref().unwrap_or(&went.row.kernel);
    let version = version.split('-').next().unwrap_or(version);
    [
        mark.to_owned(),
        version.to_owned(),
        went.row.architecture.name().to_owned(),
        went.row.case.clone(),
        tier,
        hooks,
        went.told
            .verified
            .map_or_else(String::new, |count| count.to_string()),
        went.start.clone(),
        format!("{}/{}", went.checks.0, went.checks.1),
        format!("{} s", went.took.as_secs()),
    ]
}
