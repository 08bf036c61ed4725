//! The live source under Wine, against a model of Event Tracing for Windows.
//!
//! Step: tests. The model (`xtask/src/windows/etw_model.c`) delivers what a script says; what the
//! system's calls do, what a kernel sends and when is our reading of the documentation, and nothing
//! here proves it. What is proved is ours: sessions, the queue, the order, records, findings.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use ring_abi::{Body, Flags, Kind, Known, LossReason, Tag, decode};

use super::acts::{PID, acts};
use super::stage::{Running, Stage, await_that, of_kind, path};
use super::{Wine, configure, drive, pipe};
use crate::{ensure, trial};

/// The program beside the model, where it was made.
pub(super) fn beside_the_model(wine: Option<&Wine>) -> Option<Wine> {
    let model = std::env::var_os("PACKHOUND_EXE_MODEL").map(PathBuf::from);
    let wine = wine.zip(model).map(|(wine, program)| Wine {
        program,
        ..wine.clone()
    });
    if wine.is_none() {
        eprintln!("tests/it: left out: the live source under Wine (`cargo xtask test` makes it)");
    }
    wine
}

/// The tests.
pub(super) fn trials(wine: Option<&Wine>) -> Vec<Trial> {
    let wine = wine.cloned();
    let possible = wine.is_some();
    let test = |name: &str, test: fn(&Wine) -> Result<(), Failed>| {
        let wine = wine.clone();
        trial(name, possible, move || {
            test(&wine.expect("tests under Wine are left out without it"))
        })
    };
    vec![
        test("wine::live::a-packing-is-found", packing),
        test("wine::live::events-become-records", recording),
        test("wine::live::who-may-not-is-told", denied),
        test("wine::live::nothing-is-left-behind", left_behind),
        test("wine::live::an-orphan-is-taken-over", orphan),
        test("wine::live::what-the-system-lost-is-told", lost),
        test("wine::live::an-end-by-others-is-told", ended),
    ]
}

/// An archive as the real 7-Zip for Windows makes it; without it, something that is none.
fn real_archive(wine: &Wine, folder: &Path) -> Result<Option<PathBuf>, Failed> {
    let Some(archiver) = std::env::var_os("PACKHOUND_7ZA").map(PathBuf::from) else {
        eprintln!("tests/it: 7-Zip for Windows is not there: no content is looked at");
        return Ok(None);
    };
    let (input, out) = (folder.join("secret.txt"), folder.join("out.7z"));
    fs::write(&input, "what somebody wants to carry out\n".repeat(200))?;
    let packer = Wine {
        program: archiver,
        ..wine.clone()
    };
    let told = packer.run(&["a", "-pSecret", "-mhe=on", &drive(&out), &drive(&input)])?;
    ensure(told.code == 0 && out.is_file(), || format!("{told:#?}"))?;
    Ok(Some(out))
}

fn packing(wine: &Wine) -> Result<(), Failed> {
    let mut stage = Stage::new()?;
    let archive = real_archive(wine, stage.folder.path())?;
    let out = archive
        .as_deref()
        .map_or_else(|| r"C:\Users\Public\out.7z".to_owned(), drive);
    let configuration = configure(&stage.folder, &pipe(), "")?;
    let arguments = [
        "run",
        "--no-stream",
        "--format",
        "json",
        "--config",
        &configuration,
    ];
    let printed = stage.path("printed");
    let said = stage.path("said");
    let child = stage
        .command(wine, &arguments, &[])
        .stdout(File::create(&printed)?)
        .stderr(File::create(&said)?)
        .spawn()?;
    let _running = Running(child);
    let words = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    await_that(|| words(&said).contains("watching"), || words(&said))?;
    stage.add(&acts(&out))?;
    let complete = || {
        words(&printed).lines().any(|line| {
            let finding = serde_json::from_str::<serde_json::Value>(line).unwrap_or_default();
            let text = finding.to_string();
            text.contains("T1560.001")
                && text.contains("out.7z")
                && (archive.is_none() || text.contains("7z, encrypted"))
        })
    };
    await_that(complete, || {
        format!(
            "{}\n{}\n{:#?}",
            words(&said),
            words(&printed),
            stage.calls()
        )
    })?;
    let told = words(&printed);
    ensure(told.contains("7z.exe") && !told.contains("Secret"), || {
        told.clone()
    })?;
    ensure(
        !told.contains("\"severity_id\":1,") && !told.contains("\"severity_id\":2,"),
        || told.clone(),
    )
}

