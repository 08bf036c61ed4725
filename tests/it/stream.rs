//! From the spool to the collector's files: everything that was spooled arrives once.
//!
//! Step: tests. Some agents here are made up (`FleetAgent`), one is the real daemon. The number of
//! kills is small by default; `PACKHOUND_KILLS=100` asks for more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use harness::{Collector, CollectorSettings, Daemon, Finding, FleetAgent};
use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use crate::load::Load;
use crate::packer::Packer;
use crate::place::Available;
use crate::{ensure, trial};

/// The tests of the stream.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let test = |name, live, test| available.test(name, live, test);
    vec![
        test(
            "stream::findings-arrive-once-after-the-collector-was-absent",
            true,
            absent,
        ),
        test("stream::agent-killed-at-random-points", true, agent_killed),
        test(
            "stream::collector-killed-at-random-points",
            false,
            collector_killed,
        ),
        test("stream::files-are-closed-and-compressed", false, rotated),
        trial(
            "stream::evidence-is-the-records-of-whom-findings-name",
            available.is_live() && has_python(),
            {
                let available = available.clone();
                move || evidence(&available)
            },
        ),
    ]
}

/// How often something is killed.
pub(crate) fn kills() -> usize {
    let asked = std::env::var("PACKHOUND_KILLS").ok();
    asked.and_then(|number| number.parse().ok()).unwrap_or(5)
}

/// Whether the readers of tables are there.
pub(crate) fn has_python() -> bool {
    std::env::var_os("PACKHOUND_PYTHON").is_some()
}

/// A folder and a collector's settings in it.
pub(crate) fn collector(available: &Available) -> Result<(TempDir, CollectorSettings), Failed> {
    let folder = TempDir::with_prefix("phound-")?;
    let settings = CollectorSettings::new(&available.program(), folder.path());
    Ok((folder, settings))
}

/// Documents that are told apart by their number.
pub(crate) fn documents(agent: u64, number: u64) -> Vec<String> {
    let document = |one| {
        format!("{{\"class_uid\":2004,\"agent\":{agent},\"number\":{one},\"text\":\"{one:0100}\"}}")
    };
    (0..number).map(document).collect()
}

