//! A program's start, with all that a message says of its process.
//!
//! Step: source. Who answers for a process to the user (the app of a helper, the terminal of a
//! command) goes beside its parent, which for helpers is the system's first process.

use ring_abi::{Flags, Kind, Known, ProcessStart, Tag, write_process};

use super::cut;
use super::processes::Processes;
use crate::encode::records::{Records, Who};
use crate::endpoint::{Event, File, Message, Process};

/// A program that runs.
#[derive(Debug)]
pub(super) struct Program<'m> {
    process: &'m Process<'m>,
    arguments: Option<&'m [u8]>,
    arguments_length: usize,
    script: Option<File<'m>>,
    directory: Option<File<'m>>,
}

impl<'m> Program<'m> {
    /// That of a process that runs already.
    pub(super) fn running(process: &'m Process<'m>) -> Self {
        Self {
            process,
            arguments: None,
            arguments_length: 0,
            script: None,
            directory: None,
        }
    }

    /// That which is started.
    pub(super) fn of_exec(message: &'m Message<'m>) -> Self {
        match &message.event {
            Event::Exec {
                target,
                arguments,
                arguments_length,
                script,
                directory,
            } => Self {
                process: target,
                arguments: (!arguments.is_empty()).then_some(*arguments),
                arguments_length: *arguments_length,
                script: *script,
                directory: *directory,
            },
            _ => Self::running(&message.process),
        }
    }
}

/// Tells of a program.
pub(super) fn tell(
    program: &Program<'_>,
    who: Who,
    flags: Flags,
    processes: &Processes,
    records: &mut Records,
) {
    let process = program.process;
    let token = process.token;
    let who = Who {
        pid: token.pid,
        start: process.start.unwrap_or(0),
        ..who
    };
    let mut known = Known::USER;
    let mut body = ProcessStart {
        uid: token.real_user,
        euid: token.effective_user,
        gid: token.real_group,
        egid: token.effective_group,
        arguments_length: u32::try_from(program.arguments_length).unwrap_or(u32::MAX),
        ..ProcessStart::default()
    };
    if let Some(parent) = process.parent {
        (body.parent_pid, body.parent_start) = (parent.pid, processes.start_of(parent));
        known = known.with(Known::PARENT);
    } else if process.parent_pid != 0 {
        body.parent_pid = process.parent_pid;
        known = known.with(Known::PARENT);
    }
    if let Some(stat) = process.executable.stat {
        (body.device, body.inode) = (stat.device, stat.inode);
        (body.image_uid, body.image_mode) = (stat.uid, stat.mode);
        known = known.with(Known::FILE).with(Known::OWNER);
    }
    if token.audit_user != u32::MAX {
        body.login_uid = token.audit_user;
        known = known.with(Known::LOGIN);
    }
    // Of a terminal without its state nobody knows which one it is.
    if process.terminal.is_none_or(|file| file.stat.is_some()) {
        body.session = process.session;
        let terminal = process.terminal.and_then(|file| file.stat);
        body.terminal = terminal.map_or(0, |stat| stat.special);
        known = known.with(Known::SESSION);
    }
    if process.is_platform_binary {
        known = known.with(Known::SYSTEM_PROGRAM);
    }
    body.known = known.0;
    let mut flags = flags;
    let cut_files = [Some(process.executable), program.script, program.directory];
    for file in cut_files.iter().flatten() {
        flags = flags.with(cut(file));
    }
    let given = program.arguments.map_or(0, <[u8]>::len);
    if given < program.arguments_length {
        flags = flags.with(Flags::TRUNCATED);
    }
    let responsible = process
        .responsible
        .map(|token| write_process(token.pid, processes.start_of(token)));
    let path = process.executable.path;
    let fields = [
        (Tag::PATH, (!path.is_empty()).then_some(path)),
        (Tag::ARGUMENTS, program.arguments),
        (Tag::DIRECTORY, program.directory.map(|file| file.path)),
        (Tag::SCRIPT, program.script.map(|file| file.path)),
        (Tag::SIGNING_ID, process.signing_id),
        (Tag::TEAM_ID, process.team_id),
        (
            Tag::CODE_HASH,
            process.code_hash.as_ref().map(|hash| &hash.0[..]),
        ),
        (
            Tag::RESPONSIBLE,
            responsible.as_ref().map(|bytes| &bytes[..]),
        ),
    ];
    records.put(Kind::PROCESS_START, who, flags, &body.write(), &fields);
}