fn recording(wine: &Wine) -> Result<(), Failed> {
    let mut stage = Stage::new()?;
    let archive = real_archive(wine, stage.folder.path())?;
    let out = archive
        .as_deref()
        .map_or_else(|| r"C:\Users\Public\out.7z".to_owned(), drive);
    stage.add(&acts(&out))?;
    let (records, said) = stage.record(wine, &[])?;
    ensure(!said.contains("blind to programs"), || said.clone())?;
    let opening = decode(&records[0]).map_err(|error| error.to_string())?;
    ensure(
        matches!(opening.body, Body::CaptureStart(start) if start.system == ring_abi::System::WINDOWS.0),
        || format!("{opening:?}"),
    )?;
    let starts = of_kind(&records, Kind::PROCESS_START);
    // The program itself runs already. Wine 8 tells no process's command line.
    let own = starts
        .iter()
        .find(|start| path(start).ends_with("packhound.exe"));
    let own = own.ok_or_else(|| format!("not told of itself: {starts:#?}"))?;
    ensure(
        own.flags().has(Flags::RUNDOWN) && own.tail.field(Tag::USER).is_some(),
        || format!("{own:?}"),
    )?;
    // Its file was looked at: nobody signed it. The label is the token's.
    let Body::ProcessStart(start) = own.body else {
        return Err(format!("no body: {own:?}").into());
    };
    let known = Known(start.known);
    let label = own.tail.field(Tag::INTEGRITY).unwrap_or_default();
    ensure(
        known.has(Known::UNSIGNED) && !known.has(Known::SIGNED) && label.starts_with(b"S-1-16-"),
        || format!("{own:?}"),
    )?;
    let packer = starts
        .iter()
        .find(|start| start.header.pid == PID)
        .ok_or("no start")?;
    let arguments = packer.tail.field(Tag::ARGUMENTS).unwrap_or_default();
    let arguments = String::from_utf8_lossy(arguments).into_owned();
    ensure(
        arguments.starts_with("C:\\Program Files\\7-Zip\\7z.exe\0a\0-pSecret\0-mhe=on\0"),
        || arguments,
    )?;
    let loads = of_kind(&records, Kind::LIBRARY_LOAD);
    ensure(
        loads.len() == 1 && path(&loads[0]).ends_with("7z.dll"),
        || format!("{loads:#?}"),
    )?;
    let read = of_kind(&records, Kind::DIRECTORY_READ);
    ensure(
        read.len() == 1 && path(&read[0]) == r"C:\Users\ann\docs",
        || format!("{read:#?}"),
    )?;
    let written = of_kind(&records, Kind::FILE_WRITTEN);
    let [written] = written.as_slice() else {
        return Err(format!("{written:#?}").into());
    };
    let Body::FileWritten(body) = written.body else {
        return Err("no body".into());
    };
    let by = (
        written.header.pid,
        written.header.start_time,
        body.bytes_written,
        body.calls,
    );
    ensure(by == (PID, packer.header.start_time, 5_000, 5), || {
        format!("{written:?}")
    })?;
    if let Some(archive) = archive {
        let size = fs::metadata(&archive)?.len();
        let head = written.tail.field(Tag::CONTENT_HEAD).unwrap_or_default();
        let archived = fs::read(&archive)?;
        ensure(
            Known(body.known).has(Known::SIZE_AFTER) && body.size_after == size,
            || format!("{body:?}"),
        )?;
        ensure(head.len() > 6 && archived.starts_with(head), || {
            format!("{written:?}")
        })?;
    }
    let flows = of_kind(&records, Kind::FLOW_CLOSED);
    ensure(
        matches!(flows.as_slice(), [flow] if matches!(flow.body, Body::FlowClosed(flow) if flow.bytes_sent == 5_000)),
        || format!("{flows:#?}"),
    )?;
    // Sessions are ended, and names of files that were open before were asked for.
    let calls = stage.calls();
    let asked = |call: &str| calls.iter().filter(|line| line.as_str() == call).count();
    for name in NAMES {
        ensure(
            asked(&format!("start {name} 0")) == 1 && asked(&format!("stop {name} 0")) == 1,
            || format!("{calls:#?}"),
        )?;
    }
    ensure(asked("capture Packhound-File 0") == 1, || {
        format!("{calls:#?}")
    })
}

