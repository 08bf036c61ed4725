//! The demo's table: one row a scenario, with what was said beneath it, at most 100 columns wide.
//!
//! Step: tooling. It only lays out; the verdicts are made elsewhere. Colour is used on a terminal
//! and never carries meaning alone.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::time::Duration;

use harness::{Expectation, KindCounts, Outcome, Scenario, Verdict};

/// Prints what the table is about, and its head.
pub(crate) fn heading(ready: Duration) {
    println!(
        "\n  {} The daemon was watching after {}.\n",
        bold("Packhound at work."),
        milliseconds(ready)
    );
    println!(
        "    {:<46}{:<20}{:<20}{:>8}",
        "what was done", "expected", "said", "after"
    );
}

/// The part of the table that a scenario belongs to.
pub(crate) fn group(scenario: &Scenario) -> &'static str {
    match scenario.expectation {
        Expectation::Finding { .. } => "packing",
        Expectation::Silent { .. } => "not packing",
    }
}

/// A line across the table, with a label.
pub(crate) fn rule(label: &str) -> String {
    let label = if label.is_empty() {
        String::new()
    } else {
        format!(" {label} ")
    };
    let rest = WIDTH - 4 - label.chars().count();
    dim(&format!("  ──{label}{}", "─".repeat(rest)))
}

/// A scenario's row, with the title of the gravest finding beneath it.
pub(crate) fn row(scenario: &Scenario, outcome: &Outcome, verdict: &Verdict) -> String {
    let gravest = outcome.gravest();
    let said = gravest.map_or_else(
        || "nothing".to_owned(),
        |finding| {
            let technique = finding.techniques.first().map_or("", String::as_str);
            format!("{:<10}{technique}", brief(finding.severity.name()))
        },
    );
    let after = outcome.latency().map_or_else(String::new, milliseconds);
    let mut text = format!(
        "  {} {:<46}{:<20}{:<20}{:>8}\n",
        mark(verdict),
        cut(&scenario.title, 45),
        expected(&scenario.expectation),
        said,
        after
    );
    let silent = matches!(scenario.expectation, Expectation::Silent { .. });
    if let Some(finding) = gravest.filter(|_| !silent || *verdict != Verdict::Right) {
        let line = cut(&finding.title, WIDTH - 6);
        writeln!(text, "    {}", dim(&line)).expect("writing to a String cannot fail");
    }
    if let Verdict::Wrong(why) = verdict {
        writeln!(text, "    {}", red(&cut(why, WIDTH - 6)))
            .expect("writing to a String cannot fail");
    }
    text
}

/// The row of a scenario that cannot be played here.
pub(crate) fn impossible(scenario: &Scenario, missing: &str) -> String {
    let why = Verdict::Wrong(String::new());
    format!(
        "  {} {:<46}{}",
        mark(&why),
        cut(&scenario.title, 45),
        red(&format!("{missing} is not installed"))
    )
}

/// Prints what came of it all.
pub(crate) fn footing(right: usize, all: usize, counts: Option<KindCounts>, ended: Duration) {
    let result = format!("{right} of {all} as expected.");
    let result = if right == all {
        green(&result)
    } else {
        red(&result)
    };
    let records = counts.map_or_else(String::new, |counts| {
        format!(" {} records, {} lost.", counts.delivered, counts.dropped)
    });
    println!(
        "  {result}{records} The daemon ended {} after it was asked to.\n",
        milliseconds(ended)
    );
}

fn expected(expectation: &Expectation) -> String {
    match expectation {
        Expectation::Finding { any_of, least, .. } => {
            let technique = any_of.first().map_or("", String::as_str);
            format!("{:<7} {technique}", format!("≥ {}", brief(least.name())))
        }
        Expectation::Silent { from } => format!("< {}", brief(from.name())),
    }
}

/// A severity's name where it fits a column.
fn brief(severity: &str) -> &str {
    match severity {
        "informational" => "info",
        other => other,
    }
}

fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_millis();
    if milliseconds < 10_000 {
        format!("{milliseconds} ms")
    } else {
        format!("{} s", time.as_secs())
    }
}

/// The beginning of `text` that fits `width` columns.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept = text.chars().take(width - 1).collect::<String>();
    format!("{kept}…")
}

fn mark(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Right => green("✓"),
        Verdict::Wrong(_) => red("✗"),
    }
}

fn bold(text: &str) -> String {
    paint("1", text)
}

fn dim(text: &str) -> String {
    paint("2", text)
}

fn green(text: &str) -> String {
    paint("32", text)
}

fn red(text: &str) -> String {
    paint("31", text)
}

fn paint(code: &str, text: &str) -> String {
    if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

const WIDTH: usize = 100;

#[cfg(test)]
mod tests;
