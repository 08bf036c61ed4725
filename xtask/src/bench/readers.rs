//! How fast the recordings of Windows and macOS are read.
//!
//! Step: tooling. `platform/examples/readers.rs` reads real recordings from memory, once so often
//! and once three times as often; the difference in processor time on one processor is the cost of
//! the reading alone, which other work on the machine hardly changes. Real recordings are not kept
//! with the project: without them nothing is measured of Windows, and that is said. Messages of
//! macOS are this project's own, of which nearly each becomes a record, as few of a real host's do;
//! reading their JSON and making records of what was read are told apart.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::statistics::Spread;
use super::{Bar, Bench, Report, Row};
use crate::shell;

/// A reader: its name, the recordings it is measured with, how often each is read, and the bar in
/// thousands of events per second.
type Reader = (&'static str, &'static [&'static str], u32, f64);

const READERS: [Reader; 5] = [
    ("read ETL", &["etl/kernel-process-v0.etl"], 40, 300.0),
    ("read EVTX", &["evtx/sysmon.evtx"], 60, 100.0),
    (
        "read Sysmon JSON",
        &[
            "sysmon/sysmon-rta.json",
            "sysmon/sysmon-atomic-red-team.json",
        ],
        4,
        300.0,
    ),
    ("read eslogger JSON", &["own/eslogger.ndjson"], 30, 50.0),
    (
        "read messages of EndpointSecurity to records",
        &["own/eslogger.messages"],
        300,
        1_000.0,
    ),
];

/// Files that are gathered from this project's own.
const OWN: &str = "own/";

/// Measures what `wanted` names.
///
/// # Errors
/// When a reader cannot be built or fails.
pub(crate) fn measure(
    bench: &Bench,
    wanted: &dyn Fn(&str) -> bool,
    report: &mut Report,
) -> Result<()> {
    let readers: Vec<&Reader> = READERS.iter().filter(|(name, ..)| wanted(name)).collect();
    if readers.is_empty() {
        return Ok(());
    }
    let folder = recordings(&bench.root);
    let program = build(&bench.root)?;
    for (name, files, times, bar) in readers {
        let unpacked = match (&folder, files) {
            (_, [own]) if own.starts_with(OWN) => vec![gather(bench, own)?],
            (Some(folder), files) => unpack(bench, folder, files)?,
            (None, _) => {
                shell::step(&format!(
                    "left out: {name}; PACKHOUND_RECORDINGS names the folder of recordings"
                ));
                continue;
            }
        };
        shell::step(name);
        let mut speeds = Vec::new();
        let mut told = (0, 0);
        for _ in 0..bench.pairs.max(3) {
            let (mut seconds, mut events, mut records) = (0.0, 0, 0);
            for file in &unpacked {
                let (short, ..) = run(&program, file, *times)?;
                let (long, file_events, file_records) = run(&program, file, 3 * times)?;
                seconds += (long - short) / f64::from(2 * times);
                events += file_events;
                records += file_records;
            }
            speeds.push(events as f64 / seconds / 1e3);
            told = (events, records);
        }
        report.add(Row {
            name: (*name).to_owned(),
            figure: Spread::of(&speeds),
            unit: " k/s",
            bar: Bar::AtLeast(*bar),
            beside: format!("{} events, {} records", told.0, told.1),
            values: json!({"events": told.0, "records": told.1, "thousands_per_second": speeds}),
        });
    }
    Ok(())
}

/// The folder of real recordings.
fn recordings(root: &Path) -> Option<PathBuf> {
    let folder = std::env::var_os("PACKHOUND_RECORDINGS")
        .map_or_else(|| root.join("../shared/recordings"), PathBuf::from);
    folder.is_dir().then_some(folder)
}

fn build(root: &Path) -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args([
        "build",
        "--quiet",
        "--release",
        "--package=packhound-platform",
        "--example=readers",
        "--message-format=json-render-diagnostics",
    ]);
    let told = shell::output(&mut cargo)?;
    let made = told.lines().rev().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().map(PathBuf::from)
    });
    made.context("cargo told no program")
}

/// All versions of this project's own messages, ten times over.
fn gather(bench: &Bench, name: &str) -> Result<PathBuf> {
    let folder = bench.root.join("tests/fixtures/eslogger");
    let entries = std::fs::read_dir(&folder)
        .with_context(|| format!("listing {}", folder.display()))?
        .collect::<std::io::Result<Vec<_>>>()?;
    let mut paths: Vec<PathBuf> = entries.iter().map(std::fs::DirEntry::path).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "ndjson"));
    paths.sort();
    let mut all = Vec::new();
    for path in &paths {
        all.extend(std::fs::read(path).with_context(|| path.display().to_string())?);
    }
    let path = bench.folder.join(name.trim_start_matches(OWN));
    std::fs::write(&path, all.repeat(10))?;
    Ok(path)
}

/// The recordings without their gzip, in the bench's own folder.
fn unpack(bench: &Bench, folder: &Path, files: &[&str]) -> Result<Vec<PathBuf>> {
    let mut unpacked = Vec::new();
    for file in files {
        let packed = folder.join(format!("{file}.gz"));
        let name = Path::new(file).file_name().context("a file's name")?;
        let path = bench.folder.join(name);
        let mut gzip = Command::new("gzip");
        gzip.arg("-dc").arg(&packed);
        let ended = gzip
            .stdout(std::fs::File::create(&path)?)
            .status()
            .context("starting gzip")?;
        if !ended.success() {
            bail!("{} cannot be unpacked", packed.display());
        }
        unpacked.push(path);
    }
    Ok(unpacked)
}

/// The seconds of processor time that so many readings take, and the events and records of one.
fn run(program: &Path, file: &Path, times: u32) -> Result<(f64, u64, u64)> {
    let script = "TIMEFORMAT='%U %S'; time taskset --cpu-list 0 \"$@\" 2>&1";
    let ended = Command::new("bash")
        .args(["-c", script, "readers"])
        .arg(program)
        .arg(file)
        .arg(times.to_string())
        .stdin(Stdio::null())
        .output()
        .context("starting a reader")?;
    let words = String::from_utf8_lossy(&ended.stderr).into_owned();
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    let seconds = words.split_whitespace().map(str::parse::<f64>);
    let counts = told.split_whitespace().map(str::parse::<u64>);
    match (
        seconds.collect::<Result<Vec<_>, _>>(),
        counts.collect::<Result<Vec<_>, _>>(),
    ) {
        (Ok(seconds), Ok(counts))
            if ended.status.success() && seconds.len() == 2 && counts.len() == 2 =>
        {
            Ok((seconds.iter().sum(), counts[0], counts[1]))
        }
        _ => bail!("the reader ended with {}: {told}{words}", ended.status),
    }
}