fn denied(wine: &Wine) -> Result<(), Failed> {
    for form in ["5", "1314"] {
        let stage = Stage::new()?;
        let configuration = configure(&stage.folder, &pipe(), "")?;
        let arguments = ["run", "--no-stream", "--config", &configuration];
        let told =
            crate::place::run(&mut stage.command(wine, &arguments, &[("ETW_MODEL_START", form)]))?;
        told.expect(
            3,
            &[
                "Packhound-Process",
                "Administrator",
                "Performance Log Users",
            ],
        )?;
    }
    Ok(())
}

/// What fails after a session was made does not leave it behind.
fn left_behind(wine: &Wine) -> Result<(), Failed> {
    for fault in ["ETW_MODEL_ENABLE", "ETW_MODEL_OPEN"] {
        let stage = Stage::new()?;
        let out = stage.path("live.phr");
        let arguments = ["record", "--out", &drive(&out), "--for", "1s"];
        let told = crate::place::run(&mut stage.command(wine, &arguments, &[(fault, "5")]))?;
        told.expect(3, &["access denied"])?;
        let calls = stage.calls();
        let of = |call: &str| {
            calls
                .iter()
                .filter(|line| line.starts_with(call) && line.ends_with(" 0"))
                .count()
        };
        ensure(of("start ") > 0 && of("start ") == of("stop "), || {
            format!("{fault}: {calls:#?}")
        })?;
    }
    Ok(())
}

fn orphan(wine: &Wine) -> Result<(), Failed> {
    let mut stage = Stage::new()?;
    stage.add(&acts(r"C:\Users\Public\out.7z"))?;
    let (records, _) = stage.record(wine, &[("ETW_MODEL_EXISTS", "1")])?;
    ensure(of_kind(&records, Kind::FILE_WRITTEN).len() == 1, || {
        format!("{:#?}", stage.calls())
    })?;
    let calls = stage.calls();
    for name in NAMES {
        let of_name: Vec<_> = calls.iter().filter(|line| line.contains(name)).collect();
        let begin: Vec<_> = of_name
            .iter()
            .filter(|line| line.starts_with("start") || line.starts_with("stop"))
            .map(|line| line.as_str())
            .collect();
        let expected = [
            format!("start {name} 183"),
            format!("stop {name} 0"),
            format!("start {name} 0"),
            format!("stop {name} 0"),
        ];
        ensure(begin == expected, || format!("{calls:#?}"))?;
    }
    Ok(())
}

fn lost(wine: &Wine) -> Result<(), Failed> {
    let stage = Stage::new()?;
    let (records, _) = stage.record(wine, &[("ETW_MODEL_LOST", "7")])?;
    let losses: Vec<_> = of_kind(&records, Kind::LOSS)
        .iter()
        .filter_map(|record| match record.body {
            Body::Loss(loss) => Some((loss.count, LossReason(loss.reason))),
            _ => None,
        })
        .collect();
    ensure(losses == [(7, LossReason::SYSTEM); 3], || {
        format!("{losses:?}")
    })
}

fn ended(wine: &Wine) -> Result<(), Failed> {
    let mut stage = Stage::new()?;
    writeln!(stage.script, "end")?;
    let configuration = configure(&stage.folder, &pipe(), "")?;
    let arguments = ["run", "--no-stream", "--config", &configuration];
    let told = crate::place::run(&mut stage.command(wine, &arguments, &[]))?;
    ensure(
        told.code != 0 && told.err.contains("ended by another program"),
        || format!("{told:#?}"),
    )
}

const NAMES: [&str; 3] = ["Packhound-Process", "Packhound-System", "Packhound-File"];
