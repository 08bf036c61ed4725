//! How many findings and records a collector takes from a thousand agents, and how much memory that
//! takes.
//!
//! Step: tooling. The agents run on the same processors as the collector, so the figure is what the
//! whole machine does; the collector compresses its closed files meanwhile, as it does by default.

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use harness::{Collector, CollectorSettings};
use serde_json::json;

use super::statistics::Spread;
use super::{Bar, Bench, Report, Row};
use crate::shell;

/// Measures what `wanted` names.
///
/// # Errors
/// When the collector or the fleet fails, or an item is missing.
pub(crate) fn measure(
    bench: &Bench,
    wanted: &dyn Fn(&str) -> bool,
    report: &mut Report,
) -> Result<()> {
    for what in ["findings", "records"] {
        let name = format!("collect {what}, 1,000 agents");
        if wanted(&name) {
            one(bench, what, &name, report)?;
        }
    }
    Ok(())
}

fn one(bench: &Bench, what: &str, name: &str, report: &mut Report) -> Result<()> {
    shell::step(name);
    let mut rates = Vec::new();
    let mut peaks = Vec::new();
    for run in 0..bench.pairs.min(3) {
        let folder = bench.folder.join(format!("collect-{what}-{run}"));
        std::fs::create_dir_all(&folder)?;
        let settings = CollectorSettings::new(&bench.program, &folder);
        let collector = Collector::start(settings.clone())?;
        let fleet = Command::new(bench.storms.join("fleet"))
            .arg(settings.socket())
            .arg(what)
            .args([AGENTS, BATCHES, SIZE].map(|number| number.to_string()))
            .output()
            .context("starting the fleet")?;
        let told = String::from_utf8_lossy(&fleet.stdout).into_owned();
        let numbers = told.split_whitespace().map(str::parse::<f64>);
        let numbers = numbers.collect::<Result<Vec<_>, _>>().unwrap_or_default();
        let [items, seconds] = numbers[..] else {
            let words = String::from_utf8_lossy(&fleet.stderr).into_owned();
            bail!("the fleet ended with {}: {words}", fleet.status);
        };
        rates.push(items / seconds / 1e3);
        peaks.push(peak(collector.pid()).context("the collector's memory")?);
        let (status, counters) = collector.stop()?;
        if !status.success() || counters[what] != AGENTS * BATCHES * SIZE {
            bail!("the collector ended with {status}: {counters}");
        }
        std::fs::remove_dir_all(folder)?;
    }
    report.add(Row {
        name: name.to_owned(),
        figure: Spread::of(&rates),
        unit: " k/s",
        bar: Bar::AtLeast(200.0),
        beside: format!("{} {what} a run, to disk", AGENTS * BATCHES * SIZE),
        values: json!({"thousands_a_second": rates}),
    });
    report.add(Row {
        name: format!("its memory, {what}"),
        figure: Spread::of(&peaks),
        unit: " MiB",
        bar: Bar::AtMost(256.0),
        beside: String::new(),
        values: json!({"peak": peaks}),
    });
    Ok(())
}

/// The most memory that a process had, in MiB.
fn peak(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes = line.split_whitespace().next()?.parse::<f64>().ok()?;
    Some(kibibytes / 1024.0)
}

const AGENTS: u64 = 1_000;
const BATCHES: u64 = 20;
const SIZE: u64 = 100;
