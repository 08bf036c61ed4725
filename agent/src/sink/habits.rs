//! The learned baseline, as text and as JSON lines.
//!
//! Step: sink. What a habit is, and what it is worth, is the correlator's.

use correlator::{Habit, Purpose, Time};
use serde::Serialize;

use super::calendar::utc;
use super::escape::lossless;
use super::pretty::{Look, Sheet, Tone};
use super::wording::count;

/// Habits for a person, the most practised first.
pub(crate) fn text(habits: &[Habit], look: Look) -> String {
    let mut sheet = Sheet::new(look);
    if habits.is_empty() {
        sheet.indented(
            0,
            "",
            Tone::Plain,
            "nothing has been learned yet",
            Tone::Plain,
        );
    }
    let mut sorted: Vec<&Habit> = habits.iter().collect();
    sorted.sort_by_key(|habit| std::cmp::Reverse((habit.days, habit.times)));
    for habit in sorted {
        let row = Row::new(habit);
        let who = row
            .uid
            .map_or_else(|| "any user".to_owned(), |uid| format!("uid {uid}"));
        let parent = row
            .parent
            .map(|parent| format!(" under {parent}"))
            .unwrap_or_default();
        let tool = row
            .utility
            .map(|name| format!(" ({name})"))
            .unwrap_or_default();
        let seen = format!(
            "{} on {}",
            count(habit.times, "time"),
            count(habit.days, "day")
        );
        let line = format!(
            "{}{tool}{parent}, {who}, into {}; last {}",
            row.image,
            row.directory,
            utc(row.last_seen)
        );
        sheet.indented(24, &seen, Tone::Strong, &line, Tone::Plain);
    }
    sheet.finish()
}

/// Habits for a program, one per line.
pub(crate) fn json_lines(habits: &[Habit]) -> serde_json::Result<String> {
    let mut text = String::new();
    for habit in habits {
        text.push_str(&serde_json::to_string(&Row::new(habit))?);
        text.push('\n');
    }
    Ok(text)
}

/// A [`Habit`] as it is shown.
#[derive(Serialize)]
struct Row<'a> {
    image: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    utility: Option<&'a str>,
    directory: String,
    times: u64,
    days: u64,
    first_seen: u64,
    last_seen: u64,
}

impl<'a> Row<'a> {
    fn new(habit: &'a Habit) -> Self {
        let milliseconds = |time: Time| time.0 / 1_000_000;
        let work = &habit.work;
        Self {
            image: lossless(&work.image),
            parent: work.parent.as_deref().map(lossless),
            uid: work.uid,
            purpose: work.purpose.map(purpose_name),
            utility: work.utility.as_deref(),
            directory: lossless(&work.directory),
            times: habit.times,
            days: habit.days,
            first_seen: milliseconds(habit.first_seen),
            last_seen: milliseconds(habit.last_seen),
        }
    }
}

fn purpose_name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Archive => "archive",
        Purpose::Compress => "compress",
        Purpose::Encrypt => "encrypt",
        Purpose::Encode => "encode",
        Purpose::Split => "split",
        Purpose::Copy => "copy",
        Purpose::Transfer => "transfer",
        Purpose::Consume => "consume",
        Purpose::Other => "other",
    }
}
