//! `cargo xtask demo`: six packings and six things that only look like it, and what is said of
//! each.
//!
//! Step: tooling. The scenarios are those of the live tests that carry a place in the demo; the
//! daemon is the one that is shipped. The exit code is 0 only when everything was as expected.

mod table;

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use harness::{Daemon, Operator, Scenario, Settings, Stage, Verdict, judge, load_scenarios};

use crate::{daemon, packages, shell, workspace};

/// Pack six times and six times only seem to, and show what the daemon says.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The daemon, where it is built already.
    #[arg(long)]
    program: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When the daemon cannot run here, or says something else than expected.
pub(crate) fn run(options: &Options) -> Result<()> {
    let root = workspace::root()?;
    let program = match &options.program {
        Some(program) => program.clone(),
        None => daemon::build(&root)?,
    };
    if !shell::is_root() {
        return again_as_root(&program);
    }
    packages::ensure()?;
    let mut scenarios = load_scenarios(&root.join("tests/scenarios"))?;
    scenarios.retain(|scenario| scenario.demo.is_some());
    scenarios.sort_by_key(|scenario| scenario.demo);
    let folder = tempfile::Builder::new().prefix("phound-").tempdir()?;
    let operator = Arc::new(Operator::start(&folder.path().join("operator"))?);
    let daemon = Daemon::start(Settings::new(&program, folder.path()))?;
    let stage = Stage::new(&operator, daemon.board(), folder.path())?;
    table::heading(daemon.started_in());
    let mut right = 0;
    let mut last_group = None;
    for scenario in &scenarios {
        let group = table::group(scenario);
        if last_group != Some(group) {
            println!("{}", table::rule(group));
            last_group = Some(group);
        }
        if play(&stage, scenario)? {
            right += 1;
        }
    }
    let ended = daemon.stop()?;
    println!("{}", table::rule(""));
    let lost = ended.stats.as_ref().map(harness::Stats::sum);
    table::footing(right, scenarios.len(), lost, ended.took);
    if right < scenarios.len() {
        let kept = folder.keep();
        bail!(
            "{} of {} were not as expected; the daemon's log and state are in {}",
            scenarios.len() - right,
            scenarios.len(),
            kept.display()
        );
    }
    Ok(())
}

/// Plays one scenario and prints its row; gives whether all was as expected.
fn play(stage: &Stage, scenario: &Scenario) -> Result<bool> {
    if let Some(missing) = scenario
        .needs
        .iter()
        .find(|need| harness::find_program(need).is_none())
    {
        println!("{}", table::impossible(scenario, missing));
        return Ok(false);
    }
    let outcome = stage
        .play(scenario)
        .with_context(|| format!("playing {}", scenario.name))?;
    let verdict = judge(&scenario.expectation, &outcome.findings);
    print!("{}", table::row(scenario, &outcome, &verdict));
    Ok(verdict == Verdict::Right)
}

/// Starts this command again with root's rights; everything is built by now.
fn again_as_root(program: &std::path::Path) -> Result<()> {
    shell::step("the daemon needs root, so sudo may ask for your password");
    let own = std::env::current_exe()?;
    let mut command: Command = shell::as_root(&own)?;
    shell::run(command.args(["demo", "--program"]).arg(program))
}
