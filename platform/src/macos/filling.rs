//! The system's message as ours.
//!
//! Step: source. It borrows everything and decides nothing; what the message's version does not
//! carry stays unknown.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::time::{SystemTime, UNIX_EPOCH};

use endpoint_sec::{
    AuditToken, Event as Native, EventCreateDestinationFile, EventExec, EventRenameDestinationFile,
    File as NativeFile, Message as NativeMessage, Process as NativeProcess,
};

use crate::endpoint::{CodeHash, Destination, Event, File, Message, Process, Stat, Token};

/// Fills a message; arguments are put into `arguments`, which is emptied first.
pub(super) fn message<'m>(native: &'m NativeMessage, arguments: &'m mut Vec<u8>) -> Message<'m> {
    let time = native.raw_time();
    Message {
        version: native.version(),
        time: nanoseconds(time.tv_sec, time.tv_nsec),
        mach_time: Some(native.raw_mach_time()),
        sequence: native.seq_num(),
        global_sequence: native.global_seq_num(),
        thread: native.thread().map(|thread| thread.thread_id()),
        process: process(&native.process()),
        event: event(native, arguments),
    }
}

fn event<'m>(native: &'m NativeMessage, arguments: &'m mut Vec<u8>) -> Event<'m> {
    let Some(event) = native.event() else {
        return Event::Other(native.event_type().0);
    };
    match event {
        Native::NotifyExec(exec) => {
            let arguments_length = gather(&exec, arguments);
            Event::Exec {
                target: process(&exec.target()),
                arguments,
                arguments_length,
                script: exec.script().map(|script| file(&script)),
                directory: exec.cwd().map(|directory| file(&directory)),
            }
        }
        Native::NotifyFork(fork) => Event::Fork {
            child: process(&fork.child()),
        },
        Native::NotifyExit(exit) => Event::Exit {
            status: exit.stat(),
        },
        Native::NotifyMmap(map) => Event::Mmap {
            protection: map.protection(),
            flags: map.flags(),
            position: map.file_pos(),
            file: file(&map.source()),
        },
        Native::NotifyOpen(open) => Event::Open {
            flags: open.fflag(),
            file: file(&open.file()),
        },
        Native::NotifyCreate(create) => match create.destination() {
            Some(EventCreateDestinationFile::ExistingFile { file: there, .. }) => Event::Create {
                destination: Destination::Existing(file(&there)),
            },
            Some(EventCreateDestinationFile::NewPath {
                directory,
                filename,
                mode,
                ..
            }) => Event::Create {
                destination: Destination::New {
                    directory: file(&directory),
                    name: filename.as_bytes(),
                    mode: Some(u32::from(mode)),
                },
            },
            _ => Event::Other(native.event_type().0),
        },
        Native::NotifyClose(close) => Event::Close {
            modified: close.modified(),
            was_mapped_writable: close.was_mapped_writable(),
            file: file(&close.target()),
        },
        Native::NotifyWrite(write) => Event::Write {
            file: file(&write.target()),
        },
        Native::NotifyRename(rename) => match rename.destination() {
            Some(EventRenameDestinationFile::ExistingFile { file: there, .. }) => Event::Rename {
                source: file(&rename.source()),
                destination: Destination::Existing(file(&there)),
            },
            Some(EventRenameDestinationFile::NewPath {
                directory,
                filename,
                ..
            }) => Event::Rename {
                source: file(&rename.source()),
                destination: Destination::New {
                    directory: file(&directory),
                    name: filename.as_bytes(),
                    mode: None,
                },
            },
            _ => Event::Other(native.event_type().0),
        },
        Native::NotifyUnlink(unlink) => Event::Unlink {
            file: file(&unlink.target()),
            directory: file(&unlink.parent_dir()),
        },
        Native::NotifyLink(link) => Event::Link {
            source: file(&link.source()),
            directory: file(&link.target_dir()),
            name: link.target_filename().as_bytes(),
        },
        Native::NotifyClone(clone) => Event::Clone {
            source: file(&clone.source()),
            directory: file(&clone.target_dir()),
            name: clone.target_name().as_bytes(),
        },
        Native::NotifyCopyFile(copy) => Event::Copyfile {
            source: file(&copy.source()),
            existing: copy.target_file().map(|existing| file(&existing)),
            directory: file(&copy.target_dir()),
            name: copy.target_name().as_bytes(),
        },
        Native::NotifyTruncate(truncate) => Event::Truncate {
            file: file(&truncate.target()),
        },
        _ => Event::Other(native.event_type().0),
    }
}

/// Puts the arguments one behind the other, each ended by a zero, as far as they fit without
/// asking for memory; gives the length of all of them.
fn gather(exec: &EventExec<'_>, into: &mut Vec<u8>) -> usize {
    into.clear();
    let mut length = 0;
    for argument in exec.args().map(OsStr::as_bytes) {
        length += argument.len() + 1;
        for part in [argument, b"\0"] {
            let room = into.capacity() - into.len();
            into.extend_from_slice(&part[..part.len().min(room)]);
        }
    }
    length
}

fn process<'m>(native: &NativeProcess<'m>) -> Process<'m> {
    let hash = native.cdhash();
    let named = |name: &'m OsStr| (!name.is_empty()).then(|| name.as_bytes());
    Process {
        token: token(&native.audit_token()),
        start: native.start_time().map(since_1970),
        parent: native.parent_audit_token().map(|parent| token(&parent)),
        parent_pid: native.ppid().cast_unsigned(),
        original_parent_pid: native.original_ppid().cast_unsigned(),
        responsible: native
            .responsible_audit_token()
            .map(|responsible| token(&responsible)),
        group: native.group_id().cast_unsigned(),
        session: native.session_id().cast_unsigned(),
        signature: native.codesigning_flags(),
        is_platform_binary: native.is_platform_binary(),
        is_client: native.is_es_client(),
        signing_id: named(native.signing_id()),
        team_id: named(native.team_id()),
        code_hash: hash.iter().any(|byte| *byte != 0).then_some(CodeHash(hash)),
        executable: file(&native.executable()),
        terminal: native.tty().map(|terminal| file(&terminal)),
    }
}

fn token(native: &AuditToken) -> Token {
    Token::from_words(native.raw_token().val)
}

fn file<'m>(native: &NativeFile<'m>) -> File<'m> {
    let stat = native.stat();
    File {
        path: native.path().as_bytes(),
        is_truncated: native.path_truncated(),
        stat: Some(Stat {
            device: u64::from(stat.st_dev.cast_unsigned()),
            inode: stat.st_ino,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            mode: u32::from(stat.st_mode),
            links: u32::from(stat.st_nlink),
            uid: stat.st_uid,
            special: stat.st_rdev.cast_unsigned(),
            born: Some(nanoseconds(stat.st_birthtime, stat.st_birthtime_nsec)),
        }),
    }
}

/// Nanoseconds since 1970; what was before is 1970.
fn nanoseconds(seconds: i64, nanoseconds: i64) -> u64 {
    let seconds = u64::try_from(seconds).unwrap_or(0);
    let rest = u64::try_from(nanoseconds).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}

fn since_1970(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
