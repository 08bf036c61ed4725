//! Plays a scenario's lines through a correlator and keeps what it said.
//!
//! The player stands in for the source and the enricher: it knows which process runs what, so that
//! it can fill in a start and, after a restart, tell the rundown of what still runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use correlator::{
    Catalogue, CodeInside, Content, Correlator, Detail, Event, Exit, FileKey, FileWritten, Finding,
    FindingUid, Flow, Knobs, LibraryUse, Limits, LinkedCode, Lost, Maker, ProcessKey, ProcessStart,
    Script, Time,
};

use crate::notation::{Options, Program, Step};
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

/// What runs in a process.
#[derive(Clone, Debug)]
struct Known {
    key: ProcessKey,
    parent: Option<ProcessKey>,
    image: String,
    arguments: Vec<u8>,
    script: Option<String>,
    original: Option<String>,
    product: Option<String>,
    signed: Option<bool>,
    directory: String,
    uid: u32,
    user: Option<String>,
    owner: u32,
    terminal: bool,
    live: bool,
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
        let mut order: Vec<FindingUid> = Vec::new();
        let mut latest: BTreeMap<FindingUid, &Finding> = BTreeMap::new();
        for finding in &self.told {
            let before = latest.insert(finding.uid, finding);
            let expected = before.map_or(1, |before| before.revision + 1);
            assert_eq!(finding.revision, expected, "revisions follow one another");
            if before.is_none() {
                order.push(finding.uid);
            }
        }
        order.into_iter().map(|uid| latest[&uid]).collect()
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

    /// Who is at work, down to the shell, which is always process 11.
    fn session(&mut self, kind: &str) {
        let (above, uid, terminal): (&[&str], u32, bool) = match kind {
            "user" => (&["/usr/sbin/sshd", "/bin/bash"], 1000, true),
            "admin" => (&["/usr/sbin/sshd", "/bin/bash"], 0, true),
            "cron" => (&["/usr/sbin/cron", "/bin/sh"], 0, false),
            "web" => (&["/usr/sbin/apache2", "/bin/sh"], 33, false),
            "service" => (&["/usr/lib/systemd/systemd", "/bin/sh"], 0, false),
            "remote" => (&["/usr/sbin/sshd", "/bin/bash"], 1000, false),
            mac if mac.starts_with("mac-") => return self.mac_session(mac),
            windows => return self.windows_session(windows),
        };
        let directory = if uid == 0 { "/root" } else { "/home/eve" };
        let images = std::iter::once(&"/usr/lib/systemd/systemd").chain(above);
        self.runs(images, directory, |pid| Account {
            uid: if pid == 11 { uid } else { 0 },
            user: None,
            terminal: terminal && pid == 11,
        });
    }

    /// The same on macOS.
    fn mac_session(&mut self, kind: &str) {
        let terminal = "/System/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal";
        let finder = "/System/Library/CoreServices/Finder.app/Contents/MacOS/Finder";
        let word = "/Applications/Microsoft Word.app/Contents/MacOS/Microsoft Word";
        let agent = "/Library/PrivilegedHelperTools/com.example.helper";
        let (above, uid, has_terminal) = match kind {
            "mac-terminal" => ([terminal, "/bin/zsh"], 501, true),
            "mac-admin" => ([terminal, "/bin/zsh"], 0, true),
            "mac-desktop" => (["/sbin/launchd", finder], 501, false),
            "mac-office" => ([word, "/bin/sh"], 501, false),
            "mac-daemon" => ([agent, "/bin/sh"], 0, false),
            "mac-web" => (["/usr/sbin/httpd", "/bin/sh"], 70, false),
            other => panic!("no session is called {other}"),
        };
        let directory = if uid == 501 {
            "/Users/eve"
        } else {
            "/private/var/root"
        };
        self.runs(
            std::iter::once(&"/sbin/launchd").chain(&above),
            directory,
            |pid| Account {
                uid: if pid == 1 { 0 } else { uid },
                user: None,
                terminal: has_terminal && pid == 11,
            },
        );
    }

