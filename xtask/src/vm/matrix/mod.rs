//! The daemon on kernels other than this machine's, and what is expected of it on each.
//!
//! Step: tooling. The expectations are data (`rows.toml`); guests are booted, a few side by side, and
//! compared with their rows, and a table says how all of them went. What the verifier and the layout
//! of structures make of the probes shows here and nowhere else. A kernel that Debian's archive no
//! longer has is left out, loudly.

mod compared;
pub(crate) mod programs;
mod row;
mod table;
mod ways;

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::architecture::Architecture;
use super::{Guest, Played, kernel, outcome, queue};
use crate::bpf::budget::Budget;
use crate::{packages, shell, workspace};
use compared::Told;
use programs::Programs;
use row::{Expected, Row, Watching};

/// Which rows are run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    /// All of them, and not the quick ones alone.
    pub(crate) all: bool,
    /// Those of these series, whether quick or not.
    pub(crate) kernels: Vec<String>,
    /// Those whose case has these words in it, whether quick or not.
    pub(crate) case: Option<String>,
    /// How many guests run at the same time; one more than there are processors where this is not given.
    pub(crate) at_once: Option<NonZeroUsize>,
}

impl Choice {
    /// Whether more is tried in each guest than what is tried whenever everything is tested.
    fn is_thorough(&self) -> bool {
        self.all || self.case.is_some() || !self.kernels.is_empty()
    }

    fn takes(&self, row: &Row) -> bool {
        let named = self.kernels.contains(&row.kernel);
        let fits = self.kernels.is_empty() || named;
        match &self.case {
            Some(case) => fits && row.name().contains(&case.replace(' ', "-")),
            None => fits && (self.all || named || row.quick),
        }
    }
}

/// How a row went.
struct Went {
    row: Row,
    /// The kernel's version, where there was one to boot.
    version: Option<String>,
    told: Told,
    /// Checks that were answered as expected, and all of them.
    checks: (usize, usize),
    /// How long the daemon took to start, as the guest said it.
    start: String,
    took: Duration,
    differences: Vec<String>,
}

impl Went {
    /// Nothing of it yet.
    fn new(row: Row) -> Self {
        Self {
            row,
            version: None,
            told: Told::default(),
            checks: (0, 0),
            start: String::new(),
            took: Duration::ZERO,
            differences: Vec::new(),
        }
    }
}

/// Runs the chosen rows, with the programs `given` or else with daemons that are built now, and
/// prints how they went.
///
/// # Errors
/// When a guest differs from its row, or no row could be run at all.
pub(crate) fn test(given: &[PathBuf], choice: &Choice) -> Result<()> {
    let all = run_all(given, choice)?;
    let ran = all.iter().filter(|went| went.version.is_some()).count();
    ensure!(ran > 0, "no guest could be run");
    Ok(())
}

/// Runs the chosen rows, prints how they went, and fails when one differs.
fn run_all(given: &[PathBuf], choice: &Choice) -> Result<Vec<Went>> {
    let rows = row::rows(ROWS)?.into_iter();
    let rows: Vec<Row> = rows.filter(|row| choice.takes(row)).collect();
    ensure!(!rows.is_empty(), "no row of the matrix is of that kind");
    let begun = Instant::now();
    let mut programs = Programs::new(given);
    let judge = choice.is_thorough().then(ways::judge).transpose()?;
    let ready = rows.into_iter().map(|row| Ready::of(row, &mut programs));
    let ready: Vec<Ready> = ready.collect();
    let at_once = choice.at_once.unwrap_or_else(queue::usual);
    let all = queue::run(ready, at_once, |ready| ready.run(judge.as_deref()));
    println!("{}", table::render(&all, begun.elapsed()));
    let differ = all.iter().filter(|went| !went.differences.is_empty());
    let names: Vec<String> = differ.map(|went| went.row.name()).collect();
    if !names.is_empty() {
        bail!("other than the matrix says: {}", names.join(", "));
    }
    Ok(all)
}

/// Runs the quick rows with `program`, where guests can be run at all; where not, that is said.
///
/// # Errors
/// When a guest differs from its row.
pub(crate) fn quick(program: &Path) -> Result<()> {
    if !Architecture::Amd64.is_ours() {
        shell::warn("LEFT OUT are other kernels: the quick rows of the matrix are for x86-64");
        return Ok(());
    }
    packages::ensure_for_guests()?;
    let (emulator, package) = Architecture::Amd64.emulator();
    if shell::find(emulator).is_none() {
        shell::warn(&format!(
            "LEFT OUT are other kernels: {package} is not installed"
        ));
        return Ok(());
    }
    let all = run_all(&[program.to_path_buf()], &Choice::default())?;
    if all.iter().all(|went| went.version.is_none()) {
        shell::warn("LEFT OUT are other kernels: none of them could be had");
    }
    Ok(())
}

/// A row with what it takes to run it.
struct Ready {
    went: Went,
    /// Its programs; none where the row is left out.
    programs: Option<[PathBuf; 3]>,
}

