//! From agents through the collector into a real `JetStream`: everything once, whoever is killed.
//!
//! Step: tests. Every test has a nats-server of its own, which cargo xtask test installs.

use std::time::Duration;

use harness::{Collector, CollectorSettings, FleetAgent, Nats, find_program};
use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use crate::load::Load;
use crate::packer::Packer;
use crate::place::Available;
use crate::stream::{chance, collector, documents, each_once, kill_agents, kills, same, wait_for};
use crate::{ensure, trial};

/// The tests of publishing.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    vec![
        test(available, "nats::everything-is-published-once", published),
        test(available, "nats::server-killed-at-random-points", server),
        test(available, "nats::collector-killed-at-random-points", killed),
        {
            let able = available.clone();
            let possible = find_program("nats-server").is_some() && available.is_live();
            let name = "nats::agent-killed-at-random-points";
            trial(name, possible, move || agent(&able))
        },
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

fn server(available: &Available) -> Result<(), Failed> {
    let (_folder, mut nats, mut settings) = place(available, "")?;
    settings.arguments[3] = (512 << 20).to_string();
    let collector = Collector::start(settings.clone())?;
    let load = Load::start(&settings.socket(), kills(), 2_000);
    for _ in 0..kills() {
        std::thread::park_timeout(Duration::from_millis(chance(150)));
        nats = nats.kill_and_start()?;
        load.next_round();
    }
    load.finish(collector, &settings, Some(&nats))
}

/// A real agent's findings, wherever it was killed, are in the stream and in the files.
fn agent(available: &Available) -> Result<(), Failed> {
    let packer = Packer::new(available, "")?;
    let nats = Nats::start(packer.folder.path(), "")?;
    let mut settings = packer.collector();
    for (option, value) in [
        ("--nats", nats.url()),
        ("--nats-findings-bytes", (64 << 20).to_string()),
        ("--nats-telemetry-bytes", (64 << 20).to_string()),
    ] {
        settings.arguments.extend([option.to_owned(), value]);
    }
    let printed = kill_agents(&packer, Collector::start(settings.clone())?)?;
    same(&printed, &settings.lines()?)?;
    same(&printed, &texts(&nats, "packhound-findings")?)
}

fn killed(available: &Available) -> Result<(), Failed> {
    let (_folder, nats, mut settings) = place(available, "")?;
    settings.arguments[3] = (512 << 20).to_string();
    let mut collector = Collector::start(settings.clone())?;
    let load = Load::start(&settings.socket(), kills(), 2_000);
    for _ in 0..kills() {
        std::thread::park_timeout(Duration::from_millis(chance(150)));
        collector.kill()?;
        collector = Collector::start(settings.clone())?;
        load.next_round();
    }
    load.finish(collector, &settings, Some(&nats))
}
