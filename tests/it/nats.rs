//! From agents through the collector into a real `JetStream`: everything once, whoever is killed.
//!
//! Step: tests. Every test has a nats-server of its own, which cargo xtask test installs.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use harness::{Collector, CollectorSettings, FleetAgent, Nats, find_program};
use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use crate::place::Available;
use crate::stream::{chance, collector, documents, each_once, kills, wait_for};
use crate::{ensure, trial};

/// The tests of publishing.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    vec![
        test(available, "nats::everything-is-published-once", published),
        test(available, "nats::server-killed-at-random-points", server),
        test(available, "nats::collector-killed-at-random-points", killed),
    ]
}

/// A test that needs a NATS server.
pub(crate) fn test(
    available: &Available,
    name: &str,
    test: fn(&Available) -> Result<(), Failed>,
) -> Trial {
    let able = available.clone();
    let possible = find_program("nats-server").is_some() && available.has_program();
    trial(name, possible, move || test(&able))
}

/// A folder, a server and a collector's settings for both.
pub(crate) fn place(
    available: &Available,
    extra: &str,
) -> Result<(TempDir, Nats, CollectorSettings), Failed> {
    let (folder, mut settings) = collector(available)?;
    let nats = Nats::start(folder.path(), extra)?;
    settings.arguments = ["--nats".to_owned(), nats.url()].to_vec();
    // Servers of several tests would each keep so much free.
    for option in ["--nats-findings-bytes", "--nats-telemetry-bytes"] {
        settings.arguments.push(option.to_owned());
        settings.arguments.push((64 << 20).to_string());
    }
    Ok((folder, nats, settings))
}

/// The texts of a stream's messages.
pub(crate) fn texts(nats: &Nats, stream: &str) -> Result<Vec<String>, Failed> {
    let stored = nats.stored(stream)?;
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Ok(stored.iter().map(|one| text(&one.payload)).collect())
}

fn published(available: &Available) -> Result<(), Failed> {
    let (_folder, nats, settings) = place(available, "")?;
    let collector = Collector::start(settings.clone())?;
    let mut agent = FleetAgent::new(7);
    "web-7.example".clone_into(&mut agent.host);
    let documents = documents(7, 3_000);
    agent.deliver(&settings.socket(), &documents, 100, 1)?;
    let (mut stream, _) = agent.connect(&settings.socket(), 1)?;
    let record = crate::collecting::written(b"/tmp/a.zip", 5);
    let bytes = agent.records(0, &[(86_400_000_000_000, record)]);
    std::io::Write::write_all(&mut stream, &bytes)?;
    wait_for("the acknowledgement", || {
        let answer = harness::answer(&mut stream)?;
        let log = settings.log();
        ensure(!log.contains("nothing is acknowledged"), || log)?;
        Ok((answer == harness::Answer::Ack(1, 1, 0)).then_some(()))
    })?;
    drop(stream);
    let (status, counters) = collector.stop()?;
    ensure(status.success(), || settings.log())?;
    ensure(counters["published"] == 3_001, || format!("{counters:#}"))?;
    let stored = nats.stored("packhound-findings")?;
    let subject = "packhound.finding.web-7%2Eexample";
    for (number, message) in stored.iter().enumerate() {
        let named = format!(
            "Nats-Msg-Id: {:032x}-1-f-{number}\r\n",
            u128::from_be_bytes(agent.agent)
        );
        ensure(
            message.subject == subject && message.headers.contains(&named),
            || format!("{message:?}"),
        )?;
    }
    let expected = documents.into_iter().collect();
    each_once(&texts(&nats, "packhound-findings")?, &expected)?;
    each_once(&settings.lines()?, &expected)?;
    let telemetry = nats.stored("packhound-telemetry")?;
    let [row] = telemetry.as_slice() else {
        return Err(format!("{telemetry:?}").into());
    };
    ensure(
        row.subject == "packhound.file_written.web-7%2Eexample",
        || format!("{row:?}"),
    )?;
    let row: serde_json::Value = serde_json::from_slice(&row.payload)?;
    ensure(
        row["path"] == "/tmp/a.zip" && row["size_after"] == 5,
        || format!("{row:#}"),
    )?;
    let info = nats.ask("STREAM.INFO.packhound-findings", &serde_json::json!({}))?;
    let config = &info["config"];
    let wanted: [(&str, serde_json::Value); 5] = [
        ("storage", "file".into()),
        ("discard", "new".into()),
        ("num_replicas", 1.into()),
        ("duplicate_window", 7_200_000_000_000_u64.into()),
        ("max_bytes", (64 << 20).into()),
    ];
    for (setting, value) in wanted {
        ensure(config[setting] == value, || format!("{config:#}"))?;
    }
    Ok(())
}

