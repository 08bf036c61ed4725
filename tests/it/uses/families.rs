//! Every family that this machine has a library of, called to pack and called to read.
//!
//! Step: tests. What is called stands in `families.toml` beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use harness::{find_library, find_program};
use libtest_mimic::Failed;
use tempfile::TempDir;
use toml::{Table, Value};

use crate::ensure;
use crate::place::Available;
use crate::recorder::{Recorder, Use};

/// Packing is told as the table says, reading is not told at all.
pub(super) fn all(available: &Available) -> Result<(), Failed> {
    let folder = TempDir::with_prefix("phound-")?;
    let calls = calls(folder.path())?;
    ensure(!calls.is_empty(), || "no library of any family".to_owned())?;
    let recorder = Recorder::start(available, folder.path())?;
    let pids = calls
        .iter()
        .map(|call| Ok((call.play(&call.packs, PACKED)?, call.play(&call.reads, "")?)))
        .collect::<Result<Vec<_>, Failed>>()?;
    let uses = recorder.stop()?;
    let of = |pid: u32| uses.iter().filter(move |it| it.pid == pid);
    let mut wrong = Vec::new();
    for (call, (packer, reader)) in calls.iter().zip(pids) {
        let found: Vec<&Use> = of(packer).filter(|it| call.holds(it)).collect();
        for words in &call.told {
            if !found.iter().any(|it| it.words == *words) {
                wrong.push(format!("{words:?} is not told, but {found:#?}"));
            }
        }
        let by_reader: Vec<&Use> = of(reader).collect();
        if !by_reader.is_empty() {
            wrong.push(format!(
                "{} that reads: {by_reader:#?}",
                call.library.display()
            ));
        }
    }
    ensure(wrong.is_empty(), || wrong.join("\n"))
}

/// A family's library and what is done with it.
struct Call {
    library: PathBuf,
    folder: PathBuf,
    packs: String,
    reads: String,
    told: Vec<String>,
}

impl Call {
    fn parse(entry: &Value, folder: PathBuf) -> Result<Option<Self>, Failed> {
        let text = |key: &str| {
            let value = entry.get(key).and_then(Value::as_str);
            value.ok_or_else(|| format!("a call has {key}, a text"))
        };
        let name = text("library")?;
        let Some(library) = find_library(name) else {
            eprintln!("tests/it: left out: calls of {name}: not here");
            return Ok(None);
        };
        let told = entry.get("told").and_then(Value::as_array);
        let told = told.ok_or("a call has told, a list")?.iter();
        let here = folder.to_string_lossy().into_owned();
        Ok(Some(Self {
            library,
            packs: text("packs")?.to_owned(),
            reads: text("reads")?.to_owned(),
            told: told
                .filter_map(Value::as_str)
                .map(|words| words.replace("HERE", &here))
                .collect(),
            folder,
        }))
    }

    /// Runs a piece of Python in the call's folder; its pid.
    fn play(&self, piece: &str, end: &str) -> Result<u32, Failed> {
        let python = find_program("python3").ok_or("no python3 here")?;
        let child = Command::new(python)
            .args(["-c", &format!("{BEGIN}{piece}{end}")])
            .arg(&self.library)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let pid = child.id();
        let ended = child.wait_with_output()?;
        ensure(ended.status.success(), || {
            let words = String::from_utf8_lossy(&ended.stderr).into_owned();
            format!("{}: {}\n{words}", self.library.display(), ended.status)
        })?;
        Ok(pid)
    }

    /// Whether it is a use of the call's library.
    fn holds(&self, it: &Use) -> bool {
        let real = fs::canonicalize(&self.library).ok();
        let told = it.library.as_deref().map(fs::canonicalize);
        told.and_then(Result::ok) == real
    }
}

/// The calls of which this machine has the library, each with a folder of its own.
fn calls(folder: &Path) -> Result<Vec<Call>, Failed> {
    let table: Table = TABLE.parse()?;
    let entries = table.get("call").and_then(Value::as_array);
    let mut calls = Vec::new();
    for (index, entry) in entries.ok_or("no call")?.iter().enumerate() {
        let own = folder.join(index.to_string());
        fs::create_dir(&own)?;
        calls.extend(Call::parse(entry, own)?);
    }
    Ok(calls)
}

const TABLE: &str = include_str!("families.toml");

const BEGIN: &str = r"
import ctypes as c, os, sys
size_t = c.c_size_t
lib = c.CDLL(sys.argv[1])
text = b''.join(b'%d: a line that says something\n' % n for n in range(2000))
out, size = c.create_string_buffer(1 << 20), size_t(0)
made = open('made', 'rb').read() if os.path.exists('made') else None
";

const PACKED: &str = "\nopen('made', 'wb').write(made)\n";
