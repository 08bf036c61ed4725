//! From the end of a packing to its finding on standard output, idle and under a storm.
//!
//! Step: tooling. The clock starts when the packing shell has ended, as its parent sees it: the
//! last file is closed by then. A finding that is there earlier counts as 0. Each packing has a
//! shell of its own, because what one shell packs in a row is one finding with updates.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use harness::{Daemon, Operator, Request, Settings};
use serde_json::json;

use super::overhead::script;
use super::statistics::{Spread, quantile};
use super::{Bar, Bench, Report, Row};
use crate::shell;

/// Measures what `wanted` names.
///
/// # Errors
/// When a packing is not told.
pub(crate) fn measure(
    bench: &Bench,
    wanted: &dyn Fn(&str) -> bool,
    report: &mut Report,
) -> Result<()> {
    for (name, bar, storm) in CASES {
        if wanted(name) {
            shell::step(name);
            measure_case(bench, name, bar, storm, report)?;
        }
    }
    Ok(())
}

fn measure_case(
    bench: &Bench,
    name: &str,
    bar: f64,
    storm: &str,
    report: &mut Report,
) -> Result<()> {
    let folder = bench.folder.join("latency");
    std::fs::create_dir(&folder).context("making the folder")?;
    std::fs::write(folder.join("text"), "something to pack\n".repeat(50))?;
    let operator = Operator::start(&folder.join("operator"))?;
    let daemon = Daemon::start(Settings::new(&bench.program, &folder.join("daemon")))?;
    let mut storms = Storm::start(bench, storm, &folder)?;
    let mut values = Vec::new();
    for number in 0..PACKINGS {
        values.push(pack(&operator, &daemon, &folder, number)?);
        storms.go_on(bench, storm, &folder)?;
    }
    drop(storms);
    daemon.stop()?;
    std::fs::remove_dir_all(&folder).context("removing the folder")?;
    report.add(Row {
        name: name.to_owned(),
        figure: Spread {
            low: quantile(&values, 0.5),
            median: quantile(&values, 0.99),
            high: quantile(&values, 1.0),
        },
        unit: " ms",
        bar: Bar::AtMost(bar),
        beside: format!("p99 of {PACKINGS}; the spread is p50 … slowest"),
        values: json!({"milliseconds": values}),
    });
    Ok(())
}

/// Packs once and gives the milliseconds until it was told.
fn pack(operator: &Operator, daemon: &Daemon, folder: &Path, number: usize) -> Result<f64> {
    let name = format!("packed-{number}-.zip");
    let request = Request {
        script: &format!("zip -q -P s3cret {name} text\nrm {name}"),
        directory: folder,
        ..Request::default()
    };
    let done = operator.run("pack", &request, PATIENCE)?;
    if done.status != 0 {
        bail!("zip ended with {}: {}", done.status, done.output);
    }
    let arrived = daemon.board().wait(PATIENCE, |all| {
        let told = all
            .iter()
            .rev()
            .find(|finding| finding.text.contains(&name));
        told.map(|finding| finding.arrived)
    });
    let arrived =
        arrived.with_context(|| format!("no finding tells {name}\n{}", daemon.last_words()))?;
    Ok(arrived.saturating_duration_since(done.ended).as_secs_f64() * 1e3)
}

/// A storm that blows until it is dropped.
struct Storm(Option<Child>);

impl Storm {
    fn start(bench: &Bench, text: &str, folder: &Path) -> Result<Self> {
        if text.is_empty() {
            return Ok(Self(None));
        }
        let child = script(bench, &format!("exec {text}"), folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("starting a storm")?;
        Ok(Self(Some(child)))
    }

    /// Starts over when the storm has blown out.
    fn go_on(&mut self, bench: &Bench, text: &str, folder: &Path) -> Result<()> {
        if let Some(child) = &mut self.0
            && child.try_wait()?.is_some()
        {
            *self = Self::start(bench, text, folder)?;
        }
        Ok(())
    }
}

impl Drop for Storm {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // Either fails only when the storm has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

const PACKINGS: usize = 100;
const PATIENCE: Duration = Duration::from_secs(20);

const CASES: [(&str, f64, &str); 3] = [
    ("latency, idle", 50.0, ""),
    ("latency, file storm", 500.0, "$STORM files 200000 ."),
    ("latency, write storm", 500.0, "$STORM writes 20000000 ."),
];
