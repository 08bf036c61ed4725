//! Events of any kind in any order, for the properties.

mod words;

use correlator::{
    CodeInside, Content, Correlator, Detail, Event, Exit, FileKey, FileWritten, Finding, Flow,
    LibraryUse, LinkedCode, Lost, ProcessKey, ProcessStart, Script, Time,
};
use proptest::prelude::{Just, Strategy, any, prop_oneof};

use words::{CODE, COMMANDS, CONTENTS, DIRECTORIES, LIBRARY, PATHS, SCRIPTS};

use crate::samples;

/// An event that owns what it tells.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) wait: u64,
    pid: u8,
    act: Act,
}

#[derive(Clone, Debug)]
pub(crate) enum Act {
    Start {
        parent: u8,
        command: usize,
        directory: usize,
    },
    Fork {
        child: u8,
    },
    Exit {
        files: u64,
    },
    Load,
    Use {
        code: usize,
        uses: u64,
        output: Option<usize>,
        passphrase: bool,
    },
    Inside {
        image: usize,
        code: Option<usize>,
    },
    Write {
        path: usize,
        content: usize,
        opener: Option<u8>,
        unlinked: bool,
    },
    Content {
        path: usize,
        content: usize,
    },
    Rename {
        from: usize,
        to: usize,
        keyed: bool,
    },
    Link {
        from: usize,
        to: usize,
    },
    Remove {
        path: usize,
    },
    Read {
        directory: usize,
        name: bool,
    },
    Script {
        text: usize,
        part: u32,
    },
    Connect,
    Sent {
        sent: u64,
        received: u64,
    },
    Throttle {
        left_out: u64,
    },
    Lose {
        count: u64,
    },
    Rest {
        known: bool,
    },
}

fn key(pid: u8) -> ProcessKey {
    ProcessKey {
        pid: u32::from(pid),
        start: u64::from(pid),
    }
}

fn flow(bytes_sent: Option<u64>, bytes_received: Option<u64>) -> Flow {
    Flow {
        cookie: 1,
        outbound: None,
        remote: [1; 16],
        remote_port: 443,
        local_port: 1,
        bytes_sent,
        bytes_received,
    }
}

pub(crate) fn told() -> impl Strategy<Value = Told> {
    let waits = prop_oneof![19 => 0..1_000_000_000_u64, 1 => Just(WINDOW)];
    with_waits(waits)
}

pub(crate) fn with_waits(waits: impl Strategy<Value = u64>) -> impl Strategy<Value = Told> {
    (waits, 0..12_u8, act()).prop_map(|(wait, pid, act)| Told { wait, pid, act })
}

fn act() -> impl Strategy<Value = Act> {
    let some = any::<usize>;
    prop_oneof![
        6 => (0..12_u8, some(), some())
            .prop_map(|(parent, command, directory)| Act::Start { parent, command, directory }),
        2 => (0..12_u8).prop_map(|child| Act::Fork { child }),
        3 => bytes().prop_map(|files| Act::Exit { files }),
        1 => Just(Act::Load),
        3 => (any::<usize>(), 0..9_u64, proptest::option::of(any::<usize>()), any::<bool>()).prop_map(
            |(code, uses, output, passphrase)| Act::Use { code, uses, output, passphrase },
        ),
        2 => (any::<usize>(), proptest::option::of(any::<usize>()))
            .prop_map(|(image, code)| Act::Inside { image, code }),
        8 => (some(), some(), proptest::option::of(0..12_u8), any::<bool>()).prop_map(
            |(path, content, opener, unlinked)| Act::Write { path, content, opener, unlinked }
        ),
        1 => (some(), some()).prop_map(|(path, content)| Act::Content { path, content }),
        3 => (some(), some(), any::<bool>())
            .prop_map(|(from, to, keyed)| Act::Rename { from, to, keyed }),
        1 => (some(), some()).prop_map(|(from, to)| Act::Link { from, to }),
        3 => some().prop_map(|path| Act::Remove { path }),
        3 => (some(), any::<bool>()).prop_map(|(directory, name)| Act::Read { directory, name }),
        2 => (some(), 0..4_u32).prop_map(|(text, part)| Act::Script { text, part }),
        1 => Just(Act::Connect),
        2 => (bytes(), bytes()).prop_map(|(sent, received)| Act::Sent { sent, received }),
        1 => bytes().prop_map(|left_out| Act::Throttle { left_out }),
        1 => bytes().prop_map(|count| Act::Lose { count }),
        1 => any::<bool>().prop_map(|known| Act::Rest { known }),
    ]
}

/// Ordinary numbers, and the largest that the wire can hold.
fn bytes() -> impl Strategy<Value = u64> {
    prop_oneof![9 => 0..20_000_u64, 1 => Just(u64::MAX)]
}

