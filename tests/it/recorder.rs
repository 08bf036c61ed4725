//! A recorder beside a test, and the uses of libraries in its recording.
//!
//! Step: tests. The recording is read here record by record, with nothing of the daemon's own code
//! but the format.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use libtest_mimic::Failed;
use ring_abi::{Body, Known, RECORDING_MAGIC, Tag, decode, frame_length};
use rustix::process::{Pid, Signal, kill_process};

use crate::ensure;
use crate::place::Available;

/// Where a recorder leaves its counters, in its folder.
pub(crate) const COUNTERS: &str = "counters.json";

/// A recorder that has told what already ran.
pub(crate) struct Recorder {
    child: Child,
    path: PathBuf,
}

impl Recorder {
    /// Starts it and waits until it says so.
    pub(crate) fn start(available: &Available, folder: &Path) -> Result<Self, Failed> {
        Self::start_with(available, folder, "")
    }

    /// The same with a configuration.
    pub(crate) fn start_with(
        available: &Available,
        folder: &Path,
        configuration: &str,
    ) -> Result<Self, Failed> {
        let path = folder.join("uses.phr");
        fs::write(folder.join("recorder.toml"), configuration)?;
        let mut child = Command::new(available.program())
            .args(["record", "--for", "300s", "--out"])
            .arg(&path)
            .arg("--config")
            .arg(folder.join("recorder.toml"))
            .arg("--stats")
            .arg(folder.join(COUNTERS))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let said = child.stderr.take().ok_or("no standard error")?;
        let mut lines = BufReader::new(said).lines();
        for line in &mut lines {
            if line?.contains("recording; what already ran has been told") {
                // The rest is read away, so that the recorder never waits for it.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Self { child, path });
            }
        }
        Err(format!("the recorder ended: {}", child.wait()?).into())
    }

    /// Holds it, or lets it go on.
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), Failed> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// Ends the recording; the uses in it.
    pub(crate) fn stop(self) -> Result<Vec<Use>, Failed> {
        uses(&self.recording()?)
    }

    /// Ends the recording; all of it.
    pub(crate) fn recording(mut self) -> Result<Vec<u8>, Failed> {
        self.signal(Signal::INT)?;
        let status = self.child.wait()?;
        ensure(status.success(), || format!("the recorder: {status}"))?;
        Ok(fs::read(&self.path)?)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a record says of a use.
#[derive(Debug)]
pub(crate) struct Use {
    /// Who.
    pub(crate) pid: u32,
    /// The library's path.
    pub(crate) library: Option<String>,
    /// How often so far.
    pub(crate) count: u64,
    /// Function, family, purpose, format, level, output, passphrase, in words.
    pub(crate) words: String,
}

/// The uses in a recording.
fn uses(recording: &[u8]) -> Result<Vec<Use>, Failed> {
    let mut rest = recording
        .strip_prefix(&RECORDING_MAGIC[..])
        .ok_or("not a recording")?;
    let mut uses = Vec::new();
    while !rest.is_empty() {
        let length = frame_length(rest).map_err(|error| error.to_string())?;
        let (bytes, after) = rest.split_at_checked(length).ok_or("cut short")?;
        rest = after;
        let record = decode(bytes).map_err(|error| error.to_string())?;
        let Body::LibraryUse(told) = record.body else {
            continue;
        };
        let text = |tag| {
            let value: Option<&[u8]> = record.tail.field(tag);
            value.map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        };
        let mut words = format!(
            "{} {} {}",
            text(Tag::FUNCTION).unwrap_or_default(),
            text(Tag::FAMILY).unwrap_or_default(),
            told.purpose
        );
        words.extend(text(Tag::FORMAT).map(|format| format!(" {format}")));
        if Known(told.known).has(Known::LEVEL) {
            let _ = write!(words, " level {}", told.level as i32);
        }
        if let Some(given) = text(Tag::GIVEN_PATH) {
            let base = text(Tag::BASE_PATH).unwrap_or_default();
            let _ = write!(words, " to {base}/{given}");
        }
        if Known(told.known).has(Known::PASSPHRASE) {
            words += " passphrase";
        }
        uses.push(Use {
            pid: record.header.pid,
            library: text(Tag::PATH),
            count: told.uses,
            words,
        });
    }
    Ok(uses)
}
