//! The daemon under test: started, awaited, signalled, ended.
//!
//! Step: tests. It is ready when it says so through `NOTIFY_SOCKET`, as it would to systemd; its
//! standard output feeds a [`Board`], its standard error a file whose end goes into messages.

use std::fs::File;
use std::io::BufReader;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::board::Board;
use crate::error::HarnessError;
use crate::stats::Stats;

/// How to start the daemon.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The program.
    pub program: PathBuf,
    /// A folder of its own: configuration, state, statistics and log go there.
    pub folder: PathBuf,
    /// Lines of the configuration beside the paths.
    pub configuration: String,
    /// Whether it streams; the collector's socket is `collector.sock` in its folder.
    pub stream: bool,
    /// The spool's bound in bytes, where it is not the default.
    pub max_spool: Option<u64>,
}

impl Settings {
    /// The daemon with its defaults, keeping everything below `folder`.
    #[must_use]
    pub fn new(program: &Path, folder: &Path) -> Self {
        Self {
            program: program.to_owned(),
            folder: folder.to_owned(),
            configuration: String::new(),
            stream: false,
            max_spool: None,
        }
    }

    /// The configuration's path; [`Daemon::start`] writes it.
    #[must_use]
    pub fn configuration_path(&self) -> PathBuf {
        self.folder.join("packhound.toml")
    }

    fn write(&self) -> Result<(), HarnessError> {
        let folder = self.folder.display();
        std::fs::create_dir_all(&self.folder)
            .map_err(HarnessError::io(format!("creating {folder}")))?;
        let bound = self.max_spool.map(|bytes| format!("max_bytes = {bytes}\n"));
        let bound = bound.unwrap_or_default();
        let text = format!(
            "[state]\npath = \"{folder}/state\"\n\
             [spool]\npath = \"{folder}/spool\"\n{bound}\
             [stream]\naddress = \"{folder}/collector.sock\"\n{}",
            self.configuration
        );
        std::fs::write(self.configuration_path(), text)
            .map_err(HarnessError::io("writing the configuration"))
    }
}

/// A running daemon. Dropping it kills it.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    settings: Settings,
    board: Board,
    reader: Option<JoinHandle<()>>,
    started_in: Duration,
}

/// How a daemon ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// From the signal to the end.
    pub took: Duration,
    /// Its counters, where it wrote them.
    pub stats: Option<Stats>,
}

impl Daemon {
    /// Starts the daemon and waits until it says that it is ready.
    ///
    /// # Errors
    /// When it cannot be started, ends early or is not ready in time.
    pub fn start(settings: Settings) -> Result<Self, HarnessError> {
        settings.write()?;
        let socket = settings.folder.join("notify.sock");
        let _ = std::fs::remove_file(&socket);
        let notified =
            UnixDatagram::bind(&socket).map_err(HarnessError::io("binding the ready socket"))?;
        notified
            .set_read_timeout(Some(GLANCE))
            .map_err(HarnessError::io("setting the ready socket up"))?;
        let log = File::options()
            .create(true)
            .append(true)
            .open(settings.folder.join("log"))
            .map_err(HarnessError::io("opening the log"))?;
        let begun = Instant::now();
        let mut child = Command::new(&settings.program)
            .args(["run", "--format", "json"])
            .args((!settings.stream).then_some("--no-stream"))
            .arg("--config")
            .arg(settings.configuration_path())
            .arg("--stats")
            .arg(settings.folder.join("stats.json"))
            .env("NOTIFY_SOCKET", &socket)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(HarnessError::io(format!(
                "starting {}",
                settings.program.display()
            )))?;
        let board = Board::default();
        let reader = child.stdout.take().map(|stdout| {
            let board = board.clone();
            std::thread::spawn(move || board.read(BufReader::new(stdout)))
        });
        let mut daemon = Self {
            child,
            settings,
            board,
            reader,
            started_in: Duration::ZERO,
        };
        daemon.await_ready(&notified, begun)?;
        daemon.started_in = begun.elapsed();
        Ok(daemon)
    }

    fn await_ready(&mut self, notified: &UnixDatagram, begun: Instant) -> Result<(), HarnessError> {
        let mut message = [0; 4096];
        loop {
            if let Ok(length) = notified.recv(&mut message) {
                let text = String::from_utf8_lossy(&message[..length]);
                if text.lines().any(|line| line == "READY=1") {
                    return Ok(());
                }
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                let log = self.last_words();
                return Err(HarnessError::Daemon(format!(
                    "ended before it was ready, {status}\n{log}"
                )));
            }
            if begun.elapsed() > READY_LIMIT {
                let log = self.last_words();
                return Err(HarnessError::Timeout(format!(
                    "the daemon's READY=1\n{log}"
                )));
            }
        }
    }

    /// What it has printed.
    #[must_use]
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Its process identifier.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How long it took to become ready.
    #[must_use]
    pub fn started_in(&self) -> Duration {
        self.started_in
    }

    /// Its settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// When it is gone.
    pub fn signal(&self, signal: Signal) -> Result<(), HarnessError> {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal)
            .map_err(|error| HarnessError::io("signalling the daemon")(error.into()))
    }

    /// Asks it to end, waits, and gives its counters.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn stop(mut self) -> Result<Ended, HarnessError> {
        self.end_with(Signal::TERM)
    }

    /// Kills it without a chance to save anything.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn kill(mut self) -> Result<Ended, HarnessError> {
        self.end_with(Signal::KILL)
    }

    fn end_with(&mut self, signal: Signal) -> Result<Ended, HarnessError> {
        let begun = Instant::now();
        self.signal(signal)?;
        // The reader ends when the daemon's standard output is closed, which is its end.
        let board = self.board.clone();
        board.wait(STOP_LIMIT, |_| None::<()>);
        if begun.elapsed() >= STOP_LIMIT {
            let log = self.last_words();
            return Err(HarnessError::Timeout(format!("the daemon's end\n{log}")));
        }
        let status = self
            .child
            .wait()
            .map_err(HarnessError::io("waiting for the daemon"))?;
        let took = begun.elapsed();
        if let Some(reader) = self.reader.take() {
            reader.join().map_err(|_| {
                HarnessError::Daemon("reading its standard output panicked".to_owned())
            })?;
        }
        let counters = Stats::read(&self.settings.folder.join("stats.json"));
        Ok(Ended {
            status,
            took,
            stats: counters,
        })
    }

    /// The end of its log.
    #[must_use]
    pub fn last_words(&self) -> String {
        let text = std::fs::read(self.settings.folder.join("log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines = text.lines().collect::<Vec<_>>();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Either fails only when the daemon has ended and been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const GLANCE: Duration = Duration::from_millis(100);
const READY_LIMIT: Duration = Duration::from_mins(1);
const STOP_LIMIT: Duration = Duration::from_secs(30);
