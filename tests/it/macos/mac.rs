//! A Mac that tells what its processes do, as `eslogger` would write it.
//!
//! Step: tests. Only what the messages carry is made up: each is whole, numbered and in order.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

/// A Mac.
#[derive(Debug, Default)]
pub(crate) struct Mac {
    text: String,
    /// Milliseconds since it began.
    now: u64,
    number: u64,
    numbers: HashMap<&'static str, u64>,
    processes: HashMap<u32, Process>,
}

#[derive(Clone, Debug)]
struct Process {
    pid: u32,
    parent: u32,
    /// Raised by each program that it starts.
    version: u32,
    image: String,
    start: u64,
    uid: u32,
    terminal: bool,
    /// Who answers for it, and the version of that one's pid.
    responsible: (u32, u32),
}

impl Mac {
    /// All lines.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// A shell in a terminal; gives its pid.
    pub(crate) fn terminal(&mut self) -> u32 {
        self.there("/bin/zsh", 501, true)
    }

    /// A daemon that runs already.
    pub(crate) fn daemon(&mut self, image: &str) -> u32 {
        self.there(image, 0, false)
    }

    fn there(&mut self, image: &str, uid: u32, terminal: bool) -> u32 {
        let pid = 500 + self.processes.len() as u32;
        let process = Process {
            pid,
            parent: 1,
            version: pid * 10,
            image: image.to_owned(),
            start: self.now,
            uid,
            terminal,
            responsible: (400, 4_000),
        };
        self.processes.insert(pid, process);
        pid
    }

    /// The system's first process starts a program on behalf of another.
    pub(crate) fn helper(&mut self, responsible: u32, image: &str, line: &str) -> u32 {
        let other = self.processes[&responsible].clone();
        let first = Process {
            pid: 1,
            version: 10,
            image: "/sbin/launchd".to_owned(),
            responsible: (responsible, other.version),
            ..other
        };
        self.processes.insert(1, first);
        self.run(1, image, line)
    }

    /// A process starts another with a program; its arguments are divided by blanks.
    pub(crate) fn run(&mut self, parent: u32, image: &str, line: &str) -> u32 {
        let pid = self.there(image, 0, false);
        let before = Process {
            pid,
            parent,
            version: pid * 10,
            start: self.now,
            ..self.processes[&parent].clone()
        };
        let child = described(&before);
        self.tell(parent, "fork", &json!({"child": child}));
        let after = Process {
            version: pid * 10 + 1,
            image: image.to_owned(),
            ..before.clone()
        };
        self.processes.insert(pid, before);
        let arguments: Vec<&str> = line.split(' ').collect();
        let event = json!({
            "target": described(&after), "args": arguments, "script": null,
            "cwd": Self::file("/Users/ann", 0o040_755, 640), "env": [], "fds": [], "last_fd": 0,
        });
        self.tell(pid, "exec", &event);
        self.processes.insert(pid, after);
        pid
    }

    pub(crate) fn loads(&mut self, pid: u32, library: &str) {
        let source = Self::file(library, 0o100_755, 90_000);
        let event = json!({"protection": 5, "max_protection": 5, "flags": 2, "file_pos": 0,
            "source": source});
        self.tell(pid, "mmap", &event);
    }

    pub(crate) fn reads(&mut self, pid: u32, path: &str) {
        let file = Self::file(path, 0o100_644, 4_711);
        self.tell(pid, "open", &json!({"fflag": 1, "file": file}));
        let event = json!({"modified": false, "was_mapped_writable": false, "target": file});
        self.tell(pid, "close", &event);
    }

    /// A new file is written.
    pub(crate) fn writes(&mut self, pid: u32, path: &str, size: u64) {
        let mut file = Self::file(path, 0o100_644, 0);
        let event =
            json!({"destination_type": 0, "destination": {"existing_file": file}, "acl": null});
        self.tell(pid, "create", &event);
        self.tell(pid, "open", &json!({"fflag": 2, "file": file}));
        self.tell(pid, "write", &json!({"target": file}));
        file["stat"]["st_size"] = size.into();
        let event = json!({"modified": true, "was_mapped_writable": false, "target": file});
        self.tell(pid, "close", &event);
    }

