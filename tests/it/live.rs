//! The scenarios, played on this machine's kernel beside one daemon.
//!
//! Step: tests. After the last scenario the whole run is looked at again: what was to stay silent
//! must have stayed so to the end, standard output must have held findings only, the daemon must
//! end in time, and every record must be accounted for.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use harness::{
    Daemon, Expectation, HarnessError, Operator, Outcome, Scenario, Stage, Verdict, find_program,
    judge, load_scenarios,
};
use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use crate::place::Available;
use crate::{ensure, loss, promptly, trial};

/// One test for each scenario, and one for the run as a whole.
pub(crate) fn trials(available: &Available) -> Result<Vec<Trial>, HarnessError> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let run = Arc::new(Run {
        available: available.clone(),
        theatre: Mutex::default(),
    });
    let mut trials = Vec::new();
    for scenario in load_scenarios(&folder)? {
        let missing = scenario
            .needs
            .iter()
            .find(|need| find_program(need).is_none());
        if let Some(missing) = missing.filter(|_| available.is_live()) {
            eprintln!("tests/it: left out: {}: no {missing} here", scenario.name);
        }
        let possible = available.is_live() && missing.is_none();
        let run = Arc::clone(&run);
        let name = format!("live::{}", scenario.name);
        trials.push(trial(&name, possible, move || run.play(scenario)));
    }
    trials.push(trial(
        "live::the-whole-run",
        available.is_live(),
        move || run.look_back(),
    ));
    Ok(trials)
}

/// What the scenarios share.
struct Run {
    available: Available,
    theatre: Mutex<Option<Theatre>>,
}

/// The daemon with everything around it.
struct Theatre {
    daemon: Daemon,
    stage: Stage,
    /// Silent scenarios with the uids and shell by which their findings would be known.
    silent: Vec<(Scenario, u64)>,
    /// Removed last.
    _folder: TempDir,
}

impl Theatre {
    fn open(available: &Available) -> Result<Self, Failed> {
        let (folder, settings) = available.settings()?;
        let operator = Arc::new(Operator::start(&folder.path().join("operator"))?);
        let daemon = Daemon::start(settings)?;
        let stage = Stage::new(&operator, daemon.board(), folder.path())?;
        Ok(Self {
            daemon,
            stage,
            silent: Vec::new(),
            _folder: folder,
        })
    }
}

impl Run {
    fn play(&self, scenario: Scenario) -> Result<(), Failed> {
        let mut theatre = self.theatre.lock().unwrap_or_else(PoisonError::into_inner);
        let theatre = match &mut *theatre {
            Some(theatre) => theatre,
            closed => closed.insert(Theatre::open(&self.available)?),
        };
        let outcome = theatre
            .stage
            .play(&scenario)
            .map_err(|error| format!("{error}\n{}", theatre.daemon.last_words()))?;
        match judge(&scenario.expectation, &outcome.findings) {
            Verdict::Wrong(why) => Err(Failed::from(told(&why, &outcome))),
            Verdict::Right => {
                if let Expectation::Silent { .. } = scenario.expectation {
                    theatre.silent.push((scenario, outcome.done.pid));
                }
                Ok(())
            }
        }
    }

    fn look_back(&self) -> Result<(), Failed> {
        let mut theatre = self.theatre.lock().unwrap_or_else(PoisonError::into_inner);
        let theatre = match theatre.take() {
            Some(theatre) => theatre,
            None => Theatre::open(&self.available)?,
        };
        theatre.stage.release_canary()?;
        let board = theatre.daemon.board().clone();
        let ended = theatre.daemon.stop()?;
        ensure(ended.status.success(), || format!("{}", ended.status))?;
        promptly(&ended)?;
        let complaints = board.complaints();
        ensure(complaints.is_empty(), || {
            format!("not findings on standard output: {complaints:#?}")
        })?;
        for (scenario, pid) in &theatre.silent {
            let mut late = board.findings();
            late.retain(|finding| finding.pids.contains(pid));
            if let Verdict::Wrong(why) = judge(&scenario.expectation, &late) {
                return Err(Failed::from(format!("{}, later: {why}", scenario.name)));
            }
        }
        let stats = ended.stats.ok_or("no counters were written")?;
        loss::reconcile(&stats)
    }
}

/// A failure with everything that helps to understand it.
fn told(why: &str, outcome: &Outcome) -> String {
    let mut text = format!("{why}\n");
    for finding in &outcome.findings {
        text.push_str(&finding.text);
        text.push('\n');
    }
    text.push_str("the script printed:\n");
    text.push_str(&outcome.done.output);
    text
}
