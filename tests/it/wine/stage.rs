//! A program beside the model of event tracing, with a script of its own, and what it recorded.
//!
//! Step: tests.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use ring_abi::{Kind, Tag, decode, frame_length};
use tempfile::TempDir;

use super::script::Event;
use super::{Wine, drive};
use crate::ensure;

/// A folder with a script that can be added to.
pub(super) struct Stage {
    pub(super) folder: TempDir,
    pub(super) script: File,
}

impl Stage {
    pub(super) fn new() -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let script = File::create(folder.path().join("script"))?;
        Ok(Self { folder, script })
    }

    pub(super) fn add(&mut self, events: &[Event]) -> Result<(), Failed> {
        let lines: String = events.iter().map(Event::line).collect();
        self.script.write_all(lines.as_bytes())?;
        Ok(())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program, with faults.
    pub(super) fn command(
        &self,
        wine: &Wine,
        arguments: &[&str],
        faults: &[(&str, &str)],
    ) -> Command {
        let mut command = wine.command(arguments);
        command
            .env("ETW_MODEL_SCRIPT", drive(&self.path("script")))
            .env("ETW_MODEL_LOG", drive(&self.path("calls")))
            .envs(faults.iter().copied());
        command
    }

    /// What was asked of the system.
    pub(super) fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    /// Records for a while; gives the records, and what was said.
    pub(super) fn record(
        &self,
        wine: &Wine,
        faults: &[(&str, &str)],
    ) -> Result<(Vec<Vec<u8>>, String), Failed> {
        let out = self.path("live.phr");
        let arguments = ["record", "--out", &drive(&out), "--for", "3s"];
        let told = crate::place::run(&mut self.command(wine, &arguments, faults))?;
        ensure(told.code == 0, || format!("{told:#?}\n{:#?}", self.calls()))?;
        Ok((records(&fs::read(&out)?)?, told.err))
    }
}

/// The records of a recording.
fn records(bytes: &[u8]) -> Result<Vec<Vec<u8>>, Failed> {
    let mut rest = bytes.get(8..).ok_or("no recording")?;
    let mut records = Vec::new();
    while !rest.is_empty() {
        let length = frame_length(rest).map_err(|error| error.to_string())?;
        let (record, after) = rest.split_at_checked(length).ok_or("cut")?;
        decode(record).map_err(|error| error.to_string())?;
        records.push(record.to_vec());
        rest = after;
    }
    Ok(records)
}

pub(super) fn of_kind(records: &[Vec<u8>], kind: Kind) -> Vec<ring_abi::Record<'_>> {
    let records = records.iter().filter_map(|record| decode(record).ok());
    records
        .filter(|record| record.header.kind == kind.0)
        .collect()
}

pub(super) fn path(record: &ring_abi::Record<'_>) -> String {
    String::from_utf8_lossy(record.tail.field(Tag::PATH).unwrap_or_default()).into_owned()
}

/// A program that is killed at the end.
pub(super) struct Running(pub(super) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for something that another program does.
pub(super) fn await_that(
    done: impl Fn() -> bool,
    otherwise: impl Fn() -> String,
) -> Result<(), Failed> {
    let begun = Instant::now();
    while !done() {
        if begun.elapsed() > LONGEST {
            return Err(otherwise().into());
        }
        std::thread::sleep(GLANCE);
    }
    Ok(())
}

const LONGEST: Duration = Duration::from_mins(1);
const GLANCE: Duration = Duration::from_millis(50);
