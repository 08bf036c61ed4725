//! The real daemon's spool when the collector is long away, and when its disk is damaged.
//!
//! Step: tests. What must hold: every finding arrives, the newest telemetry arrives, and what did
//! not is told by the collector, with numbers that add up.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use harness::{Collector, CollectorSettings, Daemon, Request};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::packer::Packer;
use crate::place::{Available, run};
use crate::stream::{has_python, same, wait_for};
use crate::{ensure, trial};

/// The tests of the spool.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let able = available.clone();
    vec![
        trial(
            "spool::findings-and-the-newest-telemetry-outlast-it",
            available.is_live() && has_python(),
            move || outlasted(&able),
        ),
        available.test(
            "spool::what-is-intact-of-a-damaged-one-arrives",
            true,
            damaged,
        ),
    ]
}

/// Much more telemetry than the spool takes, while nobody collects.
fn outlasted(available: &Available) -> Result<(), Failed> {
    let stream = "what = \"telemetry\"\n[capture]\nrecords_per_second = 0\n";
    let packer = Packer::new(available, stream)?;
    let mut settings = packer.settings.clone();
    settings.max_spool = Some(1 << 20);
    let daemon = Daemon::start(settings)?;
    packer.pack_and_wait(&daemon, "early.zip")?;
    storm(&packer)?;
    packer.pack_and_wait(&daemon, "late.zip")?;
    let board = daemon.board().clone();
    // Whatever the daemon was told is in the spool when it ends.
    let ended = daemon.stop()?;
    let first = ended.stats.ok_or("no counters")?.value["stream"].clone();
    ensure(first["evicted_telemetry"].as_u64() > Some(0), || {
        format!("{first:#}")
    })?;
    ensure(first["evicted_findings"] == 0, || format!("{first:#}"))?;
    ensure(first["waiting_bytes"].as_u64() <= Some(1 << 20), || {
        format!("{first:#}")
    })?;
    let collector = Collector::start(packer.collector())?;
    let settings = collector.settings().clone();
    let mut again = packer.settings.clone();
    "what = \"findings\"\n".clone_into(&mut again.configuration);
    let daemon = Daemon::start(again)?;
    wait_for("an empty spool", || {
        let left = segments(&packer.folder.path().join("spool/telemetry"))?;
        Ok(left.is_empty().then_some(()))
    })?;
    let mut findings = board.findings();
    findings.extend(daemon.board().findings());
    daemon.stop()?;
    let (status, counters) = collector.stop()?;
    ensure(status.success(), || settings.log())?;
    same(&findings, &settings.lines()?)?;
    adds_up(&first, &counters, &settings)?;
    // The newest of it is there, and what was told first is not.
    let paths = told_paths(&settings.out.join("telemetry"))?;
    let told = |name: &str| paths.lines().any(|path| path.ends_with(name));
    ensure(told("late.zip") && !told("early.zip"), || {
        format!("{} paths", paths.lines().count())
    })
}

/// Every record that the first run spooled arrived, or was evicted and told so.
fn adds_up(first: &Value, counters: &Value, settings: &CollectorSettings) -> Result<(), Failed> {
    let number = |value: &Value| value.as_u64().unwrap_or(u64::MAX);
    let evicted = number(&first["evicted_telemetry"]);
    let words = || format!("{first:#} {counters:#} {}", settings.log());
    ensure(number(&counters["losses"]) > 0, words)?;
    ensure(counters["missing"] == evicted, words)?;
    let log = settings.log();
    let told: u64 = log
        .lines()
        .filter(|line| line.contains(" items of telemetry (evicted"))
        .filter_map(|line| {
            line.split(" lost ")
                .nth(1)?
                .split(' ')
                .next()?
                .parse::<u64>()
                .ok()
        })
        .sum();
    ensure(told == evicted, || {
        format!("{told} of {evicted} told: {log}")
    })
}

fn storm(packer: &Packer) -> Result<(), Failed> {
    let script = format!("{} files 20000 .", env!("CARGO_BIN_EXE_storm"));
    let request = Request {
        script: &script,
        directory: &packer.folder.path().join("work"),
        ..Request::default()
    };
    let limit = Duration::from_mins(2);
    let done = packer.operator.run("storm", &request, limit)?;
    ensure(done.status == 0, || done.output)
}

/// The paths of all telemetry, one per line.
fn told_paths(folder: &Path) -> Result<String, Failed> {
    let python = std::env::var_os("PACKHOUND_PYTHON").ok_or("no PACKHOUND_PYTHON")?;
    let script = "import sys, duckdb\n\
                  parts = sys.argv[1] + '/*/*/*.parquet'\n\
                  query = f\"select distinct path from read_parquet('{parts}')\"\n\
                  print('\\n'.join(str(row[0]) for row in duckdb.sql(query).fetchall()))";
    let mut command = Command::new(python);
    let told = run(command.args(["-c", script]).arg(folder))?;
    told.expect(0, &[])?;
    Ok(told.out)
}

fn segments(folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "seg") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// A bit of a spooled finding is flipped while the daemon is away.
fn damaged(available: &Available) -> Result<(), Failed> {
    let packer = Packer::new(available, "")?;
    let daemon = Daemon::start(packer.settings.clone())?;
    for name in ["one.zip", "two.zip", "three.zip"] {
        packer.pack_and_wait(&daemon, name)?;
    }
    let board = daemon.board().clone();
    daemon.kill()?;
    let printed = board.findings();
    let [segment] = &segments(&packer.folder.path().join("spool/findings"))?[..] else {
        return Err("not one segment".into());
    };
    let mut bytes = std::fs::read(segment)?;
    // In the middle of the first finding's document.
    let at = bytes.windows(7).position(|window| window == b"one.zip");
    bytes[at.ok_or("no finding names one.zip")?] ^= 1;
    std::fs::write(segment, bytes)?;
    let collector = Collector::start(packer.collector())?;
    let settings = collector.settings().clone();
    let daemon = Daemon::start(packer.settings.clone())?;
    packer.pack_and_wait(&daemon, "four.zip")?;
    wait_for("the last finding", || {
        let lines = settings.lines()?;
        let last = lines.iter().any(|line| line.contains("four.zip"));
        Ok(last.then_some(()))
    })?;
    let words = daemon.last_words();
    let named = words.contains(" items of findings lost") && words.contains(".seg");
    ensure(named, || words.clone())?;
    daemon.stop()?;
    let (status, counters) = collector.stop()?;
    ensure(status.success(), || settings.log())?;
    let lines = settings.lines()?;
    let missing = printed.iter().filter(|one| !lines.contains(&one.text));
    let missing: Vec<&str> = missing.map(|one| one.text.as_str()).collect();
    // What was spooled together with the damaged one is lost with it, and nothing else.
    let others = missing.iter().all(|text| text.contains("one.zip"));
    ensure(!missing.is_empty() && others, || format!("{missing:#?}"))?;
    ensure(counters["missing"] == missing.len(), || {
        format!("{counters:#} {missing:#?}")
    })?;
    ensure(counters["losses"] == 1, || format!("{counters:#}"))?;
    let log = settings.log();
    let told = log.contains(" items of findings (damaged") && log.contains(".seg");
    ensure(told, || log.clone())
}
