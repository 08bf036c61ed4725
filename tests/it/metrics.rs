//! What daemon and collector tell of themselves, held against what they did.
//!
//! Step: tests. The text is read by Prometheus' own parser. Some clients here ask as no client
//! should, and the others must not notice.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use harness::{Collector, CollectorSettings, Daemon, Finding, FleetAgent};
use libtest_mimic::{Failed, Trial};

use crate::packer::Packer;
use crate::place::{Available, run};
use crate::stream::{collector, documents, each_once, has_python, wait_for};
use crate::{ensure, trial};

/// The tests of metrics.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let test = |name: &str, possible: bool, test: fn(&Available) -> Result<(), Failed>| {
        let able = available.clone();
        trial(name, possible && available.has_program(), move || {
            test(&able)
        })
    };
    let live = available.is_live();
    vec![
        test(
            "metrics::daemon-and-collector-tell-what-they-did",
            live && has_python(),
            reconcile,
        ),
        test(
            "metrics::refusals-have-their-reasons",
            has_python(),
            refusals,
        ),
        test("metrics::who-asks-badly-harms-nobody", true, hostile),
        test("metrics::only-those-who-may-ask-a-socket", live, users),
        test("metrics::never-beyond-this-host", true, elsewhere),
    ]
}

/// A sample's name with its labels' values, and its value.
type Samples = BTreeMap<String, f64>;

/// Asks, and gives the body of an answer that is as it must be.
fn ask(mut stream: impl Read + Write) -> Result<String, Failed> {
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no head")?;
    let length = format!("Content-Length: {}\r\n", body.len());
    let right = head.starts_with("HTTP/1.1 200 OK\r\n")
        && head.contains(&length)
        && head.contains(
            "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n",
        )
        && body.ends_with("\n# EOF\n");
    ensure(right, || answer.clone())?;
    Ok(body.to_owned())
}

/// Asks at the place that a log names.
fn ask_logged(log: &str) -> Result<String, Failed> {
    ask(connect(log)?)
}

fn connect(log: &str) -> Result<TcpStream, Failed> {
    let place = log.split("metrics at http://").nth(1);
    let place = place.and_then(|rest| rest.split("/metrics").next());
    let stream = TcpStream::connect(place.ok_or_else(|| format!("no place: {log}"))?)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    Ok(stream)
}

/// Every sample, as Prometheus' parser has it.
fn parsed(text: &str) -> Result<Samples, Failed> {
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), text)?;
    let python = std::env::var_os("PACKHOUND_PYTHON").ok_or("no PACKHOUND_PYTHON")?;
    let mut command = Command::new(python);
    command.args(["-c", include_str!("metrics/parse.py")]);
    let told = run(command.arg(file.path()))?;
    told.expect(0, &[])?;
    let mut samples = Samples::new();
    for line in told.out.lines() {
        let (_kind, name, labels, value): (String, String, BTreeMap<String, String>, f64) =
            serde_json::from_str(line)?;
        let labels: Vec<String> = labels.into_values().collect();
        let key = [name].into_iter().chain(labels).collect::<Vec<_>>();
        samples.insert(key.join(" "), value);
    }
    Ok(samples)
}

fn sample(samples: &Samples, key: &str) -> Result<f64, Failed> {
    let value = samples.get(key).copied();
    Ok(value.ok_or_else(|| format!("no {key} in {samples:#?}"))?)
}

/// Fails unless each sample has its value.
fn expect(samples: &Samples, wanted: &[(&str, f64)]) -> Result<(), Failed> {
    for (key, wanted) in wanted {
        let value = sample(samples, key)?;
        ensure((value - wanted).abs() < 0.5, || {
            format!("{key} is {value}, not {wanted}: {samples:#?}")
        })?;
    }
    Ok(())
}

/// The findings by labels' values, as the tally must have them (activity, severity, technique).
fn tally(findings: &[Finding]) -> Samples {
    let mut tally = Samples::new();
    for finding in findings {
        let activity = finding.activity.to_lowercase();
        let severity = finding.severity.name();
        let technique = finding.techniques.first().map_or("other", String::as_str);
        let key = format!("packhound_findings_total {activity} {severity} {technique}");
        *tally.entry(key).or_default() += 1.0;
    }
    tally
}

