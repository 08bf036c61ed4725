//! Messages of macOS, replayed and piped into the real program.
//!
//! Step: tests. The lines are this project's own (`tests/fixtures/eslogger`, and [`mac`]), since no
//! macOS is at hand; real ones are few and tell of nothing that packs. What is replayed and what is
//! piped must come to the same, and nothing that is piped ends the daemon but its end.

mod mac;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::ensure;
use crate::place::Available;
use mac::Mac;

/// The tests of messages of macOS.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let test = |name, test| available.test(name, false, test);
    vec![
        test("macos::every-version-is-found-out", every_version),
        test("macos::analytics", analytics),
        test("macos::doubles-are-silent", doubles),
        test("macos::a-pipe-tells-while-it-is-open", piped),
        test("macos::nothing-in-a-line-ends-the-daemon", hostile),
        test("macos::lost-messages-are-named", lost),
    ]
}

fn fixture(version: u32) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/eslogger");
    folder.join(format!("version_{version:02}.ndjson"))
}

/// The findings of a recording and the counters of its source.
fn replay(available: &Available, path: &Path) -> Result<(Vec<Value>, Value), Failed> {
    let folder = tempfile::tempdir()?;
    let stats = folder.path().join("stats.json");
    let (path, stats_name) = (path.to_string_lossy(), stats.to_string_lossy());
    let arguments = ["replay", "--format", "json", "--stats", &stats_name, &path];
    let told = available.run(&arguments)?;
    told.expect(0, &["records read"])?;
    let findings = told.out.lines().map(serde_json::from_str);
    let findings = findings.collect::<Result<Vec<Value>, _>>()?;
    Ok((findings, serde_json::from_slice(&fs::read(&stats)?)?))
}

/// The findings of what a Mac tells.
fn told(available: &Available, mac: &Mac) -> Result<Vec<Value>, Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("made.ndjson");
    fs::write(&path, mac.text())?;
    let (findings, stats) = replay(available, &path)?;
    let others = &stats["source_others"];
    ensure(
        others["events_undecodable"] == 0 && others["members_unknown"] == 0,
        || format!("{stats:#}"),
    )?;
    Ok(findings)
}

/// Whether a finding of at least that severity says all of these words.
fn says(findings: &[Value], severity: u64, words: &[&str]) -> Result<(), Failed> {
    let found = findings.iter().any(|finding| {
        let text = finding.to_string();
        finding["severity_id"].as_u64() >= Some(severity)
            && words.iter().all(|word| text.contains(word))
    });
    ensure(found, || format!("no {words:?} in {findings:#?}"))
}

fn every_version(available: &Available) -> Result<(), Failed> {
    for version in 6..=12 {
        let (findings, stats) = replay(available, &fixture(version))?;
        let others = &stats["source_others"];
        ensure(others["events_undecodable"] == 0, || format!("{stats:#}"))?;
        let words = ["T1560.001", "ditto", "Keychains", "/private/tmp/", "AN0833"];
        says(&findings, MEDIUM, &words)?;
    }
    Ok(())
}