#[expect(clippy::too_many_lines, reason = "one arm per kind of event")]
pub(crate) fn step(correlator: &mut Correlator, time: Time, told: &Told) -> Vec<Finding> {
    let samples = match &told.act {
        Act::Write { content, .. } | Act::Content { content, .. } => {
            samples::content(CONTENTS[content % CONTENTS.len()])
        }
        _ => None,
    };
    let content = Content {
        head: samples
            .as_deref()
            .map(|bytes| &bytes[..bytes.len().min(512)]),
        middle: None,
        tail: samples
            .as_deref()
            .map(|bytes| &bytes[bytes.len() - bytes.len().min(256)..]),
    };
    let size = samples.as_ref().map(|bytes| bytes.len() as u64);
    let path = |number: usize| Some(PATHS[number % PATHS.len()].as_bytes());
    let file = |number: usize| {
        Some(FileKey {
            device: 1,
            inode: (number % PATHS.len()) as u64,
        })
    };
    let directory = |number: usize| Some(DIRECTORIES[number % DIRECTORIES.len()].as_bytes());
    let image_file = |number: usize| {
        Some(FileKey {
            device: 2,
            inode: (number % COMMANDS.len()) as u64,
        })
    };
    let command;
    let inside;
    let detail = match &told.act {
        Act::Start {
            parent,
            command: number,
            directory: place,
        } => {
            let (image, arguments) = COMMANDS[number % COMMANDS.len()];
            command = arguments.replace(' ', "\0") + "\0";
            Detail::ProcessStart(ProcessStart {
                parent: Some(key(*parent)),
                image: Some(image.as_bytes()),
                image_file: image_file(*number),
                arguments: Some(command.as_bytes()),
                directory: directory(*place),
                uid: Some(u32::from(told.pid) * 300),
                ..ProcessStart::default()
            })
        }
        Act::Fork { child } => Detail::Fork { child: key(*child) },
        Act::Exit { files } => Detail::Exit(Exit {
            files_read: Some(*files),
            ..Exit::default()
        }),
        Act::Load => Detail::LibraryLoad {
            path: Some(LIBRARY),
            file: image_file(0),
        },
        Act::Use {
            code,
            uses,
            output,
            passphrase,
        } => {
            let (family, function, purpose) = CODE[code % CODE.len()];
            Detail::LibraryUse(LibraryUse {
                library: (uses % 2 == 0).then_some(LIBRARY),
                function: function.as_bytes(),
                family: family.as_bytes(),
                purpose,
                uses: *uses,
                first: time,
                output: output.and_then(path),
                format: None,
                level: None,
                passphrase: *passphrase,
            })
        }
        Act::Inside { image, code } => {
            inside = code.map(|code| {
                let (family, recognised, purpose) = CODE[code % CODE.len()];
                LinkedCode {
                    family,
                    purpose,
                    recognised,
                }
            });
            Detail::CodeInside(CodeInside {
                file: image_file(*image).expect("every number names a file"),
                path: None,
                code: inside.as_slice(),
            })
        }
        Act::Write {
            path: number,
            opener,
            unlinked,
            ..
        } => Detail::FileWritten(FileWritten {
            path: path(*number),
            file: file(*number),
            opener: opener.map(key),
            unlinked: *unlinked,
            size_after: size,
            content,
            ..FileWritten::default()
        }),
        Act::Content { path: number, .. } => Detail::FileContent {
            path: path(*number),
            file: None,
            size,
            content,
        },
        Act::Rename { from, to, keyed } => Detail::Renamed {
            from: path(*from),
            to: path(*to),
            file: keyed.then(|| file(*from)).flatten(),
        },
        Act::Link { from, to } => Detail::Linked {
            from: path(*from),
            to: path(*to),
            file: None,
        },
        Act::Remove { path: number } => Detail::Removed {
            path: path(*number),
            file: None,
            directory: false,
        },
        Act::Read {
            directory: place,
            name,
        } => Detail::DirectoryRead {
            path: directory(*place),
            name: name.then_some(b"id_rsa"),
            count: None,
        },
        Act::Script { text, part } => Detail::Script(Script {
            block: [*part as u8 / 2; 16],
            part: *part,
            parts: 3 * (*part % 2),
            text: SCRIPTS[text % SCRIPTS.len()].as_bytes(),
            path: None,
        }),
        Act::Connect => Detail::FlowOpened(flow(None, None)),
        Act::Sent { sent, received } => Detail::FlowClosed(flow(Some(*sent), Some(*received))),
        Act::Throttle { left_out } => Detail::Throttled {
            left_out: *left_out,
            since: None,
        },
        Act::Lose { count } => Detail::Lost(Lost {
            count: *count,
            from: Time(time.0 - 10),
            to: time,
            kind: None,
            reason: "GAP",
            unwatched: None,
        }),
        Act::Rest { known } => Detail::Lost(Lost {
            count: 0,
            from: time,
            to: Time(time.0 + 4_000_000_000),
            kind: Some("LIBRARY_USE"),
            reason: "RESTING",
            unwatched: Some(if *known { LIBRARY } else { b"" }),
        }),
    };
    correlator.step(&Event {
        time,
        process: key(told.pid),
        incomplete: false,
        detail,
    })
}

/// The shipped time window.
pub(crate) const WINDOW: u64 = 300_000_000_000;