fn reconcile(available: &Available) -> Result<(), Failed> {
    let mut packer = Packer::new(available, "what = \"telemetry\"\n")?;
    let socket = packer.folder.path().join("metrics.sock");
    let listen = format!("[metrics]\nlisten = \"{}\"\n", socket.display());
    packer.settings.configuration.push_str(&listen);
    let mut settings = packer.collector();
    settings.arguments = ["--metrics", "127.0.0.1:0"].map(str::to_owned).to_vec();
    let collector = Collector::start(settings.clone())?;
    let daemon = Daemon::start(packer.settings.clone())?;
    for name in ["a.zip", "b.zip"] {
        packer.pack_and_wait(&daemon, name)?;
    }
    let ask_daemon = || ask(UnixStream::connect(&socket)?);
    // Counted twice a second by the thread that watches.
    let told = wait_for("the daemon's counters", || {
        let samples = parsed(&ask_daemon()?)?;
        let findings = daemon.board().findings();
        let wanted = tally(&findings);
        let told: Samples = samples
            .iter()
            .filter(|(key, value)| key.starts_with("packhound_findings_total ") && **value > 0.0)
            .map(|(key, value)| (key.clone(), *value))
            .collect();
        let latency = sample(&samples, "packhound_finding_latency_seconds_count")?;
        let all = told == wanted && (latency - findings.len() as f64).abs() < 0.5;
        let counted = sample(&samples, "packhound_records_total FILE_RENAMED")? > 0.0;
        Ok((all && counted).then_some(samples))
    })?;
    // Each record that came out of the ring was decoded, by kind, at the same moment.
    let kinds: Vec<&str> = told
        .keys()
        .filter_map(|key| key.strip_prefix("packhound_probe_records_delivered_total "))
        .collect();
    let usual = ["PROCESS_START", "EXIT", "FILE_WRITTEN", "FILE_RENAMED"];
    let all = usual.iter().all(|kind| kinds.contains(kind));
    ensure(all, || format!("{told:#?}"))?;
    for kind in kinds {
        let delivered = sample(
            &told,
            &format!("packhound_probe_records_delivered_total {kind}"),
        )?;
        expect(
            &told,
            &[(&format!("packhound_records_total {kind}"), delivered)],
        )?;
    }
    expect(
        &told,
        &[
            ("packhound_stream_connected", 1.0),
            ("packhound_stream_connections_total", 1.0),
            ("packhound_stream_items_lost_total evicted_findings", 0.0),
            ("packhound_spool_limit_bytes", 268_435_456.0),
            ("packhound_build_info 0.1.0", 1.0),
        ],
    )?;
    let board = daemon.board().clone();
    let ended = daemon.stop()?;
    ensure(!socket.exists(), || "the socket's name stays".to_owned())?;
    let stats = ended.stats.ok_or("no counters")?.value;
    // What was told last is what was counted at the end, but for what came after it.
    let spooled = sample(&told, "packhound_stream_items_spooled_total")?;
    ensure(stats["stream"]["spooled"].as_f64() >= Some(spooled), || {
        format!("{stats:#}")
    })?;
    collected(&settings, collector, &board.findings(), &stats)
}

/// The collector's own counters, against what is in its files and what the daemon spooled.
fn collected(
    settings: &CollectorSettings,
    collector: Collector,
    findings: &[Finding],
    daemon: &serde_json::Value,
) -> Result<(), Failed> {
    let samples = wait_for("the agent's end", || {
        let samples = parsed(&ask_logged(&settings.log())?)?;
        let connected = sample(&samples, "packhound_collector_connections")?;
        Ok((connected < 0.5).then_some(samples))
    })?;
    let lines = settings.lines()?;
    let bytes: usize = lines.iter().map(|line| line.len() + 1).sum();
    let batches = sample(&samples, "packhound_collector_batches_total")?;
    ensure(batches >= 2.0, || format!("{samples:#?}"))?;
    expect(
        &samples,
        &[
            (
                "packhound_collector_items_total finding",
                lines.len() as f64,
            ),
            ("packhound_collector_items_total loss", 0.0),
            (
                "packhound_collector_written_bytes_total findings",
                bytes as f64,
            ),
            ("packhound_collector_batches_acknowledged_total", batches),
            ("packhound_collector_connections_accepted_total", 1.0),
            ("packhound_collector_positions", 2.0),
            ("packhound_collector_failing", 0.0),
        ],
    )?;
    let (status, counters) = collector.stop()?;
    ensure(status.success(), || settings.log())?;
    // What the daemon found in its last moments may still be in its spool.
    let printed = lines
        .iter()
        .all(|line| findings.iter().any(|one| one.text == *line));
    ensure(printed && lines.len() >= 2, || format!("{lines:#?}"))?;
    let records = sample(&samples, "packhound_collector_items_total record")?;
    ensure(counters["records"].as_f64() == Some(records), || {
        format!("{counters:#} {samples:#?}")
    })?;
    // The daemon has 300 ms at its end to hand over what it spooled; what that leaves is spooled.
    let all = daemon["stream"]["spooled"].as_f64();
    ensure(Some(records + lines.len() as f64) <= all, || {
        format!("{daemon:#} {samples:#?}")
    })
}

