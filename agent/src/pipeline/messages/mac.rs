//! A Mac on which a scenario happens, and the client that hears of it.
//!
//! Step: all of them, in tests. Files have numbers, sizes and contents here, so that looks at them
//! find what the scenario says; a content of `none` is a file that was gone when it was looked at.

mod client;
mod things;

use std::collections::BTreeMap;

use correlator::{FileKey, Finding, Time, UsePurpose};
use platform::endpoint::running::Running;
use platform::endpoint::{Destination, Event, Token};
use platform::fingerprint::{Code, CodePurpose};

use super::macs::at_work;
use super::notation::{Options, Program, Step};
use super::samples;
use crate::inspect::Found;
use crate::pipeline::tell_code;
use client::Client;
use things::{DEVICE, Ran, SIZE, Stored, directory, is_of_system};

/// The Mac.
pub(super) struct Mac {
    client: Client,
    processes: BTreeMap<u32, Ran>,
    files: BTreeMap<String, Stored>,
    next_inode: u64,
}

impl Mac {
    pub(super) fn new() -> Self {
        Self {
            client: Client::new(),
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
        let at_work = at_work(kind);
        let mut parent = Token::default();
        for (pid, image) in [
            (1, "/sbin/launchd"),
            (10, at_work.above[0]),
            (11, at_work.above[1]),
        ] {
            let inode = self.stored(image).inode;
            let ran = Ran {
                pid,
                parent,
                version: pid,
                start: self.client.tick(),
                image: image.to_owned(),
                inode,
                owner: 0,
                directory: at_work.directory.to_owned(),
                uid: if pid == 1 { 0 } else { at_work.uid },
                terminal: at_work.terminal && pid == 11,
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
