//! Every way of getting bytes into a file is told, or is one that `doctor` says is not seen.
//!
//! Step: tests. The ways are small C programs (`tests/ways`), since some of them must be done to the
//! letter. The same programs and the same table judge other kernels in guests.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::{Seen, compare, load_ways};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::ensure;
use crate::place::{Available, run};
use crate::recorder::Recorder;

/// The tests of ways.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    vec![available.test("ways::each-is-told-or-listed", true, each)]
}

fn each(available: &Available) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let program = build(folder.path())?;
    let place = folder.path().join("ways");
    std::fs::create_dir(&place)?;
    let recorder = Recorder::start(available, folder.path())?;
    let done = run(Command::new(program).arg(&place).arg(LENGTH))?;
    let recording = recorder.recording()?;
    ensure(done.code == 0, || format!("{done:#?}"))?;
    let (tier, blind_spots) = doctor(available)?;
    let ways = load_ways(include_str!("../ways/ways.toml"))?;
    let seen = compare(&ways, tier, &done.out, &recording, &blind_spots)?;
    let mut wrong = String::new();
    for (way, seen) in seen {
        match seen {
            Seen::Wrong(why) => writeln!(wrong, "{} ({}): {why}", way.name, way.title)?,
            Seen::Unsupported(why) => eprintln!("{}: not possible here: {why}", way.name),
            Seen::Told | Seen::Blind(_) => {}
        }
    }
    ensure(wrong.is_empty(), || wrong)
}

/// Compiles the programs.
fn build(folder: &Path) -> Result<PathBuf, Failed> {
    let program = folder.join("do-ways");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("ways");
    let names = ["ways", "plain", "places", "processes", "uring"];
    let built = run(Command::new("gcc")
        .args(["-O1", "-pthread", "-o"])
        .arg(&program)
        .args(names.map(|name| sources.join(name).with_extension("c"))))?;
    ensure(built.code == 0, || built.err)?;
    Ok(program)
}

/// The tier of this host's hooks, and what it does not see.
fn doctor(available: &Available) -> Result<(u8, Vec<String>), Failed> {
    let told = available.run(&["doctor", "--json"])?;
    let report: Value = serde_json::from_str(&told.out)?;
    let spots = report["blind_spots"].as_array().ok_or("no blind spots")?;
    let spots = spots.iter().filter_map(Value::as_str).map(str::to_owned);
    let tier = report["tier"].as_str().unwrap_or("2");
    Ok((if tier == "1" { 1 } else { 2 }, spots.collect()))
}

/// What the shortest way writes: whole blocks, as those that pass the cache by need them.
const LENGTH: &str = "40960";
