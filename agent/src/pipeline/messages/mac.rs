//! A Mac on which a scenario happens, and the client that hears of it.
//!
//! Step: all of them, in tests. Files have numbers, sizes and contents here, so that looks at them
//! find what the scenario says; a content of `none` is a file that was gone when it was looked at.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use correlator::{Catalogue, FileKey, Finding, Knobs, Time, UsePurpose};
use platform::endpoint::running::Running;
use platform::endpoint::{
    Destination, Event, File, Filter, Live, LiveBounds, Message, Process, Stat, Token, copied,
};
use platform::fingerprint::{Code, CodePurpose};
use platform::looks::sampling::{Opened, sample};
use platform::looks::{Seen, Want};

use super::notation::{Options, Program, Step};
use super::samples;
use crate::enrich::Enricher;
use crate::inspect::Found;
use crate::pipeline::{Judgement, Pipeline, tell_code};

/// The Mac.
pub(super) struct Mac {
    client: Client,
    processes: BTreeMap<u32, Ran>,
    files: BTreeMap<String, Stored>,
    next_inode: u64,
}

/// What hears of it, down to the findings.
struct Client {
    filter: Filter,
    live: Live,
    pipeline: Pipeline,
    now: u64,
    messages: u64,
    told: Vec<Finding>,
}

/// A process, and what it runs.
#[derive(Clone)]
struct Ran {
    pid: u32,
    parent: Token,
    version: u32,
    start: u64,
    image: String,
    inode: u64,
    owner: u32,
    directory: String,
    uid: u32,
    terminal: bool,
    signing: Option<String>,
    of_system: bool,
}

/// A file.
#[derive(Clone)]
struct Stored {
    inode: u64,
    size: u64,
    content: Option<Vec<u8>>,
}

impl Mac {
    pub(super) fn new() -> Self {
        let judgement = Judgement {
            catalogue: Arc::new(Catalogue::builtin()),
            knobs: Knobs::default(),
        };
        let bounds = LiveBounds {
            directories_per_process: 64,
            records_per_second: 0,
            looking: true,
        };
        let client = Client {
            filter: Filter::default(),
            live: Live::new(Some("mac"), Some("boot"), BEGIN, &bounds),
            pipeline: Pipeline::new(Enricher::recorded(), judgement),
            now: BEGIN,
            messages: 0,
            told: Vec::new(),
        };
        Self {
            client,
            processes: BTreeMap::new(),
            files: BTreeMap::new(),
            next_inode: 1_000,
        }
    }

    /// Lets a line happen. Connections are told by no message; neither is what became of the
    /// client's own queues.
    pub(super) fn play(&mut self, step: &Step) {
        match step {
            Step::Session(kind) => self.session(kind),
            Step::Fork { pid, parent } => self.fork(*pid, *parent),
            Step::Exec { pid, program } => self.exec(*pid, program),
            Step::Run {
                pid,
                parent,
                program,
            } => {
                self.fork(*pid, *parent);
                self.exec(*pid, program);
            }
            Step::Write {
                pid,
                path,
                content,
                options,
            } => self.write(*pid, path, content, options),
            Step::Rename { pid, from, to } => self.rename(*pid, from, to),
            Step::Remove { pid, path } => self.remove(*pid, path),
            Step::Read {
                pid,
                directory,
                name,
            } => self.read(*pid, directory, name.as_deref()),
            Step::Load { pid, library } => {
                let file = self.stored(library);
                let event = Event::Mmap {
                    protection: 5,
                    flags: 2,
                    position: 0,
                    file: file.at(library),
                };
                self.client.hear(&self.processes[pid], event, &self.files);
            }
            Step::Exit { pid, .. } => {
                let event = Event::Exit { status: 0 };
                self.client.hear(&self.processes[pid], event, &self.files);
            }
            Step::Inside { file, code } => self.inside(file, code),
            Step::Wait { nanoseconds } => {
                self.client.now += nanoseconds;
                let Client {
                    pipeline,
                    now,
                    told,
                    ..
                } = &mut self.client;
                pipeline.pass(Time(*now), told);
            }
            Step::Connect { .. }
            | Step::Sent { .. }
            | Step::Told(_)
            | Step::Quiet
            | Step::Expect(_) => {}
            other @ (Step::Link { .. }
            | Step::Use { .. }
            | Step::Script { .. }
            | Step::Rest { .. }
            | Step::Lose { .. }
            | Step::Throttle { .. }) => panic!("no scenario of a Mac has said {other:?} so far"),
        }
    }

