//! Plays scenarios beside a running daemon and gathers what it says of each.
//!
//! Step: tests. A finding belongs to a scenario when one of its processes, ancestors included, is
//! the scenario's shell, or when it names the scenario's folder. A scenario is over when the
//! finding of a canary that was packed after it has arrived: by then everything before has been
//! told. What was said while the scenario's data was being made is not judged.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::board::Board;
use crate::error::HarnessError;
use crate::finding::Finding;
use crate::operator::{Done, Operator, Request};
use crate::scenario::{Expectation, Scenario, Shell};

/// Where scenarios are played.
#[derive(Debug)]
pub struct Stage {
    operator: Arc<Operator>,
    board: Board,
    canaries: PathBuf,
    released: AtomicU64,
}

/// What came of a scenario.
#[derive(Debug)]
pub struct Outcome {
    /// Every line that belongs to it, in the order of arrival.
    pub findings: Vec<Finding>,
    /// The script's end.
    pub done: Done,
}

impl Outcome {
    /// From the script's begin to the first line about it.
    #[must_use]
    pub fn latency(&self) -> Option<Duration> {
        let first = self.findings.first()?;
        Some(first.arrived.saturating_duration_since(self.done.begun))
    }

    /// The gravest line.
    #[must_use]
    pub fn gravest(&self) -> Option<&Finding> {
        self.findings.iter().max_by_key(|finding| finding.severity)
    }
}

/// Whether what was said is what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Right,
    /// It is not, because of this.
    Wrong(String),
}

impl Stage {
    /// A stage whose canaries live in `folder`.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(
        operator: &Arc<Operator>,
        board: &Board,
        folder: &Path,
    ) -> Result<Self, HarnessError> {
        let canaries = folder.join("canaries");
        std::fs::create_dir_all(&canaries)
            .and_then(|()| std::fs::write(canaries.join("song"), "tweet\n"))
            .map_err(HarnessError::io("making the canary's folder"))?;
        Ok(Self {
            operator: Arc::clone(operator),
            board: board.clone(),
            canaries,
            released: AtomicU64::new(0),
        })
    }

    /// Plays a scenario and waits for what is said of it.
    ///
    /// # Errors
    /// When its script fails or the daemon falls silent.
    pub fn play(&self, scenario: &Scenario) -> Result<Outcome, HarnessError> {
        let folder = scenario.place.join(&scenario.name);
        remove(&folder, scenario)?;
        std::fs::create_dir_all(&folder).map_err(HarnessError::io("making a scenario's folder"))?;
        if let Some(user) = &scenario.user {
            chown(&folder, user)?;
        }
        let known = self.prepare(scenario, &folder)?;
        let request = Request {
            script: &scenario.script,
            shell: scenario.shell,
            user: scenario.user.as_deref(),
            directory: &folder,
        };
        let done = self.operator.run(&scenario.name, &request, SCRIPT_LIMIT)?;
        if done.status != 0 {
            return Err(HarnessError::Scenario(format!(
                "{} ended with {}:\n{}",
                scenario.name, done.status, done.output
            )));
        }
        self.release_canary()?;
        let belongs = |finding: &Finding| {
            !known.contains(&finding.uid)
                && (finding.pids.contains(&done.pid) || names(finding, &folder, scenario))
        };
        let gather = |all: &[Finding]| {
            let own = all.iter().filter(|finding| belongs(finding));
            own.cloned().collect::<Vec<_>>()
        };
        // A verdict may ripen a moment after the last event; what is expected is given that moment.
        let ripe = self.board.wait(RIPENING, |all| {
            let findings = gather(all);
            let awaited = matches!(scenario.expectation, Expectation::Finding { .. });
            let right = judge(&scenario.expectation, &findings) == Verdict::Right;
            (!awaited || right).then_some(findings)
        });
        let findings = ripe.unwrap_or_else(|| gather(&self.board.findings()));
        remove(&folder, scenario)?;
        Ok(Outcome { findings, done })
    }

    /// Makes the scenario's data and gives the findings that this brought about.
    fn prepare(
        &self,
        scenario: &Scenario,
        folder: &Path,
    ) -> Result<BTreeSet<String>, HarnessError> {
        let Some(setup) = &scenario.setup else {
            return Ok(BTreeSet::new());
        };
        let script = format!("{PRELUDE}\n{setup}");
        let request = Request {
            script: &script,
            shell: Shell::Bash,
            user: scenario.user.as_deref(),
            directory: folder,
        };
        let name = format!("{}.setup", scenario.name);
        let done = self.operator.run(&name, &request, SETUP_LIMIT)?;
        if done.status != 0 {
            return Err(HarnessError::Scenario(format!(
                "{name} ended with {}:\n{}",
                done.status, done.output
            )));
        }
        self.release_canary()?;
        let findings = self.board.findings();
        let own = findings
            .iter()
            .filter(|finding| finding.pids.contains(&done.pid) || names(finding, folder, scenario));
        Ok(own.map(|finding| finding.uid.clone()).collect())
    }

    /// Packs something and waits until the daemon has told it.
    ///
    /// # Errors
    /// When it does not.
    pub fn release_canary(&self) -> Result<Duration, HarnessError> {
        let number = self.released.fetch_add(1, Ordering::Relaxed);
        let name = format!("canary-{}-{number}.tar.gz", std::process::id());
        let path = self.canaries.join(&name);
        let script = format!(
            "tar -czf {} -C {} song && rm {}",
            path.display(),
            self.canaries.display(),
            path.display()
        );
        let request = Request {
            script: &script,
            directory: &self.canaries,
            ..Request::default()
        };
        let done = self.operator.run("canary", &request, CANARY_LIMIT)?;
        let arrived = self.board.wait(CANARY_LIMIT, |all| {
            let told = all
                .iter()
                .rev()
                .find(|finding| finding.text.contains(&name));
            told.map(|finding| finding.arrived)
        });
        arrived
            .map(|arrived| arrived.saturating_duration_since(done.ended))
            .ok_or_else(|| HarnessError::Timeout(format!("the finding of {name}")))
    }
}

