//! Agents that lie, dawdle or are nobody's: each is named and ended, and the others do not notice.
//!
//! Step: tests. Beside every hostile one an honest agent delivers on the same collector.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::Duration;

use harness::{Answer, Collector, CollectorSettings, FleetAgent, answer, frame};
use libtest_mimic::{Failed, Trial};

use crate::place::{Available, run};
use crate::stream::{collector, documents, each_once, wait_for};
use crate::{ensure, trial};

/// The tests of hostile clients.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let able = available.clone();
    let mut trials = vec![trial(
        "hostile::another-user-is-refused",
        available.is_live(),
        move || another_user(&able),
    )];
    for (name, code, word, act) in ACTS {
        let available = available.clone();
        trials.push(trial(
            &format!("hostile::{name}"),
            available.has_program(),
            move || ends_by_name(&available, code, word, act),
        ));
    }
    trials
}

/// What a hostile client does on its connection.
type Act = fn(&mut UnixStream) -> std::io::Result<()>;

/// Each with the code and the name that its connection must end with.
const ACTS: [(&str, u64, &str, Act); 17] = [
    ("garbage", 3, "length", |stream| {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    }),
    ("no-hello", 2, "version", |stream| {
        stream.write_all(&frame(b"\0GET / HTTP/1.1"))
    }),
    ("length-zero", 3, "length", |stream| {
        stream.write_all(&[0; 4])
    }),
    ("length-of-four-gigabytes", 3, "length", |stream| {
        stream.write_all(&[255; 4])
    }),
    ("bad-version", 2, "version", |stream| {
        let mut hello = FleetAgent::new(7).hello();
        // Behind length, case and magic: the oldest and the newest version.
        hello[13..15].copy_from_slice(&[200, 250]);
        stream.write_all(&hello)
    }),
    ("three-gigabytes-in-an-item", 4, "malformed", |stream| {
        stream.write_all(&FleetAgent::new(7).hello())?;
        stream.write_all(&frame(&[2, 1, 0, 0, 1, 0, 0, 252, 0, 0, 0, 192]))
    }),
    ("second-hello", 5, "unexpected", |stream| {
        let hello = FleetAgent::new(7).hello();
        stream.write_all(&hello)?;
        stream.write_all(&hello)
    }),
    ("finding-of-two-lines", 5, "unexpected", |stream| {
        let agent = FleetAgent::new(7);
        stream.write_all(&agent.hello())?;
        stream.write_all(&agent.findings(0, &["{\"a\":\n1}".to_owned()]))
    }),
    ("batch-that-goes-back", 5, "unexpected", |stream| {
        let agent = FleetAgent::new(7);
        stream.write_all(&agent.hello())?;
        stream.write_all(&agent.findings(5, &["{}".to_owned()]))?;
        stream.write_all(&agent.findings(4, &["{}".to_owned()]))
    }),
    ("a-million-tiny-frames", 9, "flood", |stream| {
        stream.write_all(&FleetAgent::new(7).hello())?;
        let beat = frame(&[4, 0, 0, 0, 0, 0, 0]);
        let many = beat.repeat(1_000);
        for _ in 0..1_000 {
            if stream.write_all(&many).is_err() {
                // It has hung up by now, as it should.
                return Ok(());
            }
        }
        Ok(())
    }),
    ("a-frame-that-never-ends", 7, "slow", |stream| {
        stream.write_all(&FleetAgent::new(7).hello())?;
        stream.write_all(&[100, 0, 0, 0, 2])
    }),
    ("a-length-that-never-ends", 7, "slow", |stream| {
        stream.write_all(&[100])
    }),
    ("a-byte-now-and-then", 7, "slow", |stream| {
        // Each byte comes in time; the frame does not.
        for byte in FleetAgent::new(7).hello() {
            if stream.write_all(&[byte]).is_err() {
                // It has hung up by now, as it should.
                return Ok(());
            }
            std::thread::park_timeout(Duration::from_millis(100));
        }
        Ok(())
    }),
    ("nothing-at-all", 6, "silent", |_| Ok(())),
    ("nothing-after-hello", 6, "silent", |stream| {
        stream.write_all(&FleetAgent::new(7).hello())
    }),
    ("batches-without-waiting", 8, "window", |stream| {
        let agent = FleetAgent::new(7);
        stream.write_all(&agent.hello())?;
        for number in 0..1_000 {
            // The collector owes an answer for more batches than it may, or has hung up.
            let batch = agent.findings(number, &["{}".to_owned()]);
            if stream.write_all(&batch).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }),
    ("a-million-frames-of-one-byte", 4, "malformed", |stream| {
        stream.write_all(&FleetAgent::new(7).hello())?;
        let many = frame(&[9]).repeat(1_000);
        for _ in 0..1_000 {
            if stream.write_all(&many).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }),
];

fn ends_by_name(available: &Available, code: u64, word: &str, act: Act) -> Result<(), Failed> {
    let (_folder, mut settings) = collector(available)?;
    // As patient as the test is; an honest agent on a busy machine needs a moment too.
    let times = ["--silence", "3s", "--frame-time", "2s"];
    settings.arguments = times.map(str::to_owned).to_vec();
    let collector = Collector::start(settings.clone())?;
    let mut stream = UnixStream::connect(settings.socket())?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    act(&mut stream)?;
    honest(&settings, 1)?;
    let ended = loop {
        match answer(&mut stream) {
            Ok(Answer::Bye(code, text)) => break Some((code, text)),
            Ok(_) => {}
            // What was not read when it hung up resets the connection; then the log alone tells.
            Err(_) => break None,
        }
    };
    if let Some((found, text)) = ended {
        ensure(found == code, || format!("bye {found} {text}"))?;
    }
    wait_for("the error's name in the log", || {
        Ok(settings
            .log()
            .contains(&format!("ended: {word}"))
            .then_some(()))
    })?;
    honest(&settings, 2)?;
    let (status, counters) = collector.stop()?;
    ensure(status.success(), || settings.log())?;
    ensure(counters["ended_with_an_error"] == 1, || {
        format!("{counters:#}")
    })?;
    let expected = [1, 2].into_iter().flat_map(|agent| documents(agent, 100));
    let lines = settings.lines()?;
    let lines: Vec<String> = lines.into_iter().filter(|line| line != "{}").collect();
    each_once(&lines, &expected.collect())
}

fn honest(settings: &CollectorSettings, agent: u64) -> Result<(), Failed> {
    let documents = documents(agent, 100);
    Ok(FleetAgent::new(agent).deliver(&settings.socket(), &documents, 10, 1)?)
}

fn another_user(available: &Available) -> Result<(), Failed> {
    let (folder, mut settings) = collector(available)?;
    std::fs::set_permissions(
        folder.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )?;
    // The file's mode lets everybody in, so that only the credentials are in the way.
    settings.arguments = ["--mode", "666"].map(str::to_owned).to_vec();
    let collector = Collector::start(settings.clone())?;
    let script = "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n\
                  sys.exit(len(s.recv(1)))";
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]);
    command
        .args(["/usr/bin/python3", "-c", script])
        .arg(settings.socket());
    run(&mut command)?.expect(0, &[])?;
    wait_for("the refusal", || {
        Ok(settings.log().contains("runs as uid 65534").then_some(()))
    })?;
    honest(&settings, 1)?;
    let (status, _) = collector.stop()?;
    ensure(status.success(), || settings.log())
}
