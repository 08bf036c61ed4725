//! The same work with and without the daemon, in pairs.
//!
//! Step: tooling. A pair's runs follow each other at once and their order alternates, so that a
//! drift of the machine meets both sides; the figure is the median of the pairs' ratios. Both
//! sides start the daemon, and the one without it stops it before the work: what a pause does to
//! the file system (ext4 goes around inodes deleted within the last five seconds) meets both.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use harness::{Daemon, Settings};
use serde_json::json;

use super::report::number;
use super::statistics::Spread;
use super::{Bar, Bench, Report, Row};
use crate::shell;

/// Measures every work that `wanted` names.
///
/// # Errors
/// When a work or the daemon fails.
pub(crate) fn measure(
    bench: &Bench,
    wanted: &dyn Fn(&str) -> bool,
    report: &mut Report,
) -> Result<()> {
    for work in WORKS {
        if wanted(work.name) {
            measure_work(bench, &work, report)?;
        }
    }
    Ok(())
}

/// Something to do with and without the daemon.
struct Work {
    name: &'static str,
    bar: f64,
    /// A script; `storm` and `$PROJECT` are there, and it starts in an empty folder.
    script: &'static str,
}

fn measure_work(bench: &Bench, work: &Work, report: &mut Report) -> Result<()> {
    shell::step(&format!("{}, {} pairs", work.name, bench.pairs));
    // One run without counting fills the caches for both sides.
    seconds_beside(bench, work, Beside::Nothing)?;
    let mut without = Vec::new();
    let mut with = Vec::new();
    for pair in 0..bench.pairs {
        if pair % 2 == 0 {
            without.push(seconds_beside(bench, work, Beside::Nothing)?);
            with.push(seconds_beside(bench, work, Beside::Daemon)?);
        } else {
            with.push(seconds_beside(bench, work, Beside::Daemon)?);
            without.push(seconds_beside(bench, work, Beside::Nothing)?);
        }
    }
    let ratios = with
        .iter()
        .zip(&without)
        .map(|(with, without)| with / without)
        .collect::<Vec<_>>();
    report.add(Row {
        name: work.name.to_owned(),
        figure: Spread::of(&ratios),
        unit: "×",
        bar: Bar::AtMost(work.bar),
        beside: format!(
            "{} s → {} s",
            number(Spread::of(&without).median),
            number(Spread::of(&with).median)
        ),
        values: json!({"without": without, "with": with}),
    });
    Ok(())
}

/// What runs beside the work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Daemon,
    Nothing,
}

/// How long the work takes after the daemon has started, and, beside nothing, ended again.
fn seconds_beside(bench: &Bench, work: &Work, beside: Beside) -> Result<f64> {
    let folder = bench.folder.join("daemon");
    let mut daemon = Some(Daemon::start(Settings::new(&bench.program, &folder))?);
    if beside == Beside::Nothing {
        daemon.take().map(stop).transpose()?;
    }
    let seconds = seconds(bench, work)?;
    daemon.map(stop).transpose()?;
    std::fs::remove_dir_all(&folder).context("removing the daemon's folder")?;
    Ok(seconds)
}

/// Ends a daemon, which must end well.
fn stop(daemon: Daemon) -> Result<()> {
    let ended = daemon.stop()?;
    if !ended.status.success() {
        bail!("the daemon ended with {}", ended.status);
    }
    Ok(())
}

/// How long the work takes.
fn seconds(bench: &Bench, work: &Work) -> Result<f64> {
    let folder = bench.folder.join("work");
    std::fs::create_dir(&folder).context("making the work's folder")?;
    let begun = Instant::now();
    let ended = script(bench, work.script, &folder)
        .output()
        .context("starting the work")?;
    let seconds = begun.elapsed().as_secs_f64();
    if !ended.status.success() {
        let words = String::from_utf8_lossy(&ended.stderr).into_owned();
        bail!("{} ended with {}:\n{words}", work.name, ended.status);
    }
    std::fs::remove_dir_all(&folder).context("removing the work's folder")?;
    // A storm takes its own time, without the start of a shell.
    let told = String::from_utf8_lossy(&ended.stdout);
    let told = told.trim().parse::<f64>().ok();
    Ok(told.map_or(seconds, |nanoseconds| nanoseconds / 1e9))
}

/// A script's command, in `folder`.
pub(super) fn script(bench: &Bench, text: &str, folder: &Path) -> Command {
    let mut command = Command::new("bash");
    command
        .args(["-e", "-c", text])
        .current_dir(folder)
        .env("STORM", bench.storms.join("storm"))
        .env("PROJECT", &bench.root)
        .stdin(Stdio::null());
    command
}

const WORKS: [Work; 7] = [
    Work {
        name: "getppid, 5 million",
        bar: 1.20,
        script: "$STORM getppid 5000000",
    },
    Work {
        name: "512-byte writes, 2 million",
        bar: 1.10,
        script: "$STORM writes 2000000 .",
    },
    Work {
        name: "small files, 50 000",
        bar: 1.10,
        script: "$STORM files 50000 .",
    },
    Work {
        name: "short processes, 5 000",
        bar: 1.08,
        script: "$STORM execs 5000",
    },
    Work {
        name: "dlopen, 20 000",
        bar: 1.07,
        script: "$STORM dlopen 20000",
    },
    Work {
        name: "archives: tar, gzip, zip, 7z",
        bar: 1.03,
        script: "
            tar -cf a.tar -C /usr/share perl
            tar -czf a.tar.gz -C /usr/share perl
            (cd /usr/share && zip -q -r \"$OLDPWD/a.zip\" perl)
            7zz a -bso0 -bsp0 -mx1 a.7z /usr/share/perl
        ",
    },
    Work {
        name: "cargo build",
        bar: 1.01,
        script: "
            cd \"$PROJECT\"
            CARGO_TARGET_DIR=\"$OLDPWD/target\" cargo build --quiet --package packhound-correlator
        ",
    },
];
