//! How fast recorded events are judged, and how much memory that takes.
//!
//! Step: tooling. The same made-up host is recorded twice, once three times as long: the
//! difference of the two replays is the cost of the records alone, without start and rundown. The
//! cost is processor time on one processor, which other work on the machine hardly changes.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::statistics::Spread;
use super::{Bar, Bench, Report, Row};
use crate::shell;

/// Measures what `wanted` names.
///
/// # Errors
/// When a recording cannot be made or replayed.
pub(crate) fn measure(
    bench: &Bench,
    wanted: &dyn Fn(&str) -> bool,
    report: &mut Report,
) -> Result<()> {
    let mut first_cost = None;
    for (processes, shown) in [(1_000, "1 k"), (10_000, "10 k"), (100_000, "100 k")] {
        let name = format!("replay, {shown} live processes");
        if wanted(&name) {
            let costs = costs(bench, processes, &name)?;
            add_speed(report, name, &costs);
            let cost = Spread::of(&costs).median;
            let grown = cost / *first_cost.get_or_insert(cost);
            report.add(Row {
                name: format!("cost at {shown} against the first"),
                figure: Spread::of(&[grown]),
                unit: "×",
                // Flat, but for the caches, which more processes fill.
                bar: Bar::AtMost(1.5),
                beside: String::new(),
                values: json!(grown),
            });
        }
    }
    let name = "memory, 50 k live processes";
    if wanted(name) {
        add_memory(bench, name, report)?;
    }
    Ok(())
}

fn add_speed(report: &mut Report, name: String, costs: &[f64]) {
    let speeds = costs.iter().map(|cost| 1e3 / cost).collect::<Vec<_>>();
    report.add(Row {
        name,
        figure: Spread::of(&speeds),
        unit: " M/s",
        bar: Bar::AtLeast(2.0),
        beside: format!("{:.0} ns a record", Spread::of(costs).median),
        values: json!({"nanoseconds": costs}),
    });
}

/// The cost of a record in nanoseconds, measured several times.
fn costs(bench: &Bench, processes: u32, name: &str) -> Result<Vec<f64>> {
    shell::step(name);
    let short = record(bench, processes, RECORDS)?;
    let long = record(bench, processes, 3 * RECORDS)?;
    let mut costs = Vec::new();
    for _ in 0..bench.pairs.min(5) {
        let difference = replay(bench, &long)? - replay(bench, &short)?;
        costs.push(difference * 1e9 / (2 * RECORDS) as f64);
    }
    std::fs::remove_file(short)?;
    std::fs::remove_file(long)?;
    Ok(costs)
}

/// Records the made-up host.
fn record(bench: &Bench, processes: u32, records: u64) -> Result<PathBuf> {
    let path = bench.folder.join(format!("{processes}-{records}.phr"));
    let status = Command::new(bench.storms.join("mixture"))
        .args([processes.to_string(), records.to_string()])
        .arg(&path)
        .status()
        .context("starting mixture")?;
    if !status.success() {
        bail!("mixture ended with {status}");
    }
    Ok(path)
}

/// The seconds of processor time that a replay takes.
fn replay(bench: &Bench, path: &Path) -> Result<f64> {
    let script = "TIMEFORMAT='%U %S'; time taskset --cpu-list 0 \"$@\" >/dev/null 2>&1";
    let ended = Command::new("bash")
        .args(["-c", script, "replay"])
        .arg(&bench.program)
        .args(["replay", "--format", "json"])
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .context("starting a replay")?;
    let words = String::from_utf8_lossy(&ended.stderr).into_owned();
    let times = words.split_whitespace().map(str::parse::<f64>);
    match times.collect::<Result<Vec<_>, _>>() {
        Ok(times) if ended.status.success() && times.len() == 2 => Ok(times.iter().sum()),
        _ => bail!("replay ended with {}: {words}", ended.status),
    }
}

fn start(bench: &Bench, path: &Path) -> Result<Child> {
    Command::new(&bench.program)
        .args(["replay", "--format", "json"])
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("starting a replay")
}

/// The most memory that a replay with many live processes takes.
fn add_memory(bench: &Bench, name: &str, report: &mut Report) -> Result<()> {
    shell::step(name);
    let path = record(bench, 50_000, RECORDS)?;
    let mut child = start(bench, &path)?;
    let mut peak = Memory::default();
    while child.try_wait()?.is_none() {
        if let Some(now) = Memory::of(child.id()) {
            peak.own = peak.own.max(now.own);
            peak.whole = peak.whole.max(now.whole);
        }
        std::thread::park_timeout(Duration::from_millis(2));
    }
    std::fs::remove_file(path)?;
    report.add(Row {
        name: name.to_owned(),
        figure: Spread::of(&[peak.own]),
        unit: " MiB",
        bar: Bar::AtMost(64.0),
        beside: format!("{:.0} MiB with the recording's mapped pages", peak.whole),
        values: json!({"anonymous": peak.own, "peak": peak.whole}),
    });
    Ok(())
}

/// Memory of a process in MiB.
#[derive(Clone, Copy, Debug, Default)]
struct Memory {
    /// Its own pages.
    own: f64,
    /// Its peak, mapped files included.
    whole: f64,
}

impl Memory {
    fn of(pid: u32) -> Option<Self> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let value = |label: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(label))?;
            let kibibytes = line.split_whitespace().next()?.parse::<f64>().ok()?;
            Some(kibibytes / 1024.0)
        };
        Some(Self {
            own: value("RssAnon:")?,
            whole: value("VmHWM:")?,
        })
    }
}

const RECORDS: u64 = 500_000;