    /// The same on Windows.
    fn windows_session(&mut self, kind: &str) {
        self.windows = true;
        let services = r"C:\Windows\System32\services.exe";
        let explorer = r"C:\Windows\explorer.exe";
        let cmd = r"C:\Windows\System32\cmd.exe";
        let (above, user, screen) = match kind {
            "desktop" | "elevated" => ([explorer, cmd], r"DESK\eve", true),
            "iis" => (
                [r"C:\Windows\System32\inetsrv\w3wp.exe", cmd],
                r"IIS APPPOOL\DefaultAppPool",
                false,
            ),
            "system" => (
                [r"C:\Windows\System32\svchost.exe", cmd],
                r"NT AUTHORITY\SYSTEM",
                false,
            ),
            "installer" => (
                [explorer, r"C:\Users\eve\Downloads\setup.exe"],
                r"DESK\eve",
                true,
            ),
            other => panic!("no session is called {other}"),
        };
        let directory = match kind {
            "desktop" | "installer" => r"C:\Users\eve",
            _ => r"C:\Windows\System32",
        };
        self.runs(std::iter::once(&services).chain(&above), directory, |pid| {
            Account {
                uid: 0,
                user: (pid == 11).then(|| user.to_owned()),
                terminal: screen && pid == 11,
            }
        });
    }

    /// Tells of what runs when a scenario begins: processes 1, 10 and 11.
    fn runs<'i>(
        &mut self,
        images: impl Iterator<Item = &'i &'i str>,
        directory: &str,
        account: impl Fn(u32) -> Account,
    ) {
        let mut parent = None;
        for (image, pid) in images.zip([1, 10, 11]) {
            self.starts += 1;
            let Account {
                uid,
                user,
                terminal,
            } = account(pid);
            let known = Known {
                key: ProcessKey {
                    pid,
                    start: self.starts,
                },
                parent,
                image: (*image).to_owned(),
                arguments: format!("{image}\0").into_bytes(),
                script: None,
                original: None,
                product: None,
                signed: None,
                directory: directory.to_owned(),
                uid,
                user,
                owner: 0,
                terminal,
                live: true,
            };
            parent = Some(known.key);
            self.start(&known, true);
            self.processes.insert(pid, known);
        }
    }

    fn fork(&mut self, pid: u32, parent: u32) {
        self.starts += 1;
        let key = ProcessKey {
            pid,
            start: self.starts,
        };
        let parent = self.known(parent).clone();
        if !self.windows {
            self.step_of(parent.key, Detail::Fork { child: key });
        }
        let known = Known {
            key,
            parent: Some(parent.key),
            live: true,
            ..parent
        };
        self.processes.insert(pid, known);
    }

    fn exec(&mut self, pid: u32, program: &Program) {
        let known = self.known(pid);
        known.image.clone_from(&program.image);
        known.arguments = program
            .arguments
            .iter()
            .flat_map(|word| format!("{word}\0").into_bytes())
            .collect();
        known.script = program.options.text("script").map(str::to_owned);
        known.original = program.options.text("original").map(str::to_owned);
        known.product = program.options.text("product").map(str::to_owned);
        known.signed = program.options.text("signed").map(|signed| signed == "yes");
        if let Some(user) = program.options.text("user") {
            known.user = Some(user.to_owned());
        }
        known.owner = program.options.number("owner").unwrap_or(0) as u32;
        if let Some(directory) = program.options.text("cwd") {
            directory.clone_into(&mut known.directory);
        }
        if let Some(uid) = program.options.number("uid") {
            known.uid = uid as u32;
        }
        if let Some(terminal) = program.options.text("tty") {
            known.terminal = terminal == "yes";
        }
        let known = known.clone();
        self.latest = self.start(&known, false);
        self.told.extend(self.latest.clone());
    }

    fn start(&mut self, known: &Known, rundown: bool) -> Vec<Finding> {
        self.now += TICK;
        let image_file = Some(self.image_file(&known.image));
        let start = ProcessStart {
            rundown,
            parent: known.parent,
            image: Some(known.image.as_bytes()),
            image_file,
            image_owner: (!self.windows).then_some(known.owner),
            maker: Maker {
                original_name: known.original.as_deref().map(str::as_bytes),
                product: known.product.as_deref().map(str::as_bytes),
                signed: known.signed,
                ..Maker::default()
            },
            script: known.script.as_deref().map(str::as_bytes),
            arguments: Some(&known.arguments),
            directory: Some(known.directory.as_bytes()),
            uid: (!self.windows).then_some(known.uid),
            user: known.user.as_deref(),
            login_uid: (known.terminal && !self.windows).then_some(known.uid),
            terminal: Some(known.terminal),
            ..ProcessStart::default()
        };
        self.correlator.step(&Event {
            time: Time(self.now),
            process: known.key,
            incomplete: false,
            detail: Detail::ProcessStart(start),
        })
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

/// Who runs a process.
struct Account {
    uid: u32,
    user: Option<String>,
    terminal: bool,
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
