//! A stream that refuses, a server that is not there, and a command line that cannot be meant.
//!
//! Step: tests. Each has a nats-server of its own.

use std::process::Command;

use harness::{Collector, FleetAgent, Nats};
use libtest_mimic::{Failed, Trial};
use serde_json::json;

use crate::ensure;
use crate::nats::{place, test, texts};
use crate::place::{Available, run};
use crate::stream::{documents, each_once, wait_for};

/// The tests of trouble.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    vec![
        test(available, "nats::full-stream-makes-agents-wait", full),
        test(available, "nats::absent-server-makes-agents-wait", absent),
        test(
            available,
            "nats::a-stream-that-is-there-stays-as-it-is",
            own,
        ),
        test(available, "nats::what-cannot-work-is-refused", refused),
    ]
}

/// The stream holds a tenth of what comes, until somebody makes room.
fn full(available: &Available) -> Result<(), Failed> {
    let (_folder, nats, settings) = place(available, "")?;
    let config = json!({
        "name": "small",
        "subjects": ["packhound.finding.*", "packhound.gap.*"],
        "storage": "file", "retention": "limits", "discard": "new",
        "max_msgs": 100, "max_bytes": -1, "max_age": 0, "max_consumers": -1,
        "num_replicas": 1, "duplicate_window": 120_000_000_000_u64,
    });
    nats.ask("STREAM.CREATE.small", &config)?;
    let collector = Collector::start(settings.clone())?;
    let documents = documents(1, 1_000);
    let (socket, sent) = (settings.socket(), documents.clone());
    let agent = std::thread::spawn(move || FleetAgent::new(1).deliver(&socket, &sent, 50, 1));
    wait_for("that it says so", || {
        let log = settings.log();
        let said = log.contains("nothing is acknowledged until") && log.contains("if it is full");
        Ok(said.then_some(()))
    })?;
    ensure(!agent.is_finished(), || {
        "it acknowledged what the stream did not take".to_owned()
    })?;
    let mut roomy = config;
    roomy["max_msgs"] = json!(-1);
    nats.ask("STREAM.UPDATE.small", &roomy)?;
    agent.join().map_err(|_| "the agent panicked")??;
    let log = settings.log();
    let said = log.matches("nothing is acknowledged until it").count();
    ensure(said == 1 && log.contains("acknowledging again"), || {
        log.clone()
    })?;
    let (status, counters) = collector.stop()?;
    ensure(status.success(), || settings.log())?;
    // What was refused was tried again; what was taken was not, so that no window can end.
    ensure(
        counters["published"] == 1_000 && counters["published_before"] == 0,
        || format!("{counters:#}"),
    )?;
    each_once(&texts(&nats, "small")?, &documents.into_iter().collect())
}

fn absent(available: &Available) -> Result<(), Failed> {
    let (folder, nats, settings) = place(available, "")?;
    let port = nats.port();
    drop(nats);
    let collector = Collector::start(settings.clone())?;
    wait_for("that it says so", || {
        let named = format!("NATS nats://127.0.0.1:{port}");
        Ok(settings.log().contains(&named).then_some(()))
    })?;
    let documents = documents(1, 500);
    let (socket, sent) = (settings.socket(), documents.clone());
    let agent = std::thread::spawn(move || FleetAgent::new(1).deliver(&socket, &sent, 50, 1_000));
    wait_for("that nothing is acknowledged", || {
        let log = settings.log();
        Ok(log
            .contains("nothing is acknowledged until it")
            .then_some(()))
    })?;
    let nats = Nats::start_at(folder.path(), port, "")?;
    agent.join().map_err(|_| "the agent panicked")??;
    let (status, _) = collector.stop()?;
    ensure(status.success(), || settings.log())?;
    each_once(
        &texts(&nats, "packhound-findings")?,
        &documents.into_iter().collect(),
    )
}

/// One stream of another name takes everything; nothing is made beside it, and it is not changed.
fn own(available: &Available) -> Result<(), Failed> {
    let (_folder, nats, settings) = place(available, "")?;
    let config = json!({
        "name": "ours", "subjects": ["packhound.>"],
        "storage": "memory", "retention": "limits", "discard": "old",
        "max_msgs": -1, "max_bytes": -1, "max_age": 0, "max_consumers": -1,
        "num_replicas": 1, "duplicate_window": 1_000_000_000,
    });
    let made = nats.ask("STREAM.CREATE.ours", &config)?;
    let collector = Collector::start(settings.clone())?;
    let documents = documents(1, 100);
    FleetAgent::new(1).deliver(&settings.socket(), &documents, 50, 1)?;
    let (status, _) = collector.stop()?;
    ensure(status.success(), || settings.log())?;
    each_once(&texts(&nats, "ours")?, &documents.into_iter().collect())?;
    let now = nats.ask("STREAM.INFO.ours", &json!({}))?;
    ensure(now["config"] == made["config"], || format!("{now:#}"))?;
    let log = settings.log();
    for words in ["ours, as it is", "in memory only", "repeats for 1 s only"] {
        ensure(log.contains(words), || log.clone())?;
    }
    let names = nats.ask("STREAM.NAMES", &json!({"subject": "packhound.>"}))?;
    ensure(names["streams"] == json!(["ours"]), || format!("{names}"))
}

/// Secrets on the command line and files that are not there end the start with code 2.
fn refused(available: &Available) -> Result<(), Failed> {
    let cases: [(&[&str], &str); 4] = [
        (
            &["--nats", "nats://me:secret@127.0.0.1:4222"],
            "--nats-user-file",
        ),
        (&["--nats", "http://127.0.0.1"], "nats://host:4222"),
        (
            &["--nats", "nats://127.0.0.1", "--nats-creds", "/nonexistent"],
            "--nats-creds /nonexistent",
        ),
        (&["--nats-ca", "/etc/hosts"], "--nats <URL>"),
    ];
    for (arguments, words) in cases {
        let mut command = Command::new(available.program());
        command.args(["collect", "--listen", "/nonexistent/c.sock", "--out"]);
        command.arg("/nonexistent/out").args(arguments);
        let done = run(&mut command)?;
        done.expect(2, &[words])?;
        ensure(!done.err.contains("me:secret"), || format!("{done:#?}"))?;
    }
    Ok(())
}
