//! Recordings of real Windows machines, replayed by the real program.
//!
//! Step: tests. Benign machines give no finding of medium or above; the one attack that is recorded
//! is found. The recordings are not kept with the project: `PACKHOUND_RECORDINGS` names their
//! folder, and without them the tests are left out, which is said.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::ensure;
use crate::place::Available;
use crate::trial;

/// The tests of real machines.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let folder = folder();
    if folder.is_none() {
        eprintln!("LEFT OUT: no recordings of machines: PACKHOUND_RECORDINGS names their folder");
    }
    let possible = folder.is_some() && available.has_program();
    let folder = folder.unwrap_or_default();
    let mut trials = Vec::new();
    for (name, events) in RECORDINGS {
        let (available, path) = (available.clone(), folder.join(format!("{name}.gz")));
        let name = format!("machines::{}", name.replace(['/', '.'], "-"));
        trials.push(trial(&name, possible, move || {
            benign(&available, &path, events)
        }));
    }
    let (with, at) = (available.clone(), folder.clone());
    trials.push(trial(
        "machines::the-attack-is-found",
        possible,
        move || attack(&with, &at),
    ));
    let with = available.clone();
    trials.push(trial("machines::all-at-once", possible, move || {
        all(&with, &folder)
    }));
    let test = |name, test| available.test(name, false, test);
    trials.push(test("machines::logs-of-one-host-belong-together", together));
    trials
}

/// Every recording with the events that it has by its own header or list.
const RECORDINGS: [(&str, u64); 16] = [
    ("etl/kernel-process-v0.etl", 10_344),
    ("etl/powershell.etl", 114),
    ("etl/nt-kernel-process_data_32_v1.etl", 3),
    ("etl/nt-kernel-process_data_32_v2.etl", 9),
    ("etl/nt-kernel-process_data_32_v3.etl", 9),
    ("etl/nt-kernel-process_data_64_v2.etl", 9),
    ("etl/nt-kernel-process_data_64_v3.etl", 9),
    ("etl/nt-kernel-image_data_32_v0.etl", 27),
    ("etl/nt-kernel-image_data_32_v1.etl", 27),
    ("etl/nt-kernel-image_data_32_v2.etl", 27),
    ("etl/nt-kernel-image_data_64_v0.etl", 27),
    ("etl/nt-kernel-image_data_64_v1.etl", 27),
    ("etl/nt-kernel-image_data_64_v2.etl", 27),
    ("evtx/sysmon.evtx", 358),
    ("sysmon/sysmon-rta.json", 37_356),
    ("sysmon/sysmon-atomic-red-team.json", 19_882),
];

/// What was recorded of an attack: a tool that was not there was asked to pack documents.
const ATTACK: &str = "exfilthis.rar";

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("PACKHOUND_RECORDINGS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings"),
        PathBuf::from,
    );
    folder.is_dir().then_some(folder)
}

/// Unpacks a recording into a folder.
fn unpack(packed: &Path, into: &Path) -> Result<PathBuf, Failed> {
    let name = packed.file_stem().ok_or("a recording has a name")?;
    let path = into.join(name);
    let mut from = flate2::read::GzDecoder::new(File::open(packed)?);
    std::io::copy(&mut from, &mut File::create(&path)?)?;
    Ok(path)
}

/// The findings of recordings, and the counters of their source.
fn replay(available: &Available, paths: &[PathBuf]) -> Result<(Vec<Value>, Value), Failed> {
    let folder = tempfile::tempdir()?;
    let stats = folder.path().join("stats.json");
    let stats_name = stats.to_string_lossy();
    let mut arguments = vec!["replay", "--format", "json", "--stats", &*stats_name];
    let names: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
    arguments.extend(names.iter().map(|name| &**name));
    let told = available.run(&arguments)?;
    told.expect(0, &["records read"])?;
    let findings = told.out.lines().map(serde_json::from_str);
    let findings = findings.collect::<Result<Vec<Value>, _>>()?;
    Ok((findings, serde_json::from_slice(&fs::read(&stats)?)?))
}

