//! What a guest told of the daemon, held against what its row of the matrix expects.
//!
//! Step: tooling. Pure: what `doctor` said as JSON and the answers of the guest's script in,
//! differences in words out. A reason that no longer applies is a difference, too.

use serde_json::Value;

use super::row::Watching;
use crate::vm::outcome::Answer;

/// What `doctor` said in a guest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// Hooks that there are to try, and those that listen.
    pub(crate) hooks: (usize, usize),
    /// Which tier sees files.
    pub(crate) tier: String,
    /// Instructions that the verifier followed, where the kernel tells.
    pub(crate) verified: Option<u64>,
}

/// Where the daemon differs from what is expected of it; and what it told.
pub(crate) fn compare(expected: &Watching, doctor: &Value) -> (Vec<String>, Told) {
    let mut differences = Vec::new();
    let none = Vec::new();
    let hooks = doctor["hooks"].as_array().unwrap_or(&none);
    let mut told = Told {
        hooks: (hooks.len(), 0),
        tier: doctor["tier"].as_str().unwrap_or("none").to_owned(),
        verified: line(doctor, "verifier")
            .and_then(|(_, text)| text.split(' ').next()?.parse().ok()),
    };
    for hook in hooks {
        let name = hook["name"].as_str().unwrap_or_default();
        let detail = hook["detail"].as_str().unwrap_or_default();
        let listens = hook["ok"] == true;
        told.hooks.1 += usize::from(listens);
        match (expected.missing.get(name), listens) {
            (None, false) => differences.push(format!("{name} does not listen: {detail}")),
            (Some(_), true) => differences.push(format!("{name} listens, which nobody expects")),
            (Some(why), false) if !detail.contains(why.as_str()) => {
                differences.push(format!(
                    "{name} does not listen for another reason: {detail}"
                ));
            }
            _ => {}
        }
    }
    if told.hooks.0 != expected.hooks {
        differences.push(format!(
            "{} hooks were tried instead of {}",
            told.hooks.0, expected.hooks
        ));
    }
    if told.tier != expected.tier {
        differences.push(format!("tier {} instead of {}", told.tier, expected.tier));
    }
    match line(doctor, "library probes") {
        Some((_, text)) if text.contains(&expected.library) => {}
        Some((_, text)) => differences.push(format!("library probes: {text}")),
        None => differences.push("nothing is said of library probes".to_owned()),
    }
    match line(doctor, "content samples") {
        Some((taken, _)) if taken == expected.content => {}
        Some((_, text)) => differences.push(format!("content samples: {text}")),
        None => differences.push("nothing is said of content samples".to_owned()),
    }
    (differences, told)
}

/// Checks that went another way than expected, each in words.
pub(crate) fn checks(expected: &Watching, answers: &[Answer]) -> Vec<String> {
    let mut differences = Vec::new();
    for Answer { name, holds, seen } in answers {
        match (expected.fails.get(name), holds) {
            (None, false) => differences.push(format!("{name} does not hold: {seen}")),
            (Some(why), true) => {
                differences.push(format!("{name} holds, although: {why}"));
            }
            _ => {}
        }
    }
    differences
}

/// What `doctor` said of a matter, and whether that is as it should be.
fn line<'a>(doctor: &'a Value, name: &str) -> Option<(bool, &'a str)> {
    let line = doctor["host"].as_array()?.iter();
    let line = line.into_iter().find(|line| line["name"] == name)?;
    Some((line["ok"] == true, line["detail"].as_str()?))
}
