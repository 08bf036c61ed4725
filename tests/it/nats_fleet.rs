//! What the fleet knows, from hosts that saw a packing to one that asks.
//!
//! Step: tests. The hosts are made up and the counting, the bucket and the agent that asks are real.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::path::Path;

use harness::{Answer, Collector, CollectorSettings, Daemon, Finding, FleetAgent, Nats, Severity};
use libtest_mimic::{Failed, Trial};

use crate::nats::test;
use crate::packer::Packer;
use crate::place::Available;
use crate::stream::{collector, wait_for};
use crate::{ensure, trial};

/// The tests of the fleet.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let able = available.clone();
    let live = available.is_live() && harness::find_program("nats-server").is_some();
    vec![
        test(available, "nats::collectors-count-hosts-together", counted),
        trial(
            "nats::what-the-fleet-knows-changes-a-finding",
            live,
            move || changed(&able),
        ),
        available.test("nats::without-a-fleet-nothing-is-known", false, nothing),
    ]
}

/// A finding that names a pattern.
fn document(host: u64, pattern: &str) -> String {
    format!(
        "{{\"class_uid\":2004,\"host\":{host},\"unmapped\":{{\"packhound\":{{\"pattern\":\
         \"{pattern}\"}}}}}}"
    )
}

fn tell(socket: &Path, host: u64, epoch: u64, pattern: &str, times: u64) -> Result<(), Failed> {
    let mut agent = FleetAgent::new(host);
    agent.epoch = epoch;
    let documents: Vec<String> = (0..times).map(|_| document(host, pattern)).collect();
    agent.deliver(socket, &documents, 50, 10)?;
    Ok(())
}

/// A connection that speaks version 2.
fn asker(socket: &Path, number: u64) -> Result<(FleetAgent, UnixStream), Failed> {
    let mut agent = FleetAgent::new(number);
    agent.newest = 2;
    let (stream, _) = agent.connect(socket, 0)?;
    Ok((agent, stream))
}

fn ask(
    agent: &FleetAgent,
    stream: &mut UnixStream,
    patterns: &[[u8; 16]],
) -> Result<Answer, Failed> {
    stream.write_all(&agent.ask(patterns))?;
    loop {
        match harness::answer(stream)? {
            Answer::Heartbeat => {}
            answer => return Ok(answer),
        }
    }
}

/// Two collectors add to one bucket at once; each host counts once, and nobody counts himself.
fn counted(available: &Available) -> Result<(), Failed> {
    let (folder, first) = collector(available)?;
    let nats = Nats::start(folder.path(), "")?;
    let (_other, second) = collector(available)?;
    let started = [first, second].map(|mut settings| -> Result<_, Failed> {
        settings.arguments = ["--nats", &nats.url(), "--nats-prevalence-after", "0"]
            .map(str::to_owned)
            .to_vec();
        Ok(Collector::start(settings)?)
    });
    let [first, second] = started;
    let collectors = [first?, second?];
    let (common, rare) = (
        "00000000000000000000000000000a01",
        "00000000000000000000000000000a02",
    );
    let agents: Vec<_> = (0..HOSTS)
        .map(|host| {
            let collector = &collectors[host as usize % 2];
            let socket = collector.settings().socket();
            std::thread::spawn(move || {
                // Whoever says it often says it once.
                tell(&socket, host, 1, common, 20).and_then(|()| match host {
                    0 => tell(&socket, host, 2, rare, 500),
                    _ => Ok(()),
                })
            })
        })
        .collect();
    for agent in agents {
        agent.join().map_err(|_| "an agent panicked")??;
    }
    let named = |last: u8| {
        let mut pattern = [0; 16];
        pattern[14..].copy_from_slice(&[10, last]);
        pattern
    };
    let asked = [named(1), named(2), named(3)];
    let told = |number: u64, hosts: u64, others: [u64; 2]| {
        let wanted = Answer::Known(
            hosts,
            1,
            vec![
                (asked[0], others[0], 0),
                (asked[1], others[1], 0),
                (asked[2], 0, 0),
            ],
        );
        // Through either collector; the slower one reads again after a while.
        for collector in &collectors {
            let mut last = None;
            let told = wait_for("the answer", || {
                let (agent, mut stream) = asker(&collector.settings().socket(), number)?;
                let answer = ask(&agent, &mut stream, &asked)?;
                if let Answer::Known(_, _, answers) = &answer {
                    let more = answers.first().is_some_and(|first| first.1 > others[0]);
                    ensure(!more, || format!("{answer:?}, wanted {wanted:?}"))?;
                }
                let right = answer == wanted;
                last = Some(answer);
                Ok(right.then_some(()))
            });
            let log = || collector.settings().log();
            told.map_err(|_| format!("{last:?}, wanted {wanted:?}\n{}", log()))?;
        }
        Ok::<(), Failed>(())
    };
    told(0, HOSTS, [HOSTS - 1, 0])?;
    told(1, HOSTS, [HOSTS - 1, 1])?;
    told(900, HOSTS + 1, [HOSTS, 1])?;
    for collector in collectors {
        let settings = collector.settings().clone();
        let (status, _) = collector.stop()?;
        ensure(status.success(), || settings.log())?;
    }
    Ok(())
}