/// A handful of packings for the analytics that need no content, which no message carries.
fn analytics(available: &Available) -> Result<(), Failed> {
    let mut mac = Mac::default();
    let shell = mac.terminal();
    let child = mac.run(
        shell,
        "/usr/bin/zip",
        "zip -r /tmp/n.zip /Users/ann/Library/Messages",
    );
    mac.reads(child, "/Users/ann/Library/Messages/chat.db");
    mac.writes(child, "/private/tmp/ziAbCdEf", 90_000);
    mac.renames(child, "/private/tmp/ziAbCdEf", "/private/tmp", "n.zip");
    mac.exits(child);
    let words = ["T1560.001", "AN0833", "AN1460", "/private/tmp/n.zip", "zip"];
    says(&told(available, &mac)?, MEDIUM, &words)?;

    let mut mac = Mac::default();
    let shell = mac.terminal();
    let child = mac.run(
        shell,
        "/opt/homebrew/bin/python3.12",
        "python3.12 /private/tmp/p.py",
    );
    mac.loads(
        child,
        "/opt/homebrew/lib/python3.12/lib-dynload/zlib.cpython-312-darwin.so",
    );
    mac.reads(child, "/Users/ann/Library/Keychains/login.keychain-db");
    mac.writes(child, "/Users/Shared/k.zip", 90_000);
    mac.exits(child);
    let words = ["T1560.002", "AN0749", "AN1460", "/Users/Shared/k.zip"];
    says(&told(available, &mac)?, MEDIUM, &words)?;

    // A helper that the system's first process starts on behalf of an office program.
    let mut mac = Mac::default();
    let word = mac.daemon("/Applications/Microsoft Word.app/Contents/MacOS/Microsoft Word");
    mac.reads(word, "/Users/ann/Documents/a.docx");
    let helper = mac.helper(word, "/bin/sh", "sh -c zip");
    let line = "zip -r /tmp/w.zip /Users/ann/Documents";
    let child = mac.run(helper, "/usr/bin/zip", line);
    mac.writes(child, "/private/tmp/w.zip", 90_000);
    mac.exits(child);
    let words = [
        "T1560.001",
        "AN0833",
        "AN1460",
        "Microsoft Word",
        "office program",
    ];
    says(&told(available, &mac)?, MEDIUM, &words)?;

    let mut mac = Mac::default();
    let shell = mac.terminal();
    let child = mac.run(
        shell,
        "/bin/cp",
        "cp -R /Users/ann/Documents /Users/Shared/s",
    );
    for name in ["1.docx", "2.docx", "3.docx", "4.docx"] {
        mac.clones(
            child,
            &format!("/Users/ann/Documents/{name}"),
            "/Users/Shared/s",
            name,
        );
    }
    mac.exits(child);
    let child = mac.run(
        shell,
        "/usr/bin/ditto",
        "ditto -c -k /Users/Shared/s /Users/Shared/s.zip",
    );
    mac.writes(child, "/Users/Shared/s.zip", 90_000);
    mac.exits(child);
    let words = [
        "T1074.001",
        "AN0726",
        "AN0042",
        "AN0833",
        "/Users/Shared/s.zip",
    ];
    says(&told(available, &mac)?, MEDIUM, &words)
}

/// Work that looks alike.
fn doubles(available: &Available) -> Result<(), Failed> {
    let mut mac = Mac::default();
    let shell = mac.terminal();
    let build = mac.run(shell, "/usr/bin/xcodebuild", "xcodebuild archive");
    let line = "ditto -c -k --keepParent build/App.app build/App.zip";
    let child = mac.run(build, "/usr/bin/ditto", line);
    mac.reads(child, "/Users/ann/build/App.app/Contents/Info.plist");
    mac.writes(child, "/Users/ann/build/App.zip", 90_000_000);
    mac.exits(child);
    let child = mac.run(shell, "/usr/bin/ditto", "ditto -x -k in.zip /tmp/out");
    mac.writes(child, "/private/tmp/out/a.txt", 100);
    mac.exits(child);
    let child = mac.run(shell, "/usr/bin/hdiutil", "hdiutil attach in.dmg");
    mac.exits(child);
    let daemon = mac.daemon("/usr/libexec/sysdiagnosed");
    let report = "/private/var/tmp/sysdiagnose_2026.11.23.tar.gz";
    let line = format!("tar -czf {report} /private/var/tmp/sysdiagnose_2026.11.23");
    let child = mac.run(daemon, "/usr/bin/tar", &line);
    mac.writes(child, report, 300_000_000);
    mac.exits(child);
    let backup = "/System/Library/CoreServices/backupd.bundle/Contents/Resources/backupd";
    let daemon = mac.daemon(backup);
    mac.reads(daemon, "/Users/ann/Library/Keychains/login.keychain-db");
    mac.writes(daemon, "/Volumes/Time Machine/bands/1a", 8 << 20);
    let findings = told(available, &mac)?;
    let grave = findings
        .iter()
        .filter(|finding| finding["severity_id"].as_u64() >= Some(MEDIUM));
    let grave: Vec<_> = grave.collect();
    ensure(grave.is_empty(), || format!("{grave:#?}"))
}