    /// Everything that was told, once nothing more comes; else what was wrong on the way.
    pub(super) fn end(mut self) -> Result<Vec<Finding>, String> {
        let client = &mut self.client;
        client.live.end();
        client.judge(&self.files);
        client.pipeline.end(&mut client.told);
        let stats = client.live.stats();
        let missed = [
            "events_undecodable",
            "events_lost_by_the_system",
            "looks_refused",
        ];
        for (name, count) in &stats.others {
            if missed.contains(name) && *count != 0 {
                return Err(format!("{name}: {count}"));
            }
        }
        let counters = client.pipeline.counters();
        if counters.all_undecodable() != 0 {
            return Err(format!("{} records are none", counters.all_undecodable()));
        }
        Ok(self.client.told)
    }

    /// Who is at work when a scenario begins: processes 1, 10 and 11, the last a shell.
    fn session(&mut self, kind: &str) {
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
            other => panic!("no session of a Mac is called {other}"),
        };
        let mut parent = Token::default();
        for (pid, image) in [(1, "/sbin/launchd"), (10, above[0]), (11, above[1])] {
            let inode = self.stored(image).inode;
            let ran = Ran {
                pid,
                parent,
                version: pid,
                start: self.client.tick(),
                image: image.to_owned(),
                inode,
                owner: 0,
                directory: if uid == 501 {
                    "/Users/eve"
                } else {
                    "/private/var/root"
                }
                .to_owned(),
                uid: if pid == 1 { 0 } else { uid },
                terminal: has_terminal && pid == 11,
                signing: None,
                of_system: is_of_system(image),
            };
            parent = ran.token();
            self.processes.insert(pid, ran);
        }
        let running: Vec<Running> = self.processes.values().map(Ran::running).collect();
        self.client.live.runs(&running, self.client.now);
        self.client.judge(&self.files);
    }

    fn fork(&mut self, pid: u32, parent: u32) {
        let before = self.processes[&parent].clone();
        let child = Ran {
            pid,
            parent: before.token(),
            version: pid,
            start: self.client.tick(),
            ..before.clone()
        };
        let event = Event::Fork {
            child: child.process(),
        };
        self.client.hear(&before, event, &self.files);
        self.processes.insert(pid, child);
    }

    fn exec(&mut self, pid: u32, program: &Program) {
        let Program {
            image,
            arguments,
            options,
        } = program;
        let before = self.processes[&pid].clone();
        let signing = options.text("signing").map(str::to_owned);
        let after = Ran {
            version: before.version + 1_000,
            image: image.clone(),
            inode: self.stored(image).inode,
            owner: options.number("owner").unwrap_or(0) as u32,
            directory: options.text("cwd").unwrap_or(&before.directory).to_owned(),
            uid: options.number("uid").map_or(before.uid, |uid| uid as u32),
            terminal: options
                .text("tty")
                .map_or(before.terminal, |tty| tty == "yes"),
            of_system: options.text("system") == Some("yes") || is_of_system(image),
            signing,
            ..before.clone()
        };
        let words = arguments.join("\0") + "\0";
        let event = Event::Exec {
            target: after.process(),
            arguments: words.as_bytes(),
            arguments_length: words.len(),
            script: None,
            directory: Some(directory(&after.directory)),
        };
        self.client.hear(&before, event, &self.files);
        self.processes.insert(pid, after);
    }

    fn write(&mut self, pid: u32, path: &str, content: &str, options: &Options) {
        let content = samples::content(content);
        let length = content.as_ref().map(|bytes| bytes.len() as u64);
        let size = options.number("size").or(length);
        let file = self.stored(path);
        let made = Stored {
            size: 0,
            ..file.clone()
        };
        let closed = Stored {
            size: size.unwrap_or(SIZE),
            content,
            ..file
        };
        self.files.insert(path.to_owned(), closed.clone());
        for event in [
            Event::Create {
                destination: Destination::Existing(made.at(path)),
            },
            Event::Open {
                flags: 2,
                file: made.at(path),
            },
            Event::Write {
                file: made.at(path),
            },
            Event::Close {
                modified: true,
                was_mapped_writable: Some(false),
                file: closed.at(path),
            },
        ] {
            self.client.hear(&self.processes[&pid], event, &self.files);
        }
    }

    fn rename(&mut self, pid: u32, from: &str, to: &str) {
        let file = self.stored(from);
        let (folder, name) = to.rsplit_once('/').expect("an absolute path");
        let there = self.files.get(to).cloned();
        let destination = match &there {
            Some(there) => Destination::Existing(there.at(to)),
            None => Destination::New {
                directory: directory(folder),
                name: name.as_bytes(),
                mode: None,
            },
        };
        let event = Event::Rename {
            source: file.at(from),
            destination,
        };
        self.client.hear(&self.processes[&pid], event, &self.files);
        self.files.remove(from);
        self.files.insert(to.to_owned(), file);
    }

    fn remove(&mut self, pid: u32, path: &str) {
        let file = self.stored(path);
        let folder = path.rsplit_once('/').expect("an absolute path").0;
        let event = Event::Unlink {
            file: file.at(path),
            directory: directory(folder),
        };
        self.client.hear(&self.processes[&pid], event, &self.files);
        self.files.remove(path);
    }

    fn read(&mut self, pid: u32, folder: &str, name: Option<&str>) {
        let path = format!("{folder}/{}", name.unwrap_or("some file"));
        let file = self.stored(&path);
        for event in [
            Event::Open {
                flags: 1,
                file: file.at(&path),
            },
            Event::Close {
                modified: false,
                was_mapped_writable: Some(false),
                file: file.at(&path),
            },
        ] {
            self.client.hear(&self.processes[&pid], event, &self.files);
        }
    }

    /// What a look into a program found, which is no message's matter either.
    fn inside(&mut self, path: &str, code: &[(String, UsePurpose, String)]) {
        let inode = self.stored(path).inode;
        let code: Vec<Code> = code
            .iter()
            .map(|(family, purpose, recognised)| Code {
                family: family.clone(),
                purpose: match purpose {
                    UsePurpose::Compress => CodePurpose::Compress,
                    UsePurpose::Archive => CodePurpose::Archive,
                    UsePurpose::Encrypt => CodePurpose::Encrypt,
                },
                recognised: recognised.clone(),
            })
            .collect();
        let found = Found {
            path: Some(path.as_bytes().into()),
            code: code.into(),
        };
        let file = FileKey {
            device: DEVICE,
            inode,
        };
        let Client {
            pipeline,
            now,
            told,
            ..
        } = &mut self.client;
        told.extend(tell_code(
            &mut pipeline.correlator,
            Time(*now),
            file,
            &found,
        ));
    }

    /// The file of that name, which is there from now on.
    fn stored(&mut self, path: &str) -> Stored {
        let next = &mut self.next_inode;
        let file = self.files.entry(path.to_owned()).or_insert_with(|| {
            *next += 1;
            Stored {
                inode: *next,
                size: SIZE,
                content: None,
            }
        });
        file.clone()
    }
}

