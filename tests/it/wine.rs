//! The program for Windows, under Wine: its command line, a replay, and the stream over a pipe.
//!
//! Step: tests. `PACKHOUND_EXE` names the program and `PACKHOUND_WINE` what runs it, as
//! `cargo xtask test` sets them; without them these tests are left out. Wine lets anybody open any
//! pipe and make the first instance of it twice, so neither is asked here.

mod acts;
mod live;
mod script;
mod service;
mod stage;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use harness::CollectorSettings;
use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use crate::place::{Available, Told, run};
use crate::{ensure, trial};

/// The tests under Wine.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let named = |name| std::env::var_os(name).map(PathBuf::from);
    let wine = match (named("PACKHOUND_WINE"), named("PACKHOUND_EXE")) {
        (Some(wine), Some(program)) => Some(Wine {
            runner: wine,
            program,
            available: available.clone(),
        }),
        _ => None,
    };
    if wine.is_none() {
        eprintln!("tests/it: left out: tests under Wine (`cargo xtask test` installs it)");
    }
    let possible = wine.is_some() && available.has_program();
    let test = |name: &str, test: fn(&Wine) -> Result<(), Failed>| {
        let wine = wine.clone();
        trial(name, possible, move || {
            test(&wine.expect("tests under Wine are left out without it"))
        })
    };
    let mut trials = vec![
        test("wine::the-default-configuration-is-valid", configuration),
        test("wine::a-system-without-tracing-is-told", no_tracing),
        test("wine::a-replay-tells-what-it-tells-elsewhere", replay),
        test("wine::a-pipe-takes-the-stream", stream),
        test("wine::a-pipe-refuses-other-users", other_users),
    ];
    let on_a_model = live::beside_the_model(wine.as_ref().filter(|_| possible));
    trials.extend(live::trials(on_a_model.as_ref()));
    trials.extend(service::trials(on_a_model.as_ref()));
    trials
}

/// How to run the program.
#[derive(Clone)]
struct Wine {
    runner: PathBuf,
    program: PathBuf,
    available: Available,
}

impl Wine {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.runner);
        command
            .arg(&self.program)
            .args(arguments)
            .env("WINEDEBUG", "-all")
            .env("WINEDLLOVERRIDES", "mscoree,mshtml,winedbg.exe=d")
            .env_remove("DISPLAY")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Result<Told, Failed> {
        run(&mut self.command(arguments))
    }
}

/// A path as Windows programs name it under Wine.
fn drive(path: &Path) -> String {
    format!("Z:{}", path.to_string_lossy().replace('/', "\\"))
}

/// A made-up recording in which things are packed.
fn recording(folder: &TempDir) -> Result<PathBuf, Failed> {
    let path = folder.path().join("mixture.phr");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mixture"));
    let told = run(command.args(["100", "20000"]).arg(&path))?;
    ensure(told.code == 0, || format!("{told:#?}"))?;
    Ok(path)
}

fn configuration(wine: &Wine) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let told = wine.run(&["config", "default"])?;
    ensure(told.code == 0, || format!("{told:#?}"))?;
    for place in [
        r"'\\.\pipe\packhound-collector'",
        r"'C:\ProgramData\Packhound\state'",
        "S-1-5-32-544",
    ] {
        ensure(told.out.contains(place), || {
            format!("no {place}: {told:#?}")
        })?;
    }
    let path = folder.path().join("packhound.toml");
    fs::write(&path, &told.out)?;
    let checked = wine.run(&["config", "check", &drive(&path)])?;
    ensure(checked.out.contains("valid"), || format!("{checked:#?}"))?;
    fs::write(&path, "[stream]\ncollector_uids = [0]\n")?;
    let refused = wine.run(&["config", "check", &drive(&path)])?;
    refused.expect(2, &["security identifiers in quotes"])
}

/// Wine's own event tracing refuses to be listened to.
fn no_tracing(wine: &Wine) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = configure(&folder, &pipe(), "")?;
    let told = wine.run(&["run", "--no-stream", "--config", &path])?;
    told.expect(
        3,
        &["starting the session Packhound-Process", "access denied"],
    )
}

/// The same recording gives the same findings on both systems, to the byte.
fn replay(wine: &Wine) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = recording(&folder)?;
    let here = wine
        .available
        .run(&["replay", "--format", "json", &path.to_string_lossy()])?;
    let there = wine.run(&["replay", "--format", "json", &drive(&path)])?;
    ensure(here.code == 0 && there.code == 0, || {
        format!("{here:#?}\n{there:#?}")
    })?;
    ensure(!here.out.is_empty(), || format!("no finding: {here:#?}"))?;
    ensure(here.out == there.out.replace("\r\n", "\n"), || {
        format!("the findings differ:\n{}\n{}", here.out, there.out)
    })?;
    ensure(here.err == there.err.replace("\r\n", "\n"), || {
        format!("the counters differ:\n{}\n{}", here.err, there.err)
    })
}

