//! What a guest's script says of each thing that it looked at.
//!
//! Step: tooling. A script names its checks; a check that it does not answer has failed, and so has
//! a script that does not reach its end. Pure.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The check.
    pub(crate) name: String,
    /// Whether it holds.
    pub(crate) holds: bool,
    /// What was seen.
    pub(crate) seen: String,
}

/// The names of the checks in a script: lines that begin with `check NAME`.
pub(crate) fn checks(script: &str) -> Vec<String> {
    let named = script
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("check "));
    named
        .filter_map(|rest| rest.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

/// The answers in `text`, in the order of `checks`; one that is missing is there as a failure.
///
/// # Errors
/// When a line is no answer.
pub(crate) fn answers(checks: &[String], text: &str) -> Result<Vec<Answer>> {
    let mut given = BTreeMap::new();
    let mut ended = false;
    for line in text.lines() {
        let mut parts = line.splitn(3, '\t');
        match (parts.next(), parts.next(), parts.next()) {
            (Some("end"), None, None) => ended = true,
            (Some(name), Some(holds @ ("ok" | "failed")), seen) => {
                let seen = seen.unwrap_or_default().to_owned();
                given.insert(name.to_owned(), (holds == "ok", seen));
            }
            _ => bail!("a guest's answer is none: {line:?}"),
        }
    }
    let mut answers = Vec::new();
    for name in checks {
        let (holds, seen) = given
            .remove(name)
            .unwrap_or((false, "the guest did not get to it".to_owned()));
        answers.push(Answer {
            name: name.clone(),
            holds,
            seen,
        });
    }
    if let Some((name, _)) = given.pop_first() {
        bail!("a guest answered what nobody asked: {name}");
    }
    if !ended {
        answers.push(Answer {
            name: "the-end".to_owned(),
            holds: false,
            seen: "the guest's script did not reach its end".to_owned(),
        });
    }
    Ok(answers)
}

/// The answers as a table, failures in full.
pub(crate) fn table(answers: &[Answer]) -> String {
    let width = answers
        .iter()
        .map(|answer| answer.name.len())
        .max()
        .unwrap_or(0);
    let row = |answer: &Answer| {
        let mark = if answer.holds { "ok    " } else { "FAILED" };
        format!("{mark}  {:width$}  {}\n", answer.name, answer.seen)
    };
    answers.iter().map(row).collect()
}

#[cfg(test)]
mod tests;
