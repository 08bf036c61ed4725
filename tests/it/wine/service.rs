//! The service under Wine's service manager: installed, started, asked, stopped, removed.
//!
//! Step: tests. The program runs beside the model of event tracing, without any event. Wine keeps no
//! event log, so what is written there is not looked at.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use super::Wine;
use crate::{ensure, trial};

/// The tests.
pub(super) fn trials(wine: Option<&Wine>) -> Vec<Trial> {
    let wine = wine.cloned();
    let possible = wine.is_some();
    vec![trial(
        "wine::service::its-whole-life",
        possible,
        move || whole_life(&wine.expect("tests under Wine are left out without it")),
    )]
}

fn whole_life(wine: &Wine) -> Result<(), Failed> {
    let _clean = Clean(wine.clone());
    let absent = wine.run(&["service", "status"])?;
    absent.expect(1, &["no service is installed"])?;
    let nothing = wine.run(&["service", "uninstall"])?;
    ensure(nothing.out.contains("it was not installed"), || {
        format!("{nothing:#?}")
    })?;

    let made = wine.run(&["service", "install", "--no-start"])?;
    ensure(
        made.code == 0
            && made.out.contains("made the service packhound")
            && !made.out.contains("started packhound"),
        || format!("{made:#?}"),
    )?;
    // Between two commands Wine's manager may end and begin anew, and then starts it as at a boot.
    let told = wine.run(&["service", "status"])?;
    if !told.out.contains("running") {
        told.expect(1, &["packhound does not run", "event log"])?;
        ensure(told.out.contains("stopped"), || format!("{told:#?}"))?;
    }
    let settings = folder().join("packhound.toml");
    ensure(settings.is_file(), || {
        "no configuration was written".to_owned()
    })?;

    // Once more changes it and starts it, if it does not run by then.
    let started = wine.run(&["service", "install"])?;
    ensure(started.out.contains("changed the service"), || {
        format!("{started:#?}")
    })?;
    let begun = Instant::now();
    let running = loop {
        let told = wine.run(&["service", "status", "--json"])?;
        let json: serde_json::Value = serde_json::from_str(&told.out).unwrap_or_default();
        if json.to_string().contains("running") {
            break told;
        }
        if begun.elapsed() > LONGEST {
            return Err(format!("it does not run: {told:#?}").into());
        }
        std::thread::sleep(GLANCE);
    };
    ensure(running.code == 0, || format!("{running:#?}"))?;
    ensure(folder().join("state").is_dir(), || "no state".to_owned())?;

    let removed = wine.run(&["service", "uninstall"])?;
    ensure(
        removed.out.contains("stopped packhound") && removed.out.contains("removed the service"),
        || format!("{removed:#?}"),
    )?;
    ensure(settings.is_file(), || {
        "the configuration is gone".to_owned()
    })?;
    wine.run(&["service", "status"])?
        .expect(1, &["no service is installed"])
}

/// Leaves Wine's folder as it was found, whatever fails.
struct Clean(Wine);

impl Drop for Clean {
    fn drop(&mut self) {
        let _ = self.0.run(&["service", "uninstall"]);
        let _ = std::fs::remove_dir_all(folder());
    }
}

/// Where the service keeps its things, as this system names it.
fn folder() -> PathBuf {
    let prefix = std::env::var_os("WINEPREFIX").map(PathBuf::from);
    let prefix = prefix.unwrap_or_else(|| {
        PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".wine")
    });
    prefix.join("drive_c/ProgramData/Packhound")
}

const LONGEST: Duration = Duration::from_secs(40);
const GLANCE: Duration = Duration::from_millis(200);
