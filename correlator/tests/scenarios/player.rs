//! Plays a scenario's lines through a correlator and keeps what it said.
//!
//! The player stands in for the source and the enricher: it knows which process runs what, so that
//! it can fill in a start and, after a restart, tell the rundown of what still runs.

mod cast;

use std::collections::BTreeMap;
use std::sync::Arc;

use correlator::{
    Catalogue, CodeInside, Content, Correlator, Detail, Event, Exit, FileKey, FileWritten, Finding,
    Flow, Knobs, LibraryUse, Limits, LinkedCode, Lost, ProcessKey, Script, Time,
};

use cast::Known;

use crate::expected::latest;
use crate::notation::{Options, Step};
use crate::samples;

/// Plays lines.
pub(crate) struct Player {
    pub(crate) correlator: Correlator,
    now: u64,
    processes: BTreeMap<u32, Known>,
    starts: u64,
    /// Windows tells no forks, no users by number and no owners of programs.
    windows: bool,
    files: BTreeMap<String, u64>,
    /// Programs and libraries, by path.
    images: BTreeMap<String, u64>,
    /// What the latest event gave rise to.
    pub(crate) latest: Vec<Finding>,
    /// Every finding that was ever told.
    pub(crate) told: Vec<Finding>,
}

impl Player {
    pub(crate) fn new(catalogue: &Arc<Catalogue>, knobs: Knobs) -> Self {
        Self {
            correlator: Correlator::new(catalogue.clone(), knobs, Limits::default()),
            now: 1_700_000_000_000_000_000,
            processes: BTreeMap::new(),
            starts: 1_000,
            windows: false,
            files: BTreeMap::new(),
            images: BTreeMap::new(),
            latest: Vec::new(),
            told: Vec::new(),
        }
    }

    /// The latest revision of each finding, in the order in which they were first told.
    pub(crate) fn findings(&self) -> Vec<&Finding> {
        latest(&self.told)
    }

    #[expect(clippy::too_many_lines, reason = "one arm per kind of line")]
    pub(crate) fn play(&mut self, step: &Step) {
        match step {
            Step::Session(kind) => self.session(kind),
            Step::Run {
                pid,
                parent,
                program,
            } => {
                self.fork(*pid, *parent);
                self.exec(*pid, program);
            }
            Step::Exec { pid, program } => self.exec(*pid, program),
            Step::Fork { pid, parent } => self.fork(*pid, *parent),
            Step::Write {
                pid,
                path,
                content,
                options,
            } => {
                self.write(*pid, path, content, options);
            }
            Step::Rename { pid, from, to } => {
                let file = self.files.remove(from);
                self.files.extend(file.map(|file| (to.clone(), file)));
                let (from, to) = (Some(from.as_bytes()), Some(to.as_bytes()));
                self.step(
                    *pid,
                    Detail::Renamed {
                        from,
                        to,
                        file: None,
                    },
                );
            }
            Step::Link { pid, from, to } => {
                let (from, to) = (Some(from.as_bytes()), Some(to.as_bytes()));
                self.step(
                    *pid,
                    Detail::Linked {
                        from,
                        to,
                        file: None,
                    },
                );
            }
            Step::Remove { pid, path } => {
                self.files.remove(path);
                let path = Some(path.as_bytes());
                self.step(
                    *pid,
                    Detail::Removed {
                        path,
                        file: None,
                        directory: false,
                    },
                );
            }
            Step::Read {
                pid,
                directory,
                name,
            } => {
                let (path, name) = (Some(directory.as_bytes()), name.as_deref());
                let name = name.map(str::as_bytes);
                self.step(
                    *pid,
                    Detail::DirectoryRead {
                        path,
                        name,
                        count: None,
                    },
                );
            }
            Step::Load { pid, library } => {
                let file = Some(self.image_file(library));
                let path = Some(library.as_bytes());
                self.step(*pid, Detail::LibraryLoad { path, file });
            }
            Step::Use {
                pid,
                function,
                family,
                purpose,
                options,
            } => {
                let bytes = |name| options.text(name).map(str::as_bytes);
                let used = LibraryUse {
                    library: bytes("library"),
                    function: function.as_bytes(),
                    family: family.as_bytes(),
                    purpose: *purpose,
                    uses: options.number("uses").unwrap_or(1),
                    first: Time(self.now),
                    output: bytes("output"),
                    format: bytes("format"),
                    level: options.number("level").map(|level| level as i32),
                    passphrase: options.text("passphrase").is_some(),
                };
                self.step(*pid, Detail::LibraryUse(used));
            }
            Step::Inside { file, code } => {
                let code: Vec<LinkedCode<'_>> = code
                    .iter()
                    .map(|(family, purpose, recognised)| LinkedCode {
                        family,
                        purpose: *purpose,
                        recognised,
                    })
                    .collect();
                let inside = CodeInside {
                    file: self.image_file(file),
                    path: Some(file.as_bytes()),
                    code: &code,
                };
                self.step_of(ProcessKey { pid: 0, start: 0 }, Detail::CodeInside(inside));
            }
            Step::Script { pid, text, options } => {
                let number = |name, least| options.number(name).unwrap_or(least) as u32;
                let mut block = [0; 16];
                block[0] = number("block", 0) as u8;
                let script = Script {
                    block,
                    part: number("part", 1),
                    parts: number("parts", 1),
                    text: text.as_bytes(),
                    path: options.text("path").map(str::as_bytes),
                };
                self.step(*pid, Detail::Script(script));
            }
            Step::Connect { pid } => self.step(*pid, Detail::FlowOpened(flow(None, None, 443))),
            Step::Sent {
                pid,
                bytes,
                options,
            } => {
                let received = options.number("received").unwrap_or(200);
                let port = options.number("port").unwrap_or(443) as u16;
                self.step(
                    *pid,
                    Detail::FlowClosed(flow(Some(*bytes), Some(received), port)),
                );
            }
            Step::Exit { pid, options } => {
                let exit = Exit {
                    files_read: options.number("files"),
                    directories_read: options.number("directories"),
                    ..Exit::default()
                };
                self.step(*pid, Detail::Exit(exit));
                self.known(*pid).live = false;
            }
            Step::Wait { nanoseconds } => {
                self.now += nanoseconds;
                self.latest = self.correlator.advance(Time(self.now));
                self.told.extend(self.latest.clone());
            }
            Step::Rest { library, seconds } => {
                let lost = Lost {
                    count: 0,
                    from: Time(self.now),
                    to: Time(self.now + seconds * 1_000_000_000),
                    kind: Some("LIBRARY_USE"),
                    reason: "RESTING",
                    unwatched: Some(library),
                };
                self.step_of(ProcessKey { pid: 0, start: 0 }, Detail::Lost(lost));
            }
            Step::Lose { count } => {
                let lost = Lost {
                    count: *count,
                    from: Time(self.now - 1_000),
                    to: Time(self.now),
                    kind: None,
                    reason: "RING_FULL",
                    unwatched: None,
                };
                self.step_of(ProcessKey { pid: 0, start: 0 }, Detail::Lost(lost));
            }
            Step::Throttle { pid, count } => {
                self.step(
                    *pid,
                    Detail::Throttled {
                        left_out: *count,
                        since: None,
                    },
                );
            }
            Step::Told(_) | Step::Quiet | Step::Expect(_) => {}
        }
    }