impl Client {
    /// Time goes on.
    fn tick(&mut self) -> u64 {
        self.now += TICK;
        self.now
    }

    #[expect(
        clippy::large_types_passed_by_value,
        reason = "messages are made where they are used"
    )]
    fn hear(&mut self, ran: &Ran, event: Event<'_>, files: &BTreeMap<String, Stored>) {
        let time = self.tick();
        let message = Message {
            version: 8,
            time,
            mach_time: Some(time),
            sequence: None,
            global_sequence: Some(self.messages),
            thread: Some(u64::from(ran.pid)),
            process: ran.process(),
            event,
        };
        self.messages += 1;
        if let Some(passed) = self.filter.pass(&message) {
            let mut copy = Vec::new();
            copied::write(&passed, &mut copy);
            self.live.take(&copy, Instant::now());
        }
        self.judge(files);
    }

    /// Takes the looks that are asked for, and judges the records that are ready.
    fn judge(&mut self, files: &BTreeMap<String, Stored>) {
        let Self {
            live,
            pipeline,
            told,
            ..
        } = self;
        while let Some(look) = live.next_look() {
            live.answer(look.ticket, &looked(&look.want, files));
        }
        live.hand_out(Instant::now(), usize::MAX, &mut |record| {
            pipeline.record(record, told);
        });
    }
}

