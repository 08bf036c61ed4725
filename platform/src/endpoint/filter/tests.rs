//! What is copied, and what is told once for many.
#![expect(
    clippy::large_types_passed_by_value,
    reason = "messages are made where they are used"
)]

use super::Filter;
use crate::endpoint::{Event, File, Message, Process, Stat, Token};

fn file(path: &str, inode: u64) -> File<'_> {
    File {
        path: path.as_bytes(),
        is_truncated: false,
        stat: Some(Stat {
            device: 1,
            inode,
            mode: 0o100_644,
            ..Stat::default()
        }),
    }
}

fn message(pid: u32, event: Event<'_>) -> Message<'_> {
    Message {
        version: 8,
        time: 1,
        mach_time: None,
        sequence: None,
        global_sequence: None,
        thread: None,
        process: Process {
            token: Token {
                pid,
                ..Token::default()
            },
            executable: file("/bin/tool", 7),
            ..Process::default()
        },
        event,
    }
}

fn open(path: &str, inode: u64, flags: i32) -> Event<'_> {
    Event::Open {
        flags,
        file: file(path, inode),
    }
}

#[test]
fn one_open_stands_for_all_of_a_process_in_a_directory() {
    let mut filter = Filter::default();
    assert!(filter.takes(&message(1, open("/home/a/one", 10, 1))));
    assert!(!filter.takes(&message(1, open("/home/a/two", 11, 1))));
    assert!(filter.takes(&message(1, open("/home/b/one", 12, 1))));
    assert!(filter.takes(&message(2, open("/home/a/one", 10, 1))));
    // Each open for writing is told, and one that does neither is not.
    for flags in [3, 2, 2] {
        assert!(filter.takes(&message(1, open("/home/a/one", 10, flags))));
    }
    assert!(!filter.takes(&message(4, open("/home/d/one", 14, 0))));
}

#[test]
fn one_write_stands_for_all_until_the_file_is_closed() {
    let mut filter = Filter::default();
    let write = || Event::Write {
        file: file("/tmp/a.zip", 20),
    };
    let close = |modified, was_mapped_writable| Event::Close {
        modified,
        was_mapped_writable,
        file: file("/tmp/a.zip", 20),
    };
    assert!(filter.takes(&message(1, write())));
    assert!(!filter.takes(&message(1, write())));
    assert!(!filter.takes(&message(1, close(false, Some(false)))));
    assert!(!filter.takes(&message(1, write())));
    assert!(filter.takes(&message(1, close(true, None))));
    assert!(filter.takes(&message(1, write())));
    assert!(filter.takes(&message(1, close(false, Some(true)))));
}

#[test]
fn only_executable_mappings_of_other_files_are_loads() {
    let mut filter = Filter::default();
    let map = |protection, inode| Event::Mmap {
        protection,
        flags: 2,
        position: 0,
        file: file("/usr/local/lib/z.so", inode),
    };
    assert!(filter.takes(&message(1, map(5, 30))));
    assert!(!filter.takes(&message(1, map(1, 30))));
    assert!(!filter.takes(&message(1, map(5, 7))));
}

#[test]
fn directories_and_devices_hold_no_data() {
    let mut filter = Filter::default();
    let mut device = file("/dev/ttys001", 40);
    device.stat = Some(Stat {
        mode: 0o020_620,
        ..Stat::default()
    });
    assert!(!filter.takes(&message(1, Event::Write { file: device })));
    let opened = Event::Open {
        flags: 1,
        file: device,
    };
    assert!(!filter.takes(&message(1, opened)));
    assert!(!filter.takes(&message(1, Event::Other(99))));
    assert!(filter.takes(&message(1, Event::Exit { status: 0 })));
}

#[test]
fn what_is_forgotten_is_told_once_more() {
    let mut filter = Filter::default();
    let paths: Vec<String> = (0..100_000).map(|at| format!("/d{at}/file")).collect();
    for path in &paths {
        // None may be taken for another one of before.
        assert!(filter.takes(&message(1, open(path, 50, 1))));
    }
}

#[test]
fn what_is_passed_over_leaves_no_gap() {
    let mut filter = Filter::default();
    let numbered = |number: u64, global: u64, event| Message {
        sequence: Some(number),
        global_sequence: Some(global),
        ..message(1, event)
    };
    let mut pass = |number, global, event| {
        let passed = filter.pass(&numbered(number, global, event));
        passed.map(|passed| (passed.sequence.unwrap(), passed.global_sequence.unwrap()))
    };
    assert_eq!(pass(0, 0, open("/a/1", 60, 1)), Some((0, 0)));
    assert_eq!(pass(1, 1, open("/a/2", 61, 1)), None);
    assert_eq!(pass(2, 2, open("/a/3", 62, 1)), None);
    assert_eq!(pass(0, 3, Event::Exit { status: 0 }), Some((0, 1)));
    // Four more opens were lost by the system: that gap stays.
    assert_eq!(pass(7, 8, open("/b/1", 63, 1)), Some((5, 6)));
    let lost = numbered(1, 9, Event::Exit { status: 0 });
    filter.leave_out(&lost);
    let next = filter
        .pass(&numbered(2, 10, Event::Exit { status: 0 }))
        .unwrap();
    assert_eq!((next.sequence, next.global_sequence), (Some(1), Some(7)));
}