/// Agents that deliver round by round, so that every kill meets documents to come.
pub(crate) struct Load {
    killed: Arc<AtomicUsize>,
    agents: Vec<std::thread::JoinHandle<std::io::Result<()>>>,
    number: usize,
}

impl Load {
    pub(crate) fn start(socket: &Path, kills: usize) -> Self {
        let killed = Arc::new(AtomicUsize::new(0));
        let number = ROUND * (kills + 1);
        let deliver = |agent| {
            let (socket, killed) = (socket.to_owned(), Arc::clone(&killed));
            std::thread::spawn(move || {
                let documents = documents(agent, number as u64);
                (1..=kills + 1).try_for_each(|round| {
                    while killed.load(Ordering::Relaxed) + 1 < round {
                        std::thread::park_timeout(Duration::from_millis(1));
                    }
                    let so_far = &documents[..ROUND * round];
                    FleetAgent::new(agent).deliver(&socket, so_far, 50, 1_000)
                })
            })
        };
        let agents = (0..AGENTS).map(deliver).collect();
        Self {
            killed,
            agents,
            number,
        }
    }

    pub(crate) fn next_round(&self) {
        self.killed.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits for the agents; fails unless each document is everywhere exactly once.
    pub(crate) fn finish(
        self,
        collector: Collector,
        nats: &Nats,
        settings: &CollectorSettings,
    ) -> Result<(), Failed> {
        for agent in self.agents {
            agent.join().map_err(|_| "an agent panicked")??;
        }
        let (status, _) = collector.stop()?;
        ensure(status.success(), || settings.log())?;
        let expected = (0..AGENTS).flat_map(|agent| documents(agent, self.number as u64));
        let expected: BTreeSet<String> = expected.collect();
        each_once(&settings.lines()?, &expected)?;
        each_once(&texts(nats, "packhound-findings")?, &expected)
    }
}

fn server(available: &Available) -> Result<(), Failed> {
    let (_folder, mut nats, mut settings) = place(available, "")?;
    settings.arguments[3] = (512 << 20).to_string();
    let collector = Collector::start(settings.clone())?;
    let load = Load::start(&settings.socket(), kills());
    for _ in 0..kills() {
        std::thread::park_timeout(Duration::from_millis(chance(150)));
        nats = nats.kill_and_start()?;
        load.next_round();
    }
    load.finish(collector, &nats, &settings)
}

fn killed(available: &Available) -> Result<(), Failed> {
    let (_folder, nats, mut settings) = place(available, "")?;
    settings.arguments[3] = (512 << 20).to_string();
    let mut collector = Collector::start(settings.clone())?;
    let load = Load::start(&settings.socket(), kills());
    for _ in 0..kills() {
        std::thread::park_timeout(Duration::from_millis(chance(150)));
        collector.kill()?;
        collector = Collector::start(settings.clone())?;
        load.next_round();
    }
    load.finish(collector, &nats, &settings)
}

/// Documents of one agent between two kills.
const ROUND: usize = 2_000;

const AGENTS: u64 = 4;