impl Ready {
    /// Fetches and builds what the row takes; what cannot be had leaves it out, or fails it.
    fn of(row: Row, programs: &mut Programs) -> Self {
        packages::ensure_for_emulation(row.architecture.emulator());
        let (architecture, name) = (row.architecture, row.name());
        let mut ready = Self {
            went: Went::new(row),
            programs: None,
        };
        let series = kernel::series(&ready.went.row.kernel);
        let version = match series.and_then(|series| kernel::fetch(series, architecture)) {
            Ok(kernel) => kernel.version,
            Err(error) => {
                shell::warn(&format!("LEFT OUT is {name}: {error:#}"));
                return ready;
            }
        };
        match programs.of(architecture) {
            Ok(Some(programs)) => {
                ready.went.version = Some(version);
                ready.programs = Some(programs);
            }
            Ok(None) => {
                let kind = architecture.name();
                shell::warn(&format!(
                    "LEFT OUT is {name}: no daemon for {kind} was given"
                ));
            }
            Err(error) => {
                ready.went.version = Some(version);
                ready.went.differences.push(format!("{error:#}"));
            }
        }
        ready
    }

    /// Runs the row; with the program that judges ways to write, those are tried as well.
    fn run(self, judge_of_ways: Option<&Path>) -> Went {
        let Self { mut went, programs } = self;
        let Some(programs) = programs else {
            return went;
        };
        match play(&went.row, &programs, judge_of_ways.is_some()) {
            Ok(played) => judge(&mut went, &played, judge_of_ways),
            Err(error) => went.differences.push(format!("{error:#}")),
        }
        let took = went.took.as_secs();
        let outcome = match went.differences.len() {
            0 => "as expected".to_owned(),
            count => format!("{count} differences"),
        };
        shell::step(&format!("{}: {outcome}, {took} s", went.row.name()));
        went
    }
}

/// Boots the guest of a row.
fn play(row: &Row, programs: &[PathBuf; 3], thorough: bool) -> Result<Played> {
    let guest = Guest {
        architecture: row.architecture,
        command_line: &row.command_line,
        processors: row.processors,
        memory: row.memory,
        limit: LIMIT,
        ..Guest::of(&row.kernel)
    };
    let script = match &row.expected {
        Expected::Watching(_) => {
            let withheld = if row.withheld { "yes" } else { "no" };
            let (free, wanted) = (row.free, &row.wanted);
            let ways = if thorough { WAYS } else { "" };
            format!("free={free}\nwithheld={withheld}\nwanted={wanted}\n{WATCHING}{ways}{ENDING}")
        }
        Expected::Refusing { code, why } => format!("code={code}\nwhy='{why}'\n{REFUSING}"),
    };
    let files = programs.each_ref().map(PathBuf::as_path);
    guest.play(&script, &files, &format!("matrix-{}", row.name()))
}

/// Holds what a guest said against its row.
fn judge(went: &mut Went, played: &Played, judge_of_ways: Option<&Path>) {
    went.took = played.took;
    let answers = &played.answers;
    let nothing_else = Watching {
        tier: String::new(),
        hooks: 0,
        missing: std::collections::BTreeMap::new(),
        library: String::new(),
        content: true,
        fails: std::collections::BTreeMap::new(),
    };
    let expected = match &went.row.expected {
        Expected::Watching(watching) => watching,
        Expected::Refusing { .. } => &nothing_else,
    };
    let mut differences = compared::checks(expected, answers);
    went.checks = (answers.len() - differences.len(), answers.len());
    let ready = answers.iter().find(|answer| answer.name == "becomes-ready");
    let after = ready.and_then(|answer| answer.seen.rsplit_once("after "));
    went.start = after.map_or_else(String::new, |(_, time)| time.to_owned());
    if let Expected::Watching(watching) = &went.row.expected {
        match doctor(&played.result) {
            Ok(doctor) => {
                let (more, told) = compared::compare(watching, &doctor);
                differences.extend(more);
                differences.extend(over_budget(told.verified));
                went.told = told;
            }
            Err(error) => differences.push(format!("{error:#}")),
        }
        if let Some(judge) = judge_of_ways
            && played.result.join("ways.phr").is_file()
        {
            match ways::judged(judge, &played.result) {
                Ok((wrong, told)) => {
                    went.checks.0 += told;
                    went.checks.1 += told + wrong.len();
                    differences.extend(wrong);
                }
                Err(error) => differences.push(format!("{error:#}")),
            }
        }
    }
    if !differences.is_empty() {
        print!("{}", outcome::table(answers));
    }
    went.differences = differences;
}

/// What is wrong with how much the verifier followed, if anything.
fn over_budget(verified: Option<u64>) -> Option<String> {
    let budget = workspace::root().and_then(|root| Budget::read(&root));
    match (budget, verified) {
        (Ok(budget), Some(count)) if count > budget.followed => Some(format!(
            "the verifier followed {count} instructions, the budget is {}",
            budget.followed
        )),
        (Ok(_), _) => None,
        (Err(error), _) => Some(format!("{error:#}")),
    }
}

/// What `doctor` said in the guest.
fn doctor(result: &Path) -> Result<serde_json::Value> {
    let text = fs::read_to_string(result.join("doctor.json"));
    let text = text.context("the guest gave back nothing that doctor said")?;
    serde_json::from_str(&text).context("what doctor said is no JSON")
}

const ROWS: &str = include_str!("rows.toml");
const WATCHING: &str = include_str!("../guest/watching.sh");
const WAYS: &str = include_str!("../guest/ways.sh");
const ENDING: &str = include_str!("../guest/ending.sh");
const REFUSING: &str = include_str!("../guest/refusing.sh");

/// Emulated and on a busy machine; most take a fifth of this on a quiet one.
const LIMIT: Duration = Duration::from_mins(9);

#[cfg(test)]
mod tests;