/// The findings of medium or above, which benign machines must not give.
fn telling(findings: &[Value]) -> Vec<String> {
    let grave = findings
        .iter()
        .filter(|finding| finding["severity_id"].as_u64().is_none_or(|it| it >= 3));
    grave.map(|finding| format!("{finding:#}")).collect()
}

fn benign(available: &Available, packed: &Path, events: u64) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let (findings, stats) = replay(available, &[unpack(packed, folder.path())?])?;
    let counted = &stats["source_others"];
    ensure(
        counted["events"] == events && counted["events_undecodable"] == 0,
        || format!("{stats:#}"),
    )?;
    let telling = telling(&findings);
    ensure(telling.is_empty(), || telling.join("\n"))
}

fn attack(available: &Available, recordings: &Path) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let packed = recordings.join("sysmon/sysmon-atomic-red-team.json.gz");
    let (findings, _) = replay(available, &[unpack(&packed, folder.path())?])?;
    let found = findings.iter().find(|it| it.to_string().contains(ATTACK));
    ensure(
        found.is_some_and(|it| it.to_string().contains("T1560.001")),
        || format!("{findings:#?}"),
    )
}

/// Machines that are replayed together do not make each other look worse.
fn all(available: &Available, recordings: &Path) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let mut paths = Vec::new();
    for (name, _) in RECORDINGS {
        paths.push(unpack(
            &recordings.join(format!("{name}.gz")),
            folder.path(),
        )?);
    }
    let (findings, stats) = replay(available, &paths)?;
    let events: u64 = RECORDINGS.iter().map(|(_, events)| events).sum();
    ensure(stats["source_others"]["events"] == events, || {
        format!("{stats:#}")
    })?;
    let telling = telling(&findings);
    ensure(telling.is_empty(), || telling.join("\n"))
}

/// `PowerShell` names its process by number alone; what Sysmon tells of that process belongs to it.
fn together(available: &Available) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let guid = "{9C977984-CD81-5C05-0000-0010A5C17301}";
    let shell = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe";
    let event = |id: u32, second: u32, more: Value| {
        let mut event = serde_json::json!({
            "EventId": id, "UtcTime": format!("2018-12-04 00:42:{second:02}.000"),
            "ProcessId": 4711, "ProcessGuid": guid, "Image": shell,
        });
        if let (Some(event), Some(more)) = (event.as_object_mut(), more.as_object()) {
            event.extend(more.clone());
        }
        event
    };
    let sysmon = [
        event(1, 1, serde_json::json!({"CommandLine": "powershell.exe"})),
        event(
            11,
            5,
            serde_json::json!({"TargetFilename": r"C:\Users\Public\d.zip"}),
        ),
        event(5, 9, serde_json::json!({})),
    ];
    let script = serde_json::json!({"Event": {
        "System": {
            "Provider": {"Name": "Microsoft-Windows-PowerShell"}, "EventID": 4104,
            "TimeCreated": {"SystemTime": "2018-12-04T00:42:03Z"},
            "Execution": {"ProcessID": 4711},
        },
        "EventData": {
            "MessageNumber": 1, "MessageTotal": 1,
            "ScriptBlockText": "[IO.Compression.ZipFile]::CreateFromDirectory('C:\\data', 'C:\\Users\\Public\\d.zip')",
        },
    }});
    let paths = ["sysmon.json", "powershell.json"].map(|name| folder.path().join(name));
    fs::write(&paths[0], Value::from(sysmon.to_vec()).to_string())?;
    fs::write(&paths[1], script.to_string())?;
    let (findings, _) = replay(available, &paths)?;
    let last = findings.last().map(ToString::to_string).unwrap_or_default();
    let wanted = [
        "T1560.002",
        "CreateFromDirectory",
        "System.IO.Compression.ZipFile",
        "4711",
    ];
    let missing = wanted.iter().find(|word| !last.contains(**word));
    ensure(missing.is_none(), || format!("no {missing:?} in {last}"))
}
