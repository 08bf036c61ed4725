//! What bounds the probes on libraries: how many, how often met, and files that lie.
//!
//! Step: tests. Everything left out must be counted, and told where a finding hangs on it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use harness::{Daemon, Operator, Request, find_program};
use libtest_mimic::Failed;

use super::{COPIES, LIBRARIES, PRODUCERS, act, compile, library};
use crate::place::Available;
use crate::{ensure, promptly};

/// Three hundred files that are loaded when the daemon starts have probes when it is ready.
pub(super) fn three_hundred(available: &Available) -> Result<(), Failed> {
    let (counters, told) = with_copies(available, "")?;
    let attached = counters["libraries_attached"].as_u64().unwrap_or(0);
    ensure(attached >= 300 && told >= 300, || {
        format!("{told} told: {counters:#}")
    })
}

/// No more files than the limit says have probes; the others are counted, and it is said.
pub(super) fn limited(available: &Available) -> Result<(), Failed> {
    let (counters, told) = with_copies(available, "[capture]\nmost_libraries = 50\n")?;
    let attached = counters["libraries_attached"].as_u64();
    let refused = counters["libraries_over_limit"].as_u64().unwrap_or(0);
    ensure(attached == Some(50) && refused >= 250 && told <= 50, || {
        format!("{told} told: {counters:#}")
    })
}

/// Starts the daemon while a program has three hundred copies of a library, each of which it then
/// calls once; the source's counters, and how many uses were told.
fn with_copies(available: &Available, lines: &str) -> Result<(serde_json::Value, u64), Failed> {
    let (folder, mut settings) = available.settings()?;
    lines.clone_into(&mut settings.configuration);
    let place = folder.path();
    let program = compile(place, "copies", COPIES, &["-ldl"])?;
    let original = library("libz.so.1")?;
    let copies: Vec<PathBuf> = (0..300)
        .map(|number| place.join(format!("copy{number}.so")))
        .collect();
    for copy in &copies {
        fs::copy(&original, copy)?;
    }
    let mut child = Command::new(&program)
        .args(&copies)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    ensure(line == "loaded\n", || line.clone())?;
    let daemon = Daemon::start(settings)?;
    child.stdin.take().ok_or("no input")?.write_all(b"go\n")?;
    let exited = child.wait()?;
    ensure(exited.success(), || format!("{exited}"))?;
    let ended = daemon.stop()?;
    promptly(&ended)?;
    let stats = ended.stats.ok_or("no counters were written")?;
    crate::loss::reconcile(&stats)?;
    let told = stats.kinds.get("LIBRARY_USE");
    let told = told.map_or(0, |counts| counts.delivered);
    Ok((stats.value["source_others"].clone(), told))
}

/// Probes that are met too often are taken away for a while, which is counted and told in the
/// findings of that time.
pub(super) fn rests(available: &Available) -> Result<(), Failed> {
    let (folder, settings) = available.settings()?;
    let place = folder.path();
    let program = compile(place, "producers", PRODUCERS, &LIBRARIES)?;
    let operator = Operator::start(&place.join("operator"))?;
    let daemon = Daemon::start(settings)?;
    for _ in 0..4 {
        act(&program, place, &["storm"])?;
    }
    // Under names that lie, so that the findings do not hang on a call being seen. The first ones
    // may be told before the rest is.
    let mut gap = 0;
    for number in 0..20 {
        act(&program, place, &["storm"])?;
        let name = format!("told-{number}.jpg");
        let script = format!("{} gzip {name}", program.display());
        let request = Request {
            script: &script,
            directory: place,
            ..Request::default()
        };
        let done = operator.run("resting", &request, PATIENCE)?;
        ensure(done.status == 0, || done.output)?;
        let told = daemon.board().wait(PATIENCE, |all| {
            let finding = all.iter().rfind(|it| it.text.contains(&name))?;
            let gaps = "/unmapped/packhound/gaps/unwatched";
            finding.value.pointer(gaps)?.as_u64()
        });
        gap = told.ok_or_else(|| format!("no finding of {name}\n{}", daemon.last_words()))?;
        if gap > 0 {
            break;
        }
    }
    ensure(gap > 0, || {
        format!("no gap is told\n{}", daemon.last_words())
    })?;
    let stats = daemon.stop()?.stats.ok_or("no counters were written")?;
    crate::loss::reconcile(&stats)?;
    let rested = stats.value["source_others"]["libraries_rested"].as_u64();
    let told = stats.kinds.get("LIBRARY_USE");
    let told = told.map_or(0, |counts| counts.delivered);
    ensure(rested.is_some_and(|times| times > 0) && told > 0, || {
        format!("{told} told: {:#}", stats.value)
    })
}

/// A program whose tables cannot be true runs when the daemon starts, and is started again and
/// again; the daemon says so once and goes on.
pub(super) fn hostile(available: &Available) -> Result<(), Failed> {
    let (folder, settings) = available.settings()?;
    let operator = Arc::new(Operator::start(&folder.path().join("operator"))?);
    let path = folder.path().join("hostile");
    let mut bytes = fs::read(find_program("cat").ok_or("no program named cat")?)?;
    // The place of the section headers, and how many there are said to be.
    bytes[40..48].copy_from_slice(&(u64::MAX - 63).to_le_bytes());
    bytes[60..62].copy_from_slice(&8000_u16.to_le_bytes());
    fs::write(&path, &bytes)?;
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&path, executable)?;
    let mut running = Command::new(&path).stdin(Stdio::piped()).spawn()?;
    let daemon = Daemon::start(settings)?;
    let stage = harness::Stage::new(&operator, daemon.board(), folder.path())?;
    drop(running.stdin.take());
    running.wait()?;
    for _ in 0..5 {
        act(&path, folder.path(), &[])?;
    }
    stage.release_canary()?;
    let log = daemon.settings().folder.join("log");
    let ended = daemon.stop()?;
    let stats = ended.stats.ok_or("no counters were written")?;
    crate::loss::reconcile(&stats)?;
    let malformed = stats.value["source_others"]["libraries_malformed"].as_u64();
    let said = fs::read_to_string(log)?;
    let times = said.matches("hostile is not watched").count();
    ensure(
        malformed.is_some_and(|count| count >= 1) && times == 1,
        || format!("malformed: {malformed:?}, said {times} times:\n{said}"),
    )
}

/// Without the probes, the daemon says what it is blind to and sees no use.
pub(super) fn switched_off(available: &Available) -> Result<(), Failed> {
    let (folder, settings) = available.settings()?;
    let settings = harness::Settings {
        configuration: "[capture]\nlibrary_probes = false\n".to_owned(),
        ..settings
    };
    let daemon = Daemon::start(settings)?;
    let log = folder.path().join("log");
    let program = compile(folder.path(), "copies", COPIES, &["-ldl"])?;
    let mut child = Command::new(&program)
        .arg(library("libz.so.1")?)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    child.stdin.take().ok_or("no input")?.write_all(b"go\n")?;
    child.wait()?;
    let stats = daemon.stop()?.stats.ok_or("no counters were written")?;
    ensure(!stats.kinds.contains_key("LIBRARY_USE"), || {
        format!("{:#}", stats.value)
    })?;
    let said = fs::read_to_string(log)?;
    ensure(said.contains("blind to library functions"), || said.clone())
}

const PATIENCE: Duration = Duration::from_secs(30);
