//! Nothing is lost silently, and at the loads that are promised nothing is lost.
//!
//! Step: tests. Counters are compared to the last record, kind by kind, after the daemon has
//! drained and ended.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use harness::{Daemon, Operator, Request, Settings, Stage, Stats};
use libtest_mimic::{Failed, Trial};
use rustix::process::Signal;

use crate::ensure;
use crate::place::Available;

/// The tests of loss.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let test = |name, test| available.test(name, true, test);
    vec![
        test("loss::a-tiny-ring-counts-and-tells", tiny_ring),
        test("loss::the-default-ring-loses-no-write", |available| {
            keeps_up(available, "writes 2000000")
        }),
        test("loss::the-default-ring-loses-no-file", |available| {
            keeps_up(available, "files 50000")
        }),
        test("loss::the-default-ring-loses-no-process", |available| {
            keeps_up(available, "execs 5000")
        }),
    ]
}

/// Every record is delivered or dropped, by kind, and what was delivered was decoded.
pub(crate) fn reconcile(stats: &Stats) -> Result<(), Failed> {
    for (kind, counts) in &stats.kinds {
        let accounted = counts.delivered + counts.dropped;
        ensure(counts.emitted == accounted, || {
            format!("{kind} does not add up: {counts:?}\n{:#}", stats.value)
        })?;
        ensure(counts.decoded >= counts.delivered, || {
            format!("{kind} was not all decoded: {counts:?}\n{:#}", stats.value)
        })?;
    }
    ensure(stats.undecodable() == Some(0), || {
        format!("some records were undecodable: {:#}", stats.value)
    })?;
    ensure(stats.sum().delivered > 0, || {
        format!("nothing was delivered: {:#}", stats.value)
    })
}

/// A ring of 64 KiB overruns while the daemon is held; the loss is counted, and findings of that
/// time tell it.
fn tiny_ring(available: &Available) -> Result<(), Failed> {
    let (folder, settings) = available.settings()?;
    let settings = Settings {
        configuration: "[capture]\nring_bytes = 65536\n".to_owned(),
        ..settings
    };
    let operator = Arc::new(Operator::start(&folder.path().join("operator"))?);
    let daemon = Daemon::start(settings)?;
    let stage = Stage::new(&operator, daemon.board(), folder.path())?;
    // Held, the daemon takes nothing off the ring, so that the overrun does not hang on how fast
    // this machine is.
    daemon.signal(Signal::STOP)?;
    let storm = format!("{} files 5000 .", env!("CARGO_BIN_EXE_storm"));
    play(&operator, &storm, folder.path())?;
    daemon.signal(Signal::CONT)?;
    // A canary may itself be lost as long as the ring is being emptied.
    let released = (0..3).any(|_| stage.release_canary().is_ok());
    ensure(released, || "no finding after the storm".to_owned())?;
    let board = daemon.board().clone();
    let ended = daemon.stop()?;
    let stats = ended.stats.ok_or("no counters were written")?;
    reconcile(&stats)?;
    ensure(stats.sum().dropped > 0, || {
        format!("a ring of 64 KiB lost nothing: {:#}", stats.value)
    })?;
    let findings = board.findings();
    ensure(findings.iter().any(|finding| finding.lost() > 0), || {
        format!("none of {} findings tells of the loss", findings.len())
    })
}

/// The default ring takes a storm without any loss.
fn keeps_up(available: &Available, storm: &str) -> Result<(), Failed> {
    let (folder, settings) = available.settings()?;
    let operator = Arc::new(Operator::start(&folder.path().join("operator"))?);
    let daemon = Daemon::start(settings)?;
    let stage = Stage::new(&operator, daemon.board(), folder.path())?;
    let script = format!("{} {storm} .", env!("CARGO_BIN_EXE_storm"));
    play(&operator, &script, folder.path())?;
    stage.release_canary()?;
    let ended = daemon.stop()?;
    let stats = ended.stats.ok_or("no counters were written")?;
    reconcile(&stats)?;
    ensure(stats.sum().dropped == 0, || {
        format!(
            "{} records were lost: {:#}",
            stats.sum().dropped,
            stats.value
        )
    })
}

fn play(operator: &Operator, script: &str, directory: &Path) -> Result<(), Failed> {
    let request = Request {
        script,
        directory,
        ..Request::default()
    };
    let done = operator.run("storm", &request, Duration::from_mins(5))?;
    ensure(done.status == 0, || done.output)
}
