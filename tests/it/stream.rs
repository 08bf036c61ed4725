//! From the spool to the collector's files: everything that was spooled arrives once.
//!
//! Step: tests. Some agents here are made up (`FleetAgent`), one is the real daemon. The number of
//! kills is small by default; `PACKHOUND_KILLS=100` asks for more.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use harness::{
    Collector, CollectorSettings, Daemon, Finding, FleetAgent, Operator, Request, Settings,
};
use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use crate::ensure;
use crate::place::Available;

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
        test("stream::telemetry-and-evictions-arrive", true, telemetry),
        test(
            "stream::evidence-is-the-records-of-whom-findings-name",
            true,
            evidence,
        ),
    ]
}

/// How often something is killed.
pub(crate) fn kills() -> usize {
    let asked = std::env::var("PACKHOUND_KILLS").ok();
    asked.and_then(|number| number.parse().ok()).unwrap_or(5)
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

/// A daemon that streams, and somebody who packs beside it.
pub(crate) struct Packer {
    folder: TempDir,
    pub(crate) settings: Settings,
    operator: Operator,
}

impl Packer {
    pub(crate) fn new(available: &Available, stream: &str) -> Result<Self, Failed> {
        let (folder, mut settings) = available.settings()?;
        settings.stream = true;
        stream.clone_into(&mut settings.configuration);
        let operator = Operator::start(&folder.path().join("operator"))?;
        let work = folder.path().join("work");
        std::fs::create_dir(&work)?;
        std::fs::write(work.join("text"), "something\n".repeat(100))?;
        Ok(Self {
            folder,
            settings,
            operator,
        })
    }

    pub(crate) fn collector(&self) -> CollectorSettings {
        CollectorSettings::new(&self.settings.program, self.folder.path())
    }

    fn pack(&self, name: &str) -> Result<(), Failed> {
        self.run(&format!("zip -q -P s3cret {name} text"))
    }

    /// Has the operator do something in the folder of work.
    pub(crate) fn run(&self, script: &str) -> Result<(), Failed> {
        let request = Request {
            script,
            directory: &self.folder.path().join("work"),
            ..Request::default()
        };
        let done = self
            .operator
            .run("stream", &request, Duration::from_mins(1))?;
        ensure(done.status == 0, || done.output)
    }

    fn pack_and_wait(&self, daemon: &Daemon, name: &str) -> Result<(), Failed> {
        self.pack(name)?;
        let path = self.folder.path().join("work").join(name);
        let path = path.to_string_lossy().into_owned();
        let told = daemon.board().wait(PATIENCE, |all| {
            all.iter()
                .any(|finding| finding.text.contains(&path))
                .then_some(())
        });
        let words = || format!("no finding names {path}\n{}", daemon.last_words());
        ensure(told.is_some(), words)
    }
}

/// Fails unless what was printed is what was collected, each revision of a finding once.
fn same(printed: &[Finding], lines: &[String]) -> Result<(), Failed> {
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
    let collector = Collector::start(packer.collector())?;
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
    same(&printed, &settings.lines()?)
}

fn collector_killed(available: &Available) -> Result<(), Failed> {
    let (_folder, mut settings) = collector(available)?;
    // Small files, so that kills meet their closing too.
    settings.arguments = ["--rotate-bytes", "200000"].map(str::to_owned).to_vec();
    let number = ROUND * (kills() + 1);
    let killed = Arc::new(AtomicUsize::new(0));
    let mut collector = Collector::start(settings.clone())?;
    let agents: Vec<_> = (0..AGENTS)
        .map(|agent| {
            let (socket, killed) = (settings.socket(), Arc::clone(&killed));
            std::thread::spawn(move || {
                let documents = documents(agent, number as u64);
                // A round more than there were kills, so that each kill meets documents to come,
                // however fast this machine is.
                (1..=kills() + 1).try_for_each(|round| {
                    while killed.load(Ordering::Relaxed) + 1 < round {
                        std::thread::park_timeout(Duration::from_millis(1));
                    }
                    let so_far = &documents[..ROUND * round];
                    FleetAgent::new(agent).deliver(&socket, so_far, 50, 500)
                })
            })
        })
        .collect();
    for _ in 0..kills() {
        std::thread::park_timeout(Duration::from_millis(chance(60)));
        collector.kill()?;
        collector = Collector::start(settings.clone())?;
        killed.fetch_add(1, Ordering::Relaxed);
    }
    for agent in agents {
        agent.join().map_err(|_| "an agent panicked")??;
    }
    let (status, _) = collector.stop()?;
    ensure(status.success(), || format!("{status}: {}", settings.log()))?;
    let expected = (0..AGENTS).flat_map(|agent| documents(agent, number as u64));
    each_once(&settings.lines()?, &expected.collect())
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

/// All telemetry, with a spool too small for it while nobody collects.
fn telemetry(available: &Available) -> Result<(), Failed> {
    let packer = Packer::new(
        available,
        "what = \"telemetry\"\n[capture]\nrecords_per_second = 0\n",
    )?;
    let path = packer.settings.configuration_path();
    let mut daemon_settings = packer.settings.clone();
    daemon_settings.max_spool = Some(1 << 20);
    let daemon = Daemon::start(daemon_settings)?;
    packer.pack_and_wait(&daemon, "early.zip")?;
    let storm = env!("CARGO_BIN_EXE_storm");
    let script = format!("{storm} files 20000 .");
    let request = Request {
        script: &script,
        directory: &packer.folder.path().join("work"),
        ..Request::default()
    };
    let done = packer
        .operator
        .run("storm", &request, Duration::from_mins(2))?;
    ensure(done.status == 0, || done.output)?;
    packer.pack_and_wait(&daemon, "late.zip")?;
    let collector = Collector::start(packer.collector())?;
    let settings = collector.settings().clone();
    wait_for("both findings", || {
        let lines = settings.lines()?;
        let both = ["early.zip", "late.zip"];
        let all = both
            .iter()
            .all(|name| lines.iter().any(|line| line.contains(name)));
        Ok(all.then_some(()))
    })?;
    let board = daemon.board().clone();
    let ended = daemon.stop()?;
    let stats = ended.stats.ok_or("no counters")?;
    let stream = &stats.value["stream"];
    ensure(stream["evicted_telemetry"].as_u64() > Some(0), || {
        format!("{stream:#} {}", path.display())
    })?;
    ensure(stream["evicted_findings"] == 0, || format!("{stream:#}"))?;
    let (ended, counters) = collector.stop()?;
    ensure(ended.success(), || settings.log())?;
    same(&board.findings(), &settings.lines()?)?;
    ensure(counters["records"].as_u64() > Some(0), || {
        format!("{counters:#}")
    })?;
    ensure(counters["losses"].as_u64() > Some(0), || {
        format!("{counters:#}")
    })?;
    ensure(counters["undecodable"] == 0, || format!("{counters:#}"))?;
    let log = settings.log();
    ensure(log.contains("evicted"), || log.clone())?;
    let tables = names(&settings.out.join("telemetry"))?;
    ensure(
        !tables.is_empty() && tables.iter().all(|name| name.starts_with("day=")),
        || format!("{tables:?}"),
    )
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
        let pid = row["pid"].as_u64().ok_or_else(|| format!("{row}"))?;
        let path = row["path"].as_str().unwrap_or_default().to_owned();
        // The capture's opening is nobody's.
        ensure(pid == 0 || named.contains(&pid), || format!("{row}"))?;
        told.insert(path);
    }
    // zip renames its output to the name as it was given.
    let archive = told.iter().any(|path| path.ends_with("a.zip"));
    ensure(archive, || format!("{told:?}"))
}

/// Every row of every table below a folder.
fn rows(folder: &Path) -> Result<Vec<serde_json::Value>, Failed> {
    let mut rows = Vec::new();
    for name in names(folder)? {
        let path = folder.join(&name);
        if path.is_dir() {
            rows.extend(self::rows(&path)?);
        } else {
            let mut text = String::new();
            let file = std::fs::File::open(&path)?;
            flate2::read::GzDecoder::new(file).read_to_string(&mut text)?;
            for line in text.lines() {
                rows.push(serde_json::from_str(line)?);
            }
        }
    }
    Ok(rows)
}

/// Documents of one agent between two kills.
const ROUND: usize = 6_000;

const AGENTS: u64 = 4;
const PATIENCE: Duration = Duration::from_mins(1);
