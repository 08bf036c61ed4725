//! A scenario: something to do on the host, and what must be said of it.
//!
//! Step: tests. Scenarios are data in `tests/scenarios/*.toml`, one table each; unknown keys and
//! contradictions are refused, so that a slip cannot make a test weaker than it reads.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::error::HarnessError;
use crate::finding::Severity;

/// Something to do and what must be said of it.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Unique; also the name of its folder.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// Its place in the demo, if it is shown there.
    pub demo: Option<i64>,
    /// Programs without which it cannot be done.
    pub needs: Vec<String>,
    /// What makes the data, run before; what is said of it is not judged.
    pub setup: Option<String>,
    /// What is done.
    pub script: String,
    /// In which shell.
    pub shell: Shell,
    /// As which user; root when absent.
    pub user: Option<String>,
    /// The folder below which its own folder is made.
    pub place: PathBuf,
    /// Paths outside of its folder that name it too; removed before and after.
    pub marks: Vec<String>,
    /// What must be said.
    pub expectation: Expectation,
}

/// Which shell runs a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// bash.
    Bash,
    /// The system's sh.
    Sh,
}

impl Shell {
    /// The program's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Sh => "sh",
        }
    }
}

/// What must be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// A finding of this technique and at least this severity.
    Finding {
        /// Any of these must be among the techniques.
        any_of: Vec<String>,
        /// All of these too.
        also: Vec<String>,
        /// Of one finding at least.
        least: Severity,
        /// Texts that one finding must hold together.
        mentions: Vec<String>,
    },
    /// No finding of this severity or above.
    Silent {
        /// The severity.
        from: Severity,
    },
}

/// Every scenario below `folder`, in the order of files and of tables in them.
///
/// # Errors
/// When a file cannot be read or a scenario is wrong.
pub fn load_scenarios(folder: &Path) -> Result<Vec<Scenario>, HarnessError> {
    let mut paths = std::fs::read_dir(folder)
        .map_err(HarnessError::io(format!("listing {}", folder.display())))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(HarnessError::io("listing scenarios"))?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    paths.sort();
    let mut scenarios: Vec<Scenario> = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path)
            .map_err(HarnessError::io(format!("reading {}", path.display())))?;
        let parsed = parse(&text)
            .map_err(|error| HarnessError::Scenario(format!("{}: {error}", path.display())))?;
        for scenario in parsed {
            if scenarios.iter().any(|known| known.name == scenario.name) {
                return Err(HarnessError::Scenario(format!(
                    "{} is there twice",
                    scenario.name
                )));
            }
            scenarios.push(scenario);
        }
    }
    Ok(scenarios)
}

/// Reads a file's scenarios.
fn parse(text: &str) -> Result<Vec<Scenario>, String> {
    let mut table: Table = text.parse().map_err(|error| format!("{error}"))?;
    let Some(Value::Array(entries)) = table.remove("scenario") else {
        return Err("no [[scenario]]".to_owned());
    };
    if let Some(key) = table.keys().next() {
        return Err(format!("unknown key {key}"));
    }
    entries
        .into_iter()
        .map(|entry| match entry {
            Value::Table(entry) => scenario(entry),
            _ => Err("a scenario is a table".to_owned()),
        })
        .collect()
}

fn scenario(mut entry: Table) -> Result<Scenario, String> {
    let name = text(&mut entry, "name")?.ok_or("a scenario has no name")?;
    let named = |problem: String| format!("{name}: {problem}");
    read(&mut entry, &name).map_err(named)
}

fn read(entry: &mut Table, name: &str) -> Result<Scenario, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !name.chars().all(plain) {
        return Err("a name is made of letters, digits, dots and dashes".to_owned());
    }
    let shell = match text(entry, "shell")?.as_deref() {
        None | Some("bash") => Shell::Bash,
        Some("sh") => Shell::Sh,
        Some(other) => return Err(format!("unknown shell {other}")),
    };
    let demo = match entry.remove("demo") {
        None => None,
        Some(Value::Integer(order)) => Some(order),
        Some(_) => return Err("demo is a number".to_owned()),
    };
    let scenario = Scenario {
        name: name.to_owned(),
        title: text(entry, "title")?.ok_or("no title")?,
        demo,
        needs: list(entry, "needs")?,
        setup: text(entry, "setup")?,
        script: text(entry, "script")?.ok_or("no script")?,
        shell,
        user: text(entry, "user")?,
        place: text(entry, "place")?.map_or_else(|| PathBuf::from("/tmp"), PathBuf::from),
        marks: list(entry, "marks")?,
        expectation: expectation(entry)?,
    };
    match entry.keys().next() {
        Some(key) => Err(format!("unknown key {key}")),
        None => Ok(scenario),
    }
}

fn expectation(entry: &mut Table) -> Result<Expectation, String> {
    let severity =
        |name: String| Severity::named(&name).ok_or_else(|| format!("unknown severity {name}"));
    let any_of = list(entry, "technique")?;
    let also = list(entry, "also")?;
    let mentions = list(entry, "mentions")?;
    let least = text(entry, "least")?;
    match (text(entry, "silent")?, least) {
        (Some(from), None) if any_of.is_empty() && also.is_empty() && mentions.is_empty() => {
            Ok(Expectation::Silent {
                from: severity(from)?,
            })
        }
        (None, Some(least)) if !any_of.is_empty() => Ok(Expectation::Finding {
            any_of,
            also,
            least: severity(least)?,
            mentions,
        }),
        _ => Err("either silent, or technique and least".to_owned()),
    }
}

fn text(entry: &mut Table, key: &str) -> Result<Option<String>, String> {
    match entry.remove(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("{key} is a text")),
    }
}

/// A list of texts; one text stands for a list of one.
fn list(entry: &mut Table, key: &str) -> Result<Vec<String>, String> {
    let item = |value: Value| match value {
        Value::String(text) => Ok(text),
        _ => Err(format!("{key} is a list of texts")),
    };
    match entry.remove(key) {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items.into_iter().map(item).collect(),
        Some(one) => item(one).map(|text| vec![text]),
    }
}

#[cfg(test)]
mod tests;