/// Compares what was said with what was expected.
#[must_use]
pub fn judge(expectation: &Expectation, findings: &[Finding]) -> Verdict {
    match expectation {
        Expectation::Silent { from } => {
            match findings.iter().find(|finding| finding.severity >= *from) {
                None => Verdict::Right,
                Some(finding) => Verdict::Wrong(format!(
                    "{} where silence was due: {}",
                    finding.severity.name(),
                    finding.title
                )),
            }
        }
        Expectation::Finding {
            any_of,
            also,
            least,
            mentions,
        } => {
            let said = |technique: &String| {
                findings
                    .iter()
                    .any(|finding| finding.techniques.contains(technique))
            };
            let gravest = findings.iter().map(|finding| finding.severity).max();
            match gravest {
                None => Verdict::Wrong("nothing was said".to_owned()),
                Some(found) if found < *least => {
                    Verdict::Wrong(format!("only {}, not {}", found.name(), least.name()))
                }
                Some(_) if !any_of.iter().any(said) || !also.iter().all(said) => {
                    let techniques = findings.iter().flat_map(|finding| &finding.techniques);
                    let techniques = techniques.cloned().collect::<BTreeSet<_>>();
                    Verdict::Wrong(format!("techniques are {techniques:?}"))
                }
                Some(_)
                    if !findings
                        .iter()
                        .any(|it| mentions.iter().all(|m| it.text.contains(m))) =>
                {
                    Verdict::Wrong(format!("no finding mentions all of {mentions:?}"))
                }
                Some(_) => Verdict::Right,
            }
        }
    }
}

fn names(finding: &Finding, folder: &Path, scenario: &Scenario) -> bool {
    finding.text.contains(&*folder.to_string_lossy())
        || scenario
            .marks
            .iter()
            .any(|mark| finding.text.contains(mark))
}

/// Removes what a scenario leaves, so that it can be played again.
fn remove(folder: &Path, scenario: &Scenario) -> Result<(), HarnessError> {
    let marks = scenario.marks.iter().map(Path::new);
    for path in std::iter::once(folder).chain(marks) {
        let removed = if path.is_dir() {
            std::fs::remove_dir_all(path)
        } else if path.exists() {
            std::fs::remove_file(path)
        } else {
            Ok(())
        };
        removed.map_err(HarnessError::io(format!("removing {}", path.display())))?;
    }
    Ok(())
}

fn chown(folder: &Path, user: &str) -> Result<(), HarnessError> {
    let status = Command::new("chown").arg(user).arg(folder).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(HarnessError::Scenario(format!("chown {user} failed"))),
    }
}

const SETUP_LIMIT: Duration = Duration::from_mins(5);
const SCRIPT_LIMIT: Duration = Duration::from_mins(5);
const CANARY_LIMIT: Duration = Duration::from_secs(30);
const RIPENING: Duration = Duration::from_secs(20);

/// Data that scenarios may ask for: `documents FOLDER COUNT` writes that many texts.
const PRELUDE: &str = r#"
set -e
documents() {
    mkdir -p "$1"
    for number in $(seq 1 "$2"); do
        for line in $(seq 1 60); do
            echo "$number.$line customer record: account $((number * 7919 + line)), owner $line"
        done >"$1/report-$number.txt"
    done
}
"#;

#[cfg(test)]
mod tests;