    pub(crate) fn renames(&mut self, pid: u32, from: &str, directory: &str, name: &str) {
        let source = Self::file(from, 0o100_644, 4_711);
        let directory = Self::file(directory, 0o040_755, 64);
        let event = json!({"source": source, "destination_type": 1,
            "destination": {"new_path": {"dir": directory, "filename": name}}});
        self.tell(pid, "rename", &event);
    }

    pub(crate) fn clones(&mut self, pid: u32, source: &str, directory: &str, name: &str) {
        let source = Self::file(source, 0o100_644, 4_711);
        let directory = Self::file(directory, 0o040_755, 64);
        let event = json!({"source": source, "target_dir": directory, "target_name": name});
        self.tell(pid, "clone", &event);
    }

    pub(crate) fn exits(&mut self, pid: u32) {
        self.tell(pid, "exit", &json!({"stat": 0}));
    }

    /// So many messages never arrive.
    pub(crate) fn loses(&mut self, count: u64) {
        self.number += count;
    }

    fn tell(&mut self, pid: u32, name: &'static str, event: &Value) {
        self.now += 7;
        let number = self.numbers.entry(name).or_default();
        let message = json!({
            "schema_version": 1, "version": 9, "time": time(self.now), "mach_time": self.now * 24_000,
            "seq_num": *number, "global_seq_num": self.number, "action_type": 1,
            "action": {"result": {"result_type": 0, "result": {"auth": 0}}}, "event_type": 0,
            "thread": {"thread_id": pid * 100}, "process": described(&self.processes[&pid]),
            "event": {name: event},
        });
        *number += 1;
        self.number += 1;
        writeln!(self.text, "{message}").expect("a string takes everything");
    }

    /// A file of that name; the same name is the same file.
    fn file(path: &str, mode: u32, size: u64) -> Value {
        let inode = path
            .bytes()
            .fold(17_u64, |sum, byte| (sum * 31 + u64::from(byte)) % 1_000_003);
        file(path, inode, mode, size)
    }
}

fn described(process: &Process) -> Value {
    let token = |pid: u32, version: u32, uid: u32| {
        json!({"auid": if uid == 0 { u32::MAX } else { uid }, "euid": uid, "egid": 20,
            "ruid": uid, "rgid": 20, "pid": pid, "asid": 100_019, "pidversion": version})
    };
    let terminal = process.terminal.then(|| {
        let mut terminal = file("/dev/ttys003", 1_223, 0o020_620, 0);
        terminal["stat"]["st_rdev"] = 268_435_459.into();
        terminal
    });
    json!({
        "audit_token": token(process.pid, process.version, process.uid),
        "parent_audit_token": token(process.parent, process.parent * 10, process.uid),
        "responsible_audit_token": token(process.responsible.0, process.responsible.1, process.uid),
        "ppid": process.parent, "original_ppid": process.parent, "group_id": process.pid,
        "session_id": 500, "codesigning_flags": 637_623_057, "is_platform_binary": true,
        "is_es_client": false, "signing_id": "com.apple.made.up", "team_id": null,
        "cdhash": "AB".repeat(20), "executable": file(&process.image, 77, 0o100_755, 90_000),
        "tty": terminal, "start_time": time(process.start),
    })
}

fn file(path: &str, inode: u64, mode: u32, size: u64) -> Value {
    json!({"path": path, "path_truncated": false, "stat": {
        "st_dev": 16_777_234, "st_ino": inode, "st_mode": mode, "st_nlink": 1, "st_uid": 501,
        "st_gid": 20, "st_rdev": 0, "st_size": size, "st_blocks": 8, "st_blksize": 4096,
        "st_flags": 0, "st_gen": 0, "st_birthtimespec": time(0), "st_atimespec": time(0),
        "st_mtimespec": time(0), "st_ctimespec": time(0),
    }})
}

/// A time in milliseconds since it began, within an hour of it.
fn time(milliseconds: u64) -> String {
    let (seconds, rest) = (milliseconds / 1_000, milliseconds % 1_000);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    format!("2026-11-23T01:{minutes:02}:{seconds:02}.{rest:03}000000Z")
}
