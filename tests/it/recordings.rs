//! Recording and replay: whole, cut, foreign and interrupted files.
//!
//! Step: tests. What was recorded before anything went wrong must be readable afterwards.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::ensure;
use crate::place::{Available, Told, run};
use crate::recorder::{COUNTERS, Recorder};

/// The tests of recordings.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let test = |name, live, test| available.test(name, live, test);
    vec![
        test("recordings::a-whole-file", false, whole),
        test("recordings::a-file-cut-anywhere", false, cut),
        test("recordings::a-foreign-file", false, foreign),
        test("recordings::another-version", false, another_version),
        test("recordings::a-missing-file", false, |available| {
            let told = replay(available, Path::new("/nonexistent.phr"))?;
            ensure(
                told.code != 0 && told.err.contains("/nonexistent.phr"),
                || format!("{told:#?}"),
            )
        }),
        test("recordings::record-and-replay", true, record_and_replay),
        test(
            "recordings::what-is-lost-is-counted-while-recording",
            true,
            counted_losses,
        ),
        test(
            "recordings::a-full-disk-keeps-what-was-taken",
            true,
            full_disk,
        ),
    ]
}

/// A made-up recording.
fn mixture(folder: &TempDir) -> Result<std::path::PathBuf, Failed> {
    let path = folder.path().join("mixture.phr");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mixture"));
    let told = run(command.args(["100", "5000"]).arg(&path))?;
    ensure(told.code == 0, || format!("{told:#?}"))?;
    Ok(path)
}

fn replay(available: &Available, path: &Path) -> Result<Told, Failed> {
    available.run(&["replay", "--format", "json", &path.to_string_lossy()])
}

fn whole(available: &Available) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let told = replay(available, &mixture(&folder)?)?;
    // The capture's start is one of them; the 100 processes come before the 5000.
    told.expect(0, &["records read 5100, undecodable 0"])?;
    for line in told.out.lines() {
        serde_json::from_str::<serde_json::Value>(line)?;
    }
    Ok(())
}

fn cut(available: &Available) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let bytes = fs::read(mixture(&folder)?)?;
    let path = folder.path().join("cut.phr");
    // What was read is told and counted all the same; the exit code says that it is not all.
    for length in [bytes.len() - 1, bytes.len() / 2, 60, 9] {
        fs::write(&path, &bytes[..length])?;
        let told = replay(available, &path)?;
        told.expect(1, &["records read", "cut.phr", "cut short"])?;
    }
    Ok(())
}

fn foreign(available: &Available) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("notes.txt");
    for content in ["", "not a recording at all\n"] {
        fs::write(&path, content)?;
        let told = replay(available, &path)?;
        ensure(told.code != 0 && told.err.contains("notes.txt"), || {
            format!("{told:#?}")
        })?;
    }
    Ok(())
}

fn another_version(available: &Available) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = mixture(&folder)?;
    let mut bytes = fs::read(&path)?;
    // The first record's version follows the eight bytes of the file and four of its length.
    bytes[12] = 9;
    fs::write(&path, &bytes)?;
    let told = replay(available, &path)?;
    ensure(told.err.contains("undecodable") || told.code != 0, || {
        format!("{told:#?}")
    })
}

fn record_and_replay(available: &Available) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("live.phr");
    let told = available.run(&["record", "--out", &path.to_string_lossy(), "--for", "1s"])?;
    ensure(told.code == 0, || format!("{told:#?}"))?;
    replay(available, &path)?.expect(0, &[])
}

/// A recorder that is held loses records of a small ring; it counts what a replay counts.
fn counted_losses(available: &Available) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let ring = "[capture]\nring_bytes = 65536\n";
    let recorder = Recorder::start_with(available, folder.path(), ring)?;
    recorder.signal(Signal::STOP)?;
    let mut storm = Command::new(env!("CARGO_BIN_EXE_storm"));
    run(storm.args(["files", "5000"]).arg(folder.path()))?;
    recorder.signal(Signal::CONT)?;
    let path = folder.path().join("live.phr");
    fs::write(&path, recorder.recording()?)?;
    let counters = fs::read(folder.path().join(COUNTERS))?;
    let counters: serde_json::Value = serde_json::from_slice(&counters)?;
    let lost = counters["records"]["lost"].as_u64().unwrap_or(0);
    ensure(lost > 0 && counters["reconciles"] == true, || {
        format!("{counters:#}")
    })?;
    replay(available, &path)?.expect(0, &[&format!("lost {lost},")])
}

fn full_disk(available: &Available) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let small = folder.path().join("small");
    fs::create_dir(&small)?;
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"]);
    let told = run(mount.arg(&small))?;
    ensure(told.code == 0, || format!("{told:#?}"))?;
    let outcome = fill(available, &small.join("live.phr"), &folder);
    run(Command::new("umount").arg(&small))?;
    outcome
}

/// Records a storm into a file that cannot hold it, and replays what was taken.
fn fill(available: &Available, path: &Path, folder: &TempDir) -> Result<(), Failed> {
    let mut recorder = Command::new(available.program())
        .args(["record", "--for", "60s", "--out"])
        .arg(path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    // Storms go on until the recorder has had enough.
    while recorder.try_wait()?.is_none() {
        let mut storm = Command::new(env!("CARGO_BIN_EXE_storm"));
        run(storm.args(["files", "2000"]).arg(folder.path()))?;
    }
    let ended = recorder.wait_with_output()?;
    let words = String::from_utf8_lossy(&ended.stderr).into_owned();
    ensure(ended.status.code() == Some(1), || {
        format!("{}: {words}", ended.status)
    })?;
    ensure(words.contains("space"), || words.clone())?;
    let told = replay(available, path)?;
    told.expect(0, &[])
}