/// Waits until `holds` gives something.
pub(crate) fn wait_for<T>(
    what: &str,
    mut holds: impl FnMut() -> Result<Option<T>, Failed>,
) -> Result<T, Failed> {
    let begun = Instant::now();
    loop {
        if let Some(found) = holds()? {
            return Ok(found);
        }
        ensure(begun.elapsed() < PATIENCE, || {
            format!("waited in vain: {what}")
        })?;
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// A number that differs from run to run.
pub(crate) fn chance(below: u64) -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    let hasher = std::hash::RandomState::new().build_hasher();
    hasher.finish() % below
}

/// Fails unless every document is there exactly once.
pub(crate) fn each_once(lines: &[String], expected: &BTreeSet<String>) -> Result<(), Failed> {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines {
        *found.entry(line).or_default() += 1;
    }
    let missing = expected
        .iter()
        .filter(|one| !found.contains_key(one.as_str()));
    let repeated = found.iter().filter(|(_, number)| **number > 1);
    let (missing, repeated) = (missing.count(), repeated.count());
    ensure(
        missing == 0 && repeated == 0 && found.len() == expected.len(),
        || {
            format!(
                "{missing} missing, {repeated} repeated, {} in all",
                found.len()
            )
        },
    )
}

/// Fails unless what was printed is what was collected, each revision of a finding once.
pub(crate) fn same(printed: &[Finding], lines: &[String]) -> Result<(), Failed> {
    let printed = printed.iter().map(|finding| finding.text.clone());
    let printed: BTreeSet<String> = printed.collect();
    let collected: BTreeSet<&String> = lines.iter().collect();
    ensure(collected.len() == lines.len(), || {
        "a line came twice".to_owned()
    })?;
    let missing = printed.iter().filter(|line| !collected.contains(line));
    let missing: Vec<&String> = missing.collect();
    ensure(missing.is_empty(), || {
        format!("not collected: {missing:#?}")
    })?;
    let mut revisions = BTreeSet::new();
    for line in lines {
        let finding = Finding::parse(line, Instant::now())?;
        let revision = finding.value["unmapped"]["packhound"]["revision"].to_string();
        let again = || format!("{} in revision {revision} came twice", finding.uid);
        ensure(
            revisions.insert((finding.uid.clone(), revision.clone())),
            again,
        )?;
    }
    Ok(())
}

fn absent(available: &Available) -> Result<(), Failed> {
    let packer = Packer::new(available, "")?;
    let daemon = Daemon::start(packer.settings.clone())?;
    packer.pack_and_wait(&daemon, "early.zip")?;
    let words = daemon.last_words();
    ensure(words.contains("waits in the spool"), || words.clone())?;
    let collector = Collector::start(packer.collector())?;
    let settings = collector.settings().clone();
    wait_for("the finding in the collector's file", || {
        let lines = settings.lines()?;
        Ok(lines
            .iter()
            .any(|line| line.contains("early.zip"))
            .then_some(()))
    })?;
    packer.pack_and_wait(&daemon, "late.zip")?;
    let board = daemon.board().clone();
    let ended = daemon.stop()?;
    ensure(ended.status.success(), || format!("{}", ended.status))?;
    let stats = ended.stats.ok_or("no counters")?;
    let stream = &stats.value["stream"];
    ensure(stream["findings_delivered"] == true, || {
        format!("{stream:#}")
    })?;
    let (ended, counters) = collector.stop()?;
    ensure(ended.success(), || format!("{ended}: {}", settings.log()))?;
    let lines = settings.lines()?;
    same(&board.findings(), &lines)?;
    ensure(counters["findings"] == lines.len(), || {
        format!("{counters:#}")
    })?;
    ensure(counters["findings"] == stream["spooled"], || {
        format!("{counters:#} {stream:#}")
    })?;
    ensure(counters["missing"] == 0, || format!("{counters:#}"))
}

fn agent_killed(available: &Available) -> Result<(), Failed> {
    let packer = Packer::new(available, "")?;
    let settings = packer.collector();
    let printed = kill_agents(&packer, Collector::start(settings.clone())?)?;
    same(&printed, &settings.lines()?)
}

/// Kills one daemon after the other while it packs, lets the last one deliver everything, and stops
/// the collector; gives what was printed.
pub(crate) fn kill_agents(packer: &Packer, collector: Collector) -> Result<Vec<Finding>, Failed> {
    let settings = collector.settings().clone();
    let mut printed = Vec::new();
    for round in 0..kills() {
        let daemon = Daemon::start(packer.settings.clone())?;
        packer.pack_and_wait(&daemon, &format!("{round}-first.zip"))?;
        // The next finding is on its way somewhere between kernel, spool, state and collector.
        packer.pack(&format!("{round}-second.zip"))?;
        std::thread::park_timeout(Duration::from_millis(chance(1_500)));
        let board = daemon.board().clone();
        daemon.kill()?;
        printed.extend(board.findings());
    }
    let daemon = Daemon::start(packer.settings.clone())?;
    packer.pack_and_wait(&daemon, "last.zip")?;
    let board = daemon.board().clone();
    let ended = daemon.stop()?;
    printed.extend(board.findings());
    let stats = ended.stats.ok_or("no counters")?;
    let stream = &stats.value["stream"];
    ensure(stream["findings_delivered"] == true, || {
        format!("{stream:#}")
    })?;
    let (ended, counters) = collector.stop()?;
    ensure(ended.success(), || format!("{ended}: {}", settings.log()))?;
    ensure(counters["missing"] == 0, || format!("{counters:#}"))?;
    Ok(printed)
}

fn collector_killed(available: &Available) -> Result<(), Failed> {
    let (_folder, mut settings) = collector(available)?;
    // Small files, so that kills meet their closing too.
    settings.arguments = ["--rotate-bytes", "200000"].map(str::to_owned).to_vec();
    let mut collector = Collector::start(settings.clone())?;
    let load = Load::start(&settings.socket(), kills(), 6_000);
    for _ in 0..kills() {
        std::thread::park_timeout(Duration::from_millis(chance(60)));
        collector.kill()?;
        collector = Collector::start(settings.clone())?;
        load.next_round();
    }
    load.finish(collector, &settings, None)
}

fn rotated(available: &Available) -> Result<(), Failed> {
    let (_folder, mut settings) = collector(available)?;
    settings.arguments = ["--rotate-bytes", "50000"].map(str::to_owned).to_vec();
    let collector = Collector::start(settings.clone())?;
    let documents = documents(1, 2_000);
    FleetAgent::new(1).deliver(&settings.socket(), &documents, 10, 1)?;
    let (ended, counters) = collector.stop()?;
    ensure(ended.success(), || settings.log())?;
    ensure(counters["findings"] == 2_000, || format!("{counters:#}"))?;
    let names = names(&settings.out.join("findings"))?;
    ensure(names.len() > 2, || format!("{names:?}"))?;
    ensure(names.iter().all(|name| name.ends_with(".jsonl.gz")), || {
        format!("{names:?}")
    })?;
    each_once(&settings.lines()?, &documents.into_iter().collect())
}

fn names(folder: &Path) -> Result<Vec<String>, Failed> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Findings and the records of the processes that they name, and no others.
fn evidence(available: &Available) -> Result<(), Failed> {
    let packer = Packer::new(available, "what = \"evidence\"\n")?;
    let collector = Collector::start(packer.collector())?;
    let settings = collector.settings().clone();
    let daemon = Daemon::start(packer.settings.clone())?;
    packer.pack_and_wait(&daemon, "a.zip")?;
    let ended = daemon.stop()?;
    ensure(ended.status.success(), || format!("{}", ended.status))?;
    let (ended, counters) = collector.stop()?;
    ensure(ended.success(), || settings.log())?;
    ensure(counters["missing"] == 0, || format!("{counters:#}"))?;
    let mut named = BTreeSet::new();
    for line in settings.lines()? {
        named.extend(Finding::parse(&line, Instant::now())?.pids);
    }
    let mut told = BTreeSet::new();
    for row in rows(&settings.out.join("telemetry"))? {
        // The capture's opening is nobody's. pandas makes floats of numbers where some are null.
        let pid = row["pid"].as_f64().map(|pid| pid as u64);
        let path = row["path"].as_str().unwrap_or_default().to_owned();
        let is_named = pid.is_none_or(|pid| named.contains(&pid));
        ensure(is_named, || format!("{row}"))?;
        told.insert(path);
    }
    // zip renames its output to the name as it was given.
    let archive = told.iter().any(|path| path.ends_with("a.zip"));
    ensure(archive, || format!("{told:?}"))
}

/// Every row of every table below a folder: its process and its path.
fn rows(folder: &Path) -> Result<Vec<serde_json::Value>, Failed> {
    let python = std::env::var_os("PACKHOUND_PYTHON").ok_or("no PACKHOUND_PYTHON")?;
    let script = "import sys, pandas\nframe = pandas.read_parquet(sys.argv[1])\n\
                  print(frame[['pid', 'path']].to_json(orient='records', lines=True))";
    let mut command = std::process::Command::new(python);
    let told = crate::place::run(command.args(["-c", script]).arg(folder))?;
    told.expect(0, &[])?;
    let lines = told.out.lines().filter(|line| !line.is_empty());
    Ok(lines.map(serde_json::from_str).collect::<Result<_, _>>()?)
}

pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