/// Connections that end with an error are told by its name.
fn refusals(available: &Available) -> Result<(), Failed> {
    let (_folder, mut settings) = collector(available)?;
    let arguments = ["--metrics", "[::1]:0", "--frame-time", "1s"];
    settings.arguments = arguments.map(str::to_owned).to_vec();
    let collector = Collector::start(settings.clone())?;
    for bytes in [[0; 4].as_slice(), &[255; 4], &harness::frame(b"x"), &[9]] {
        UnixStream::connect(settings.socket())?.write_all(bytes)?;
    }
    let mut dawdler = UnixStream::connect(settings.socket())?;
    dawdler.write_all(&[9])?;
    let documents = documents(1, 10);
    FleetAgent::new(1).deliver(&settings.socket(), &documents, 10, 1)?;
    let ended = |reason| format!("packhound_collector_connections_ended_total {reason}");
    wait_for("the counters", || {
        let samples = parsed(&ask_logged(&settings.log())?)?;
        let all = [
            (ended("length"), 2.0),
            (ended("malformed"), 1.0),
            (ended("broken"), 1.0),
            (ended("slow"), 1.0),
            (ended("flood"), 0.0),
            ("packhound_collector_items_total finding".to_owned(), 10.0),
        ];
        let right = all
            .iter()
            .all(|(key, value)| samples.get(key) == Some(value));
        Ok(right.then_some(()))
    })
    .map_err(|failed| format!("{failed:?}: {}", settings.log()))?;
    let (status, counters) = collector.stop()?;
    ensure(status.success(), || settings.log())?;
    ensure(counters["ended_with_an_error"] == 5, || {
        format!("{counters:#}")
    })
}

/// More dawdlers than there are places, and requests that are none.
fn hostile(available: &Available) -> Result<(), Failed> {
    let (_folder, mut settings) = collector(available)?;
    settings.arguments = ["--metrics", "127.0.0.1:0"].map(str::to_owned).to_vec();
    let collector = Collector::start(settings.clone())?;
    let log = settings.log();
    let mut dawdlers = Vec::new();
    for _ in 0..20 {
        let mut stream = connect(&log)?;
        stream.write_all(b"GET /met")?;
        dawdlers.push(stream);
    }
    let documents = documents(1, 1_000);
    FleetAgent::new(1).deliver(&settings.socket(), &documents, 10, 1)?;
    // Those without a place are gone at once, the others when their time is over.
    for mut stream in dawdlers {
        let mut rest = Vec::new();
        // A reset is an end too.
        let _ = stream.read_to_end(&mut rest);
        ensure(rest.is_empty(), || format!("{rest:?}"))?;
    }
    let mut endless = connect(&log)?;
    let sent = std::iter::repeat_n(b"GET /metrics HTTP/1.1\r\n".as_slice(), 1)
        .chain(std::iter::repeat_n(
            b"x: 0123456789abcdef\r\n".as_slice(),
            100_000,
        ))
        .try_for_each(|piece| endless.write_all(piece));
    ensure(sent.is_err(), || {
        "two megabytes of head were read".to_owned()
    })?;
    let text = ask_logged(&log)?;
    ensure(
        text.contains("\npackhound_collector_metrics_connections_refused_total 12\n"),
        || text.clone(),
    )?;
    let (status, _) = collector.stop()?;
    ensure(status.success(), || settings.log())?;
    each_once(&settings.lines()?, &documents.into_iter().collect())
}

/// A socket answers its users only.
fn users(available: &Available) -> Result<(), Failed> {
    let (folder, mut settings) = collector(available)?;
    open_to_all(folder.path())?;
    let socket = folder.path().join("m.sock");
    settings.arguments = vec!["--metrics".to_owned(), socket.display().to_string()];
    let collector = Collector::start(settings.clone())?;
    let script = "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n\
                  sys.exit(len(s.recv(1)))";
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]);
    command
        .args(["/usr/bin/python3", "-c", script])
        .arg(&socket);
    run(&mut command)?.expect(0, &[])?;
    let text = ask(UnixStream::connect(&socket)?)?;
    let refused = "packhound_collector_metrics_connections_refused_total 1\n";
    ensure(text.contains(refused), || text.clone())?;
    let (status, _) = collector.stop()?;
    ensure(status.success() && !socket.exists(), || settings.log())
}

fn open_to_all(folder: &Path) -> Result<(), Failed> {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    Ok(std::fs::set_permissions(folder, mode)?)
}

fn elsewhere(available: &Available) -> Result<(), Failed> {
    let told = available.run(&[
        "collect",
        "--listen",
        "/nonexistent/c.sock",
        "--out",
        "/nonexistent/out",
        "--metrics",
        "0.0.0.0:9464",
    ])?;
    told.expect(2, &["is not a loopback address with a port"])?;
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), "[metrics]\nlisten = \"10.0.0.1:9464\"\n")?;
    let path = file.path().to_string_lossy().into_owned();
    let told = available.run(&["config", "check", &path])?;
    told.expect(2, &[":2:10: `metrics.listen` must be a loopback address"])
}