    /// Saves, forgets everything, restores, and tells what still runs.
    pub(crate) fn restart(&mut self, catalogue: &Arc<Catalogue>, knobs: Knobs) {
        let snapshot = self.correlator.snapshot();
        self.correlator = Correlator::new(catalogue.clone(), knobs, Limits::default());
        self.correlator
            .restore(&snapshot)
            .expect("a snapshot that was just made");
        for known in self.processes.clone().values().filter(|known| known.live) {
            let told = self.start(known, true);
            assert!(told.is_empty(), "a rundown tells nothing");
        }
    }

    fn image_file(&mut self, path: &str) -> FileKey {
        let next = self.images.len() as u64 + 100;
        let inode = *self.images.entry(path.to_owned()).or_insert(next);
        FileKey { device: 2, inode }
    }

    fn write(&mut self, pid: u32, path: &str, content: &str, options: &Options) {
        let whole = samples::content(content);
        let size = options
            .number("size")
            .or(whole.as_ref().map(|bytes| bytes.len() as u64));
        let next = self.files.len() as u64 + 100;
        let inode = *self.files.entry(path.to_owned()).or_insert(next);
        let bytes = whole.as_deref().unwrap_or_default();
        let middle = bytes.len() / 2 / 512 * 512;
        let head = &bytes[..bytes.len().min(512)];
        let content = Content {
            head: whole.is_some().then_some(head),
            middle: (middle >= 512).then(|| &bytes[middle..bytes.len().min(middle + 512)]),
            tail: (bytes.len() > 512).then(|| &bytes[bytes.len().saturating_sub(256).max(512)..]),
        };
        let opener = options.number("by").map(|pid| self.known(pid as u32).key);
        let written = FileWritten {
            path: Some(path.as_bytes()),
            file: Some(FileKey { device: 1, inode }),
            opener,
            created: true,
            unlinked: options.text("unlinked").is_some(),
            size_before: whole.is_some().then_some(0),
            size_after: size,
            bytes_written: None,
            content,
        };
        let process = self.known(pid).key;
        self.step_of(process, Detail::FileWritten(written));
    }

    #[expect(
        clippy::large_types_passed_by_value,
        reason = "it becomes a part of the event"
    )]
    fn step(&mut self, pid: u32, detail: Detail<'_>) {
        let key = self.known(pid).key;
        self.step_of(key, detail);
    }

    #[expect(
        clippy::large_types_passed_by_value,
        reason = "it becomes a part of the event"
    )]
    fn step_of(&mut self, process: ProcessKey, detail: Detail<'_>) {
        self.now += TICK;
        let event = Event {
            time: Time(self.now),
            process,
            incomplete: false,
            detail,
        };
        self.latest = self.correlator.step(&event);
        self.told.extend(self.latest.clone());
    }

    fn known(&mut self, pid: u32) -> &mut Known {
        self.processes
            .get_mut(&pid)
            .unwrap_or_else(|| panic!("process {pid} was never started"))
    }
}

fn flow(sent: Option<u64>, received: Option<u64>, port: u16) -> Flow {
    let mut remote = [0; 16];
    remote[10..].copy_from_slice(&[0xff, 0xff, 203, 0, 113, 7]);
    Flow {
        cookie: 1,
        outbound: Some(true),
        remote,
        remote_port: port,
        local_port: 40_000,
        bytes_sent: sent,
        bytes_received: received,
    }
}

/// Events of a scenario follow one another at this distance.
const TICK: u64 = 1_000_000;