/// A finding of the board that names `file` and says `words`.
fn finding(daemon: &Daemon, file: &str, words: &str) -> Result<Finding, Failed> {
    let found = wait_for(&format!("a finding of {file} that says `{words}`"), || {
        let all = daemon.board().findings();
        let found = all
            .into_iter()
            .rev()
            .find(|finding| finding.text.contains(file) && finding.text.contains(words));
        Ok(found)
    });
    found.map_err(|_| {
        let all = daemon.board().findings();
        let all: Vec<String> = all.into_iter().map(|finding| finding.text).collect();
        let words = format!("no finding of {file} says `{words}`");
        Failed::from(format!("{words}: {all:#?}\n{}", daemon.last_words()))
    })
}

fn changed(available: &Available) -> Result<(), Failed> {
    let packer = Packer::new(available, "")?;
    let mut settings: CollectorSettings = packer.collector();
    let nats = Nats::start(&settings.folder, "")?;
    settings.arguments = ["--nats", &nats.url(), "--nats-prevalence-after", "0"]
        .map(str::to_owned)
        .to_vec();
    let collector = Collector::start(settings.clone())?;
    for host in 0..HOSTS {
        tell(&settings.socket(), host, 1, &"0".repeat(32), 1)?;
    }
    let daemon = Daemon::start(packer.settings.clone())?;
    packer.run("zip -q a.zip text")?;
    let alone = format!("seen on none of {HOSTS} other hosts in 1 day");
    let first = finding(&daemon, "a.zip", &alone)?;
    ensure(first.severity == Severity::Medium, || first.text.clone())?;
    let pattern = first.value["unmapped"]["packhound"]["pattern"].as_str();
    let pattern = pattern.ok_or_else(|| first.text.clone())?.to_owned();
    daemon.stop()?;
    for host in 0..HOSTS {
        tell(&settings.socket(), host, 2, &pattern, 1)?;
    }
    // A new run asks anew, and first about what the last one left open.
    let daemon = Daemon::start(packer.settings.clone())?;
    let everywhere = format!("seen on {HOSTS} of {HOSTS} other hosts in 1 day");
    packer.run("zip -q b.zip text")?;
    let common = finding(&daemon, "b.zip", &everywhere)?;
    ensure(common.severity < Severity::Medium, || common.text.clone())?;
    // With a password into the same place, the fleet's habit excuses nothing.
    packer.run("zip -q -P s3cret c.zip text")?;
    let secret = finding(&daemon, "c.zip", &everywhere)?;
    ensure(secret.severity >= Severity::Medium, || secret.text.clone())?;
    daemon.stop()?;
    let (status, _) = collector.stop()?;
    ensure(status.success(), || settings.log())
}

/// A collector that publishes nothing answers that nothing is known.
fn nothing(available: &Available) -> Result<(), Failed> {
    let (_folder, settings) = collector(available)?;
    let collector = Collector::start(settings.clone())?;
    let (agent, mut stream) = asker(&settings.socket(), 1)?;
    let answer = ask(&agent, &mut stream, &[[7; 16]])?;
    ensure(answer == Answer::Known(0, 0, Vec::new()), || {
        format!("{answer:?}")
    })?;
    // An agent of version 1 must not ask.
    let old = FleetAgent::new(2);
    let (mut stream, _) = old.connect(&settings.socket(), 0)?;
    let answer = ask(&old, &mut stream, &[[7; 16]])?;
    ensure(matches!(answer, Answer::Bye(5, _)), || {
        format!("{answer:?}")
    })?;
    let (status, _) = collector.stop()?;
    ensure(status.success(), || settings.log())
}

/// Hosts of the made-up fleet.
const HOSTS: u64 = 40;
