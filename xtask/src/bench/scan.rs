//! What it costs to look into the programs of this machine for packing code, each once.
//!
//! Step: tooling. The scanner is the daemon's own; `platform/examples/fingerprint.rs` runs it over
//! files from the page cache, the best of three.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::statistics::Spread;
use super::{Bar, Bench, Report, Row};
use crate::shell;

/// Measures it, if `wanted` names it.
///
/// # Errors
/// When the scanner cannot be built or fails.
pub(crate) fn measure(
    bench: &Bench,
    wanted: &dyn Fn(&str) -> bool,
    report: &mut Report,
) -> Result<()> {
    let name = "scan of the costliest program";
    if !wanted(name) {
        return Ok(());
    }
    shell::step(name);
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&bench.root).args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "packhound-platform",
        "--example",
        "fingerprint",
        "--",
    ]);
    let told = shell::output(cargo.args(programs()))?;
    let last = told.lines().last().context("the scanner told nothing")?;
    let numbers: Vec<f64> = last.split(' ').filter_map(|it| it.parse().ok()).collect();
    let [files, median, late, longest] = numbers[..] else {
        anyhow::bail!("the scanner's last line is {last:?}");
    };
    report.add(Row {
        name: name.to_owned(),
        figure: Spread::of(&[longest / 1e3]),
        unit: " ms",
        bar: Bar::AtMost(50.0),
        beside: format!(
            "of {files} programs; median {:.2} ms, 99 of 100 within {:.1} ms",
            median / 1e3,
            late / 1e3
        ),
        values: json!({"files": files, "median_us": median, "p99_us": late, "longest_us": longest}),
    });
    Ok(())
}

/// The programs that are installed.
fn programs() -> Vec<PathBuf> {
    ["/usr/bin", "/usr/sbin", "/usr/local/bin"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .collect()
}