/// What a look finds.
fn looked(want: &Want, files: &BTreeMap<String, Stored>) -> Seen {
    let Want::File {
        path,
        identity,
        closed,
    } = want
    else {
        return Seen::Nothing;
    };
    let path = std::str::from_utf8(path).expect("paths of scenarios are text");
    let Some((file, content)) = files
        .get(path)
        .and_then(|file| Some((file, file.content.as_deref()?)))
    else {
        return Seen::Nothing;
    };
    let opened = Opened {
        identity: (DEVICE, file.inode),
        size: content.len() as u64,
        written: *closed,
    };
    let found = sample(&opened, &mut &*content, *identity, *closed);
    found.map_or(Seen::Nothing, |mut sample| {
        // A scenario may say that a file is larger than what it shows of it.
        sample.size = file.size;
        Seen::File(sample)
    })
}

impl Ran {
    fn token(&self) -> Token {
        Token {
            audit_user: if self.terminal { self.uid } else { u32::MAX },
            effective_user: self.uid,
            effective_group: 20,
            real_user: self.uid,
            real_group: 20,
            pid: self.pid,
            audit_session: 100_000,
            version: self.version,
        }
    }

    fn process(&self) -> Process<'_> {
        let executable = Stored {
            inode: self.inode,
            size: 90_000,
            content: None,
        };
        let mut executable = executable.at(&self.image);
        if let Some(stat) = &mut executable.stat {
            (stat.uid, stat.mode) = (self.owner, 0o100_755);
        }
        let mut terminal = Stored {
            inode: 9,
            size: 0,
            content: None,
        }
        .at("/dev/ttys003");
        if let Some(stat) = &mut terminal.stat {
            (stat.special, stat.mode) = (268_435_459, 0o020_620);
        }
        Process {
            token: self.token(),
            start: Some(self.start),
            parent: Some(self.parent),
            parent_pid: self.parent.pid,
            original_parent_pid: self.parent.pid,
            responsible: Some(self.token()),
            group: self.pid,
            session: 11,
            is_platform_binary: self.of_system,
            signing_id: self.signing.as_deref().map(str::as_bytes),
            executable,
            terminal: self.terminal.then_some(terminal),
            ..Process::default()
        }
    }

    fn running(&self) -> Running {
        Running {
            pid: self.pid,
            parent: self.parent.pid,
            start: self.start,
            version: Some(self.version),
            effective_user: self.uid,
            real_user: self.uid,
            effective_group: 20,
            real_group: 20,
            session: Some(11),
            terminal: if self.terminal { 268_435_459 } else { 0 },
            path: Some(self.image.clone().into()),
            file: Some((DEVICE, self.inode)),
            arguments: format!("{}\0", self.image).into_bytes(),
        }
    }
}

impl Stored {
    fn at<'p>(&self, path: &'p str) -> File<'p> {
        File {
            path: path.as_bytes(),
            is_truncated: false,
            stat: Some(Stat {
                device: DEVICE,
                inode: self.inode,
                size: self.size,
                mode: 0o100_644,
                links: 1,
                uid: 501,
                ..Stat::default()
            }),
        }
    }
}

fn directory(path: &str) -> File<'_> {
    File {
        path: path.as_bytes(),
        is_truncated: false,
        stat: Some(Stat {
            device: DEVICE,
            inode: 2,
            mode: 0o040_755,
            ..Stat::default()
        }),
    }
}

/// Whether the system brings it.
fn is_of_system(image: &str) -> bool {
    let places = [
        "/System/",
        "/usr/bin/",
        "/usr/sbin/",
        "/usr/libexec/",
        "/bin/",
        "/sbin/",
    ];
    places.iter().any(|place| image.starts_with(place))
}

const BEGIN: u64 = 1_700_000_000_000_000_000;

/// Messages follow one another at this distance.
const TICK: u64 = 1_000_000;

/// Bytes of a file of which a scenario says nothing.
const SIZE: u64 = 4_711;

const DEVICE: u64 = 16_777_234;
