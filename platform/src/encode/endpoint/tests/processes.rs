//! Processes: which one is meant, who made it, and what is known of its totals.

use ring_abi::{Body, Flags, Kind, Known, Tag, decode};

use super::{Told, close, empty, file, open, process};
use crate::encode::endpoint::Bounds;
use crate::encode::tests::only;
use crate::endpoint::{Event, Message, Process, Token};

#[test]
fn a_process_that_ran_before_is_told_once_and_ahead() {
    let mut told = Told::new(Bounds::default());
    told.tell(5, 50, close(false, None, file("/a/f", 9, 7)));
    assert_eq!(
        told.records.len(),
        0,
        "nothing is told of it, so neither is it"
    );
    for _ in 0..2 {
        told.tell(5, 50, close(true, None, file("/a/f", 9, 7)));
    }
    let start = only(&told.records, Kind::PROCESS_START);
    assert!(start.flags().has(Flags::RUNDOWN));
    assert_eq!((start.header.pid, start.header.start_time), (5, 50));
    assert_eq!(start.tail.field(Tag::ARGUMENTS), None);
    let first = decode(&told.records[0]).expect("a record");
    assert_eq!(first.header.kind, Kind::PROCESS_START.0);
}

#[test]
fn a_pid_that_is_given_anew_is_another_process() {
    let mut told = Told::new(Bounds::default());
    let gone = |pid, name| Event::Unlink {
        file: file(name, pid, 0),
        directory: file("/d", 4, 64),
    };
    told.tell(5, 50, gone(1, "/d/a"));
    told.tell(5, 90, gone(2, "/d/b"));
    // A late message of the first one does not bring it back.
    told.tell(5, 50, gone(3, "/d/c"));
    told.tell(5, 90, gone(4, "/d/d"));
    let starts = told.count(Kind::PROCESS_START);
    assert_eq!(starts, 2);
    let last = decode(told.records.last().expect("records")).expect("a record");
    assert_eq!(last.header.start_time, 90);
    // After its end nothing is told of it again.
    told.tell(5, 90, Event::Exit { status: 0 });
    told.tell(5, 90, close(true, None, file("/d/late", 8, 7)));
    assert_eq!(told.count(Kind::PROCESS_START), starts);
    assert_eq!(told.written().len(), 1);
}

#[test]
fn a_parent_is_named_by_its_version_or_not_at_all() {
    let mut told = Told::new(Bounds::default());
    let child = |pid, parent: Token| Process {
        parent: Some(parent),
        responsible: Some(parent),
        ..process(pid, u64::from(pid))
    };
    let parent = process(5, 50).token;
    told.tell(
        5,
        50,
        Event::Fork {
            child: child(6, parent),
        },
    );
    let exec = |target| Event::Exec {
        target,
        arguments: b"",
        arguments_length: 0,
        script: None,
        directory: None,
    };
    told.tell(6, 6, exec(child(6, parent)));
    let stranger = Token {
        version: 4_711,
        ..parent
    };
    told.tell(7, 7, exec(child(7, stranger)));
    let starts: Vec<_> = told
        .records
        .iter()
        .map(|record| decode(record).expect("a record"))
        .filter_map(|record| match record.body {
            Body::ProcessStart(start) => Some((
                start.parent_pid,
                start.parent_start,
                record.tail.field(Tag::RESPONSIBLE).map(<[u8]>::to_vec),
            )),
            _ => None,
        })
        .collect();
    let responsible = |start: u64| {
        let mut bytes = 5_u32.to_le_bytes().to_vec();
        bytes.extend(start.to_le_bytes());
        Some(bytes)
    };
    assert_eq!(starts[1], (5, 50, responsible(50)));
    assert_eq!(starts[2], (5, 0, responsible(0)));
}

#[test]
fn totals_are_told_of_processes_that_were_seen_whole() {
    let run = |seen_before: bool, lost: bool| {
        let mut told = Told::new(Bounds::default());
        if seen_before {
            told.tell(4, 40, open(1, file("/d/a", 9, 1)));
            told.tell(4, 40, close(false, None, file("/d/a", 9, 1)));
            let unlink = Event::Unlink {
                file: file("/d/z", 8, 1),
                directory: file("/d", 4, 64),
            };
            told.tell(4, 40, unlink);
        }
        told.tell(
            4,
            40,
            Event::Fork {
                child: process(5, 50),
            },
        );
        told.tell(5, 50, open(1, file("/d/a", 9, 1)));
        told.tell(5, 50, open(1, file("/d/b", 9, 1)));
        told.tell(5, 50, close(true, None, file("/o", 7, 1)));
        if lost {
            for number in [4, 6] {
                told.send(&Message {
                    time: told.time,
                    global_sequence: Some(number),
                    ..empty()
                });
            }
        }
        told.tell(5, 50, Event::Exit { status: 256 });
        let Body::Exit(exit) = only(&told.records, Kind::EXIT).body else {
            panic!("an end");
        };
        exit
    };
    let exit = run(true, false);
    assert_eq!(exit.known, Known::STATUS.with(Known::COUNTS).0);
    assert_eq!((exit.files_read, exit.directories_read), (2, 1));
    assert_eq!((exit.files_written, exit.files_removed), (1, 0));
    assert_eq!(exit.status, 256);
    for exit in [run(false, false), run(true, true)] {
        assert_eq!((exit.known, exit.files_read), (Known::STATUS.0, 0));
    }
}
