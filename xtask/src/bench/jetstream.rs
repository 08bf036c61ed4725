//! How many findings a collector takes that publishes each to `JetStream` before it acknowledges.
//!
//! Step: tooling. A real nats-server with file storage, the collector and the agents share the
//! processors, so the figure is what the whole machine does.

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use harness::{Collector, CollectorSettings, Nats, find_program};
use serde_json::json;

use super::statistics::Spread;
use super::{Bar, Bench, Report, Row};
use crate::shell;

/// Measures what `wanted` names.
///
/// # Errors
/// When the server, the collector or the fleet fails, or an item is missing.
pub(crate) fn measure(
    bench: &Bench,
    wanted: &dyn Fn(&str) -> bool,
    report: &mut Report,
) -> Result<()> {
    let name = "collect to JetStream, 8 agents";
    if !wanted(name) {
        return Ok(());
    }
    if find_program("nats-server").is_none() {
        shell::warn("left out without nats-server: collect to JetStream");
        return Ok(());
    }
    shell::step(name);
    let number = AGENTS * BATCHES * SIZE;
    let mut rates = Vec::new();
    let mut bytes = 0;
    for run in 0..bench.pairs.min(3) {
        let folder = bench.folder.join(format!("jetstream-{run}"));
        std::fs::create_dir_all(&folder)?;
        let nats = Nats::start(&folder, "")?;
        let mut settings = CollectorSettings::new(&bench.program, &folder);
        settings.arguments = vec!["--nats".to_owned(), nats.url()];
        let collector = Collector::start(settings.clone())?;
        let fleet = Command::new(bench.storms.join("fleet"))
            .arg(settings.socket())
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
        let info = nats.ask("STREAM.INFO.packhound-findings", &json!({}))?;
        bytes = info["state"]["bytes"].as_u64().unwrap_or(0);
        let (status, counters) = collector.stop()?;
        let stored = &info["state"]["messages"];
        if !status.success() || counters["published"] != number || *stored != number {
            bail!("the collector ended with {status}: {counters}; the stream has {stored}");
        }
        drop(nats);
        std::fs::remove_dir_all(folder)?;
    }
    report.add(Row {
        name: name.to_owned(),
        figure: Spread::of(&rates),
        unit: " k/s",
        bar: Bar::Open,
        beside: format!("{number} findings a run, {} bytes each", bytes / number),
        values: json!({"thousands_a_second": rates}),
    });
    Ok(())
}

const AGENTS: u64 = 8;
const BATCHES: u64 = 100;
const SIZE: u64 = 100;
