//! The collector under test: started, awaited, signalled, ended, and what it wrote.
//!
//! Step: tests. It is ready when it says so through `NOTIFY_SOCKET`. Its output is read as its users
//! read it: every `*.jsonl` and `*.jsonl.gz` below its directory.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::error::HarnessError;

/// How to start a collector.
#[derive(Clone, Debug)]
pub struct CollectorSettings {
    /// The program.
    pub program: PathBuf,
    /// A folder of its own: socket, log and counters go there.
    pub folder: PathBuf,
    /// Where it writes.
    pub out: PathBuf,
    /// Further arguments.
    pub arguments: Vec<String>,
}

impl CollectorSettings {
    /// A collector with its defaults, keeping everything below `folder`.
    #[must_use]
    pub fn new(program: &Path, folder: &Path) -> Self {
        Self {
            program: program.to_owned(),
            folder: folder.to_owned(),
            out: folder.join("out"),
            arguments: Vec::new(),
        }
    }

    /// Its socket; the one that a daemon of the same folder streams to.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.join("collector.sock")
    }

    /// What it said so far.
    #[must_use]
    pub fn log(&self) -> String {
        let text = std::fs::read(self.folder.join("collector.log")).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Every line of every file of findings below its output.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn lines(&self) -> Result<Vec<String>, HarnessError> {
        let folder = self.out.join("findings");
        let named = || format!("reading {}", folder.display());
        let mut paths = Vec::new();
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        for entry in std::fs::read_dir(&folder).map_err(HarnessError::io(named()))? {
            paths.push(entry.map_err(HarnessError::io(named()))?.path());
        }
        paths.sort();
        let mut text = String::new();
        for path in paths {
            let name = path.to_string_lossy();
            // A file may be compressed and deleted while this looks.
            let Ok(mut file) = File::open(&path) else {
                continue;
            };
            let read = if name.ends_with(".jsonl") {
                file.read_to_string(&mut text)
            } else if name.ends_with(".jsonl.gz") {
                flate2::read::GzDecoder::new(file).read_to_string(&mut text)
            } else {
                continue;
            };
            read.map_err(HarnessError::io(format!("reading {name}")))?;
        }
        Ok(text.lines().map(str::to_owned).collect())
    }
}

/// A running collector. Dropping it kills it.
#[derive(Debug)]
pub struct Collector {
    child: Child,
    settings: CollectorSettings,
}

impl Collector {
    /// Starts the collector and waits until it says that it is ready.
    ///
    /// # Errors
    /// When it cannot be started, ends early or is not ready in time.
    pub fn start(settings: CollectorSettings) -> Result<Self, HarnessError> {
        let ready = settings.folder.join("collector-notify.sock");
        let _ = std::fs::remove_file(&ready);
        let notified =
            UnixDatagram::bind(&ready).map_err(HarnessError::io("binding the ready socket"))?;
        notified
            .set_read_timeout(Some(Duration::from_millis(100)))
            .map_err(HarnessError::io("setting the ready socket up"))?;
        let log = File::options()
            .create(true)
            .append(true)
            .open(settings.folder.join("collector.log"))
            .map_err(HarnessError::io("opening the log"))?;
        let child = Command::new(&settings.program)
            .args(["collect", "--listen"])
            .arg(settings.socket())
            .arg("--out")
            .arg(&settings.out)
            .arg("--stats")
            .arg(settings.folder.join("collector.json"))
            .args(&settings.arguments)
            .env("NOTIFY_SOCKET", &ready)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(HarnessError::io("starting the collector"))?;
        let mut collector = Self { child, settings };
        let begun = Instant::now();
        let mut message = [0; 4096];
        loop {
            if let Ok(length) = notified.recv(&mut message) {
                let text = String::from_utf8_lossy(&message[..length]);
                if text.lines().any(|line| line == "READY=1") {
                    return Ok(collector);
                }
            }
            if let Ok(Some(status)) = collector.child.try_wait() {
                let log = collector.settings.log();
                return Err(HarnessError::Daemon(format!(
                    "the collector ended before it was ready, {status}\n{log}"
                )));
            }
            if begun.elapsed() > LIMIT {
                let log = collector.settings.log();
                return Err(HarnessError::Timeout(format!("READY=1\n{log}")));
            }
        }
    }

    /// How it was started.
    #[must_use]
    pub fn settings(&self) -> &CollectorSettings {
        &self.settings
    }

    /// Its process identifier.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, waits, and gives its exit status and counters.
    ///
    /// # Errors
    /// When it cannot be signalled or does not end in time.
    pub fn stop(mut self) -> Result<(ExitStatus, serde_json::Value), HarnessError> {
        self.signal(Signal::TERM)?;
        let begun = Instant::now();
        loop {
            let ended = self.child.try_wait();
            if let Some(status) = ended.map_err(HarnessError::io("waiting for the collector"))? {
                let text = std::fs::read(self.settings.folder.join("collector.json"));
                let counters = serde_json::from_slice(&text.unwrap_or_default());
                return Ok((status, counters.unwrap_or_default()));
            }
            if begun.elapsed() > LIMIT {
                let log = self.settings.log();
                return Err(HarnessError::Timeout(format!("the collector's end\n{log}")));
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// Kills it without a chance to write anything.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn kill(mut self) -> Result<(), HarnessError> {
        self.signal(Signal::KILL)?;
        self.child
            .wait()
            .map_err(HarnessError::io("waiting for the collector"))?;
        Ok(())
    }

    fn signal(&self, signal: Signal) -> Result<(), HarnessError> {
        kill_process(Pid::from_child(&self.child), signal)
            .map_err(|error| HarnessError::io("signalling the collector")(error.into()))
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        // Either fails only when it has ended and been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const LIMIT: Duration = Duration::from_secs(30);