/// Writes a configuration that streams everything to a pipe.
fn configure(folder: &TempDir, pipe: &str, lines: &str) -> Result<String, Failed> {
    let path = folder.path().join("packhound.toml");
    let place = drive(folder.path());
    let text = format!(
        "[state]\npath = '{place}\\state'\n[spool]\npath = '{place}\\spool'\n\
         [stream]\naddress = '{pipe}'\nwhat = \"telemetry\"\n{lines}"
    );
    fs::write(&path, text)?;
    Ok(drive(&path))
}

/// A collector under Wine. Dropping it kills it.
struct Collector {
    child: Child,
    said: BufReader<std::process::ChildStderr>,
}

impl Collector {
    fn start(wine: &Wine, pipe: &str, out: &Path, more: &[&str]) -> Result<Self, Failed> {
        let out = drive(out);
        let arguments = ["collect", "--listen", pipe, "--out", &out];
        let mut command = wine.command(&[&arguments[..], more].concat());
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let said = child
            .stderr
            .take()
            .ok_or("the collector has no standard error")?;
        let mut collector = Self {
            child,
            said: BufReader::new(said),
        };
        collector.hear("collecting at")?;
        Ok(collector)
    }

    /// Reads what it says up to a line that contains `words`.
    fn hear(&mut self, words: &str) -> Result<(), Failed> {
        let mut all = String::new();
        loop {
            let before = all.len();
            if self.said.read_line(&mut all)? == 0 {
                return Err(format!("the collector ended: {all}").into());
            }
            if all[before..].contains(words) {
                return Ok(());
            }
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A pipe's name that no other test has.
fn pipe() -> String {
    format!(r"\\.\pipe\packhound-test-{}", std::process::id())
}

fn stream(wine: &Wine) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = recording(&folder)?;
    let out = folder.path().join("out");
    let collector = Collector::start(wine, &pipe(), &out, &[])?;
    let configuration = configure(&folder, &pipe(), "")?;
    let stats = folder.path().join("stats.json");
    let told = wine.run(&[
        "replay",
        "--stream",
        "--format",
        "json",
        "--config",
        &configuration,
        "--stats",
        &drive(&stats),
        &drive(&path),
    ])?;
    told.expect(0, &["the collector takes the stream"])?;
    let written = CollectorSettings {
        out: out.clone(),
        ..CollectorSettings::new(&wine.program, folder.path())
    };
    let mut expected: Vec<String> = told.out.lines().map(str::to_owned).collect();
    expected.sort();
    ensure(!expected.is_empty(), || format!("no finding: {told:#?}"))?;
    // What was acknowledged is on disk: nothing is left to wait for.
    let mut found = written.lines()?;
    found.sort();
    ensure(found == expected, || {
        format!("streamed {} findings, told {}", found.len(), expected.len())
    })?;
    let stats: serde_json::Value = serde_json::from_slice(&fs::read(&stats)?)?;
    let stream = &stats["stream"];
    ensure(
        stream["findings_delivered"] == true
            && stream["overrun"] == 0
            && stream["spooled"].as_u64() > Some(20_000),
        || format!("{stats:#}"),
    )?;
    drop(collector);
    Ok(())
}

/// Each end asks the system who is at the other.
fn other_users(wine: &Wine) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = recording(&folder)?;
    let anonymous = "S-1-5-7";
    let replay = |lines: &str| -> Result<Told, Failed> {
        let configuration = configure(&folder, &pipe(), lines)?;
        let arguments = ["replay", "--stream", "--config", &configuration];
        wine.run(&[&arguments[..], &[&drive(&path)]].concat())
    };
    let collector = Collector::start(wine, &pipe(), &folder.path().join("one"), &[])?;
    let told = replay(&format!("collector_uids = [\"{anonymous}\"]\n"))?;
    told.expect(1, &["not allowed here", "waits in the spool"])?;
    drop(collector);
    let out = folder.path().join("two");
    let mut collector = Collector::start(wine, &pipe(), &out, &["--agent-uid", anonymous])?;
    let told = replay("")?;
    told.expect(1, &["waits in the spool"])?;
    collector.hear("not allowed here")
}