/// The daemon, reading from a pipe.
fn daemon(available: &Available, folder: &Path) -> Result<Child, Failed> {
    let name = folder.display();
    let configuration = folder.join("packhound.toml");
    fs::write(
        &configuration,
        format!("[state]\npath = \"{name}/state\"\n[spool]\npath = \"{name}/spool\"\n"),
    )?;
    let daemon = Command::new(available.program())
        .args([
            "run",
            "--from",
            "eslogger",
            "--no-stream",
            "--format",
            "json",
        ])
        .arg("--config")
        .arg(configuration)
        .arg("--stats")
        .arg(folder.join("stats.json"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(fs::File::create(folder.join("log"))?)
        .spawn()?;
    Ok(daemon)
}

/// The first finding that it tells; the daemon is ended where it tells none in a minute.
fn first(daemon: &mut Child) -> Result<Value, Failed> {
    let out = daemon.stdout.take().ok_or("a pipe")?;
    let (to, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(out).lines() {
            // Only the first is waited for; the rest is read so that the daemon does not wait.
            let _ = to.send(line);
        }
    });
    match lines.recv_timeout(Duration::from_mins(1)) {
        Ok(line) => Ok(serde_json::from_str(&line?)?),
        Err(error) => {
            daemon.kill()?;
            Err(Failed::from(format!("no finding: {error}")))
        }
    }
}

/// Ends the pipe and waits for the daemon; gives the counters.
fn end(mut daemon: Child, folder: &Path) -> Result<Value, Failed> {
    drop(daemon.stdin.take());
    let ended = daemon.wait()?;
    let log = fs::read_to_string(folder.join("log"))?;
    ensure(
        ended.success() && log.contains("the source's stream has ended"),
        || format!("{ended}: {log}"),
    )?;
    let stats: Value = serde_json::from_slice(&fs::read(folder.join("stats.json"))?)?;
    ensure(stats["reconciles"] == true, || format!("{stats:#}"))?;
    Ok(stats)
}

/// What was found is told while more may still come.
fn piped(available: &Available) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let mut daemon = daemon(available, folder.path())?;
    let mut pipe = daemon.stdin.take().ok_or("a pipe")?;
    pipe.write_all(&fs::read(fixture(11))?)?;
    let finding = first(&mut daemon)?;
    says(&[finding], MEDIUM, &["ditto", "/private/tmp/"])?;
    daemon.stdin = Some(pipe);
    let stats = end(daemon, folder.path())?;
    let lines = fs::read_to_string(fixture(11))?.lines().count();
    ensure(stats["source_others"]["events"] == lines, || {
        format!("{stats:#}")
    })
}

fn hostile(available: &Available) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let mut daemon = daemon(available, folder.path())?;
    let mut pipe = daemon.stdin.take().ok_or("a pipe")?;
    pipe.write_all(b"not json\n{\"event\":\n{}\n\xff\xfe\0\n")?;
    for _ in 0..9 {
        pipe.write_all(&vec![b'['; 1 << 20])?;
    }
    pipe.write_all(b"\n")?;
    pipe.write_all(&fs::read(fixture(12))?)?;
    says(&[first(&mut daemon)?], MEDIUM, &["ditto"])?;
    // A line without its end, and the writer is gone.
    pipe.write_all(b"{\"time\":")?;
    daemon.stdin = Some(pipe);
    let stats = end(daemon, folder.path())?;
    let others = &stats["source_others"];
    let counted = ["lines_broken", "lines_too_long", "events_undecodable"];
    let counted = counted.map(|name| others[name].as_u64().unwrap_or_default());
    ensure(counted == [4, 1, 1], || format!("{stats:#}"))?;
    ensure(others["members_unknown"] == 1, || format!("{stats:#}"))
}

fn lost(available: &Available) -> Result<(), Failed> {
    let mut mac = Mac::default();
    let shell = mac.terminal();
    let child = mac.run(shell, "/usr/bin/ditto", "ditto -c -k Documents /tmp/d.zip");
    mac.loses(7);
    mac.writes(child, "/private/tmp/d.zip", 90_000);
    mac.exits(child);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("made.ndjson");
    fs::write(&path, mac.text())?;
    let (findings, stats) = replay(available, &path)?;
    ensure(
        stats["source_others"]["messages_lost"] == 7 && stats["records"]["lost"] == 7,
        || format!("{stats:#}"),
    )?;
    says(&findings, MEDIUM, &["/private/tmp/d.zip", "\"lost\":7"])
}

/// Severity of a finding that somebody should look at.
const MEDIUM: u64 = 3;
