//! Messages as records: what is joined, what stays unknown, and what is bounded.

mod processes;

use ring_abi::{Body, CloseReason, Kind, Known, LossReason, decode};

use super::{Bounds, Counts, Session};
use crate::encode::Records;
use crate::endpoint::{Destination, Event, File, Message, Process, Stat, Token};

/// A session, and the records that it made.
struct Told {
    session: Session,
    records: Vec<Vec<u8>>,
    /// The next message's time.
    time: u64,
}

impl Told {
    fn new(bounds: Bounds) -> Self {
        Self {
            session: Session::new(bounds, LossReason::SYSTEM),
            records: Vec::new(),
            time: 1_000,
        }
    }

    /// What the event of a process comes to.
    #[expect(
        clippy::large_types_passed_by_value,
        reason = "an event is written where it is told"
    )]
    fn tell(&mut self, pid: u32, start: u64, event: Event<'_>) {
        self.send(&Message {
            time: self.time,
            process: process(pid, start),
            event,
            ..empty()
        });
    }

    fn send(&mut self, message: &Message<'_>) {
        let mut records = Records::default();
        self.session.encode(message, &mut records).expect("room");
        records.drain(&mut |record| self.records.push(record.to_vec()));
        self.time += 10;
    }

    fn written(&self) -> Vec<(u32, ring_abi::FileWritten)> {
        let records = self
            .records
            .iter()
            .map(|record| decode(record).expect("a record"));
        records
            .filter_map(|record| match record.body {
                Body::FileWritten(written) => Some((record.header.pid, written)),
                _ => None,
            })
            .collect()
    }

    fn count(&self, kind: Kind) -> usize {
        let kinds = self
            .records
            .iter()
            .map(|record| decode(record).expect("a record"));
        kinds.filter(|record| record.header.kind == kind.0).count()
    }
}

fn empty() -> Message<'static> {
    Message {
        version: 9,
        time: 0,
        mach_time: None,
        sequence: None,
        global_sequence: None,
        thread: Some(7),
        process: Process::default(),
        event: Event::Other(0),
    }
}

fn process(pid: u32, start: u64) -> Process<'static> {
    Process {
        token: Token {
            pid,
            version: pid * 10 + start as u32,
            audit_user: u32::MAX,
            ..Token::default()
        },
        start: (start != 0).then_some(start),
        executable: File {
            path: b"/bin/x",
            ..File::default()
        },
        ..Process::default()
    }
}

fn file(path: &str, inode: u64, size: u64) -> File<'_> {
    File {
        path: path.as_bytes(),
        is_truncated: false,
        stat: Some(Stat {
            device: 1,
            inode,
            size,
            mode: 0o100_644,
            links: 1,
            ..Stat::default()
        }),
    }
}

fn open(flags: i32, file: File<'_>) -> Event<'_> {
    Event::Open { flags, file }
}

fn close(modified: bool, mapped: Option<bool>, file: File<'_>) -> Event<'_> {
    Event::Close {
        modified,
        was_mapped_writable: mapped,
        file,
    }
}

#[test]
fn a_written_file_has_the_size_of_its_close_and_of_its_open() {
    let mut told = Told::new(Bounds::default());
    told.tell(5, 50, open(3, file("/a/f", 9, 100)));
    told.tell(5, 50, close(true, Some(false), file("/a/f", 9, 700)));
    let written = told.written();
    let [(5, body)] = &written[..] else {
        panic!("{written:?}");
    };
    assert_eq!((body.size_before, body.size_after), (100, 700));
    assert_eq!(
        (body.opened, body.opener_pid, body.opener_start),
        (1_000, 5, 50)
    );
    // How many bytes were written, and by how many calls, is in no message.
    let known = Known(body.known);
    assert!(!known.has(Known::BYTES_WRITTEN) && !known.has(Known::CREATED));
    assert_eq!((body.bytes_written, body.calls), (0, 0));
}

#[test]
fn a_close_whose_open_was_not_seen_knows_its_size_alone() {
    let mut told = Told::new(Bounds::default());
    told.tell(5, 50, close(true, None, file("/a/f", 9, 700)));
    let (_, body) = told.written()[0];
    let known = Known::FILE.with(Known::SIZE_AFTER).with(Known::OWNER);
    assert_eq!(body.known, known.0);
    let nameless = File {
        stat: None,
        ..file("/a/f", 9, 700)
    };
    told.tell(5, 50, close(true, None, nameless));
    assert_eq!(told.written()[1].1.known, 0);
}

#[test]
fn files_that_several_have_open_have_no_opener() {
    let mut told = Told::new(Bounds::default());
    told.tell(5, 50, open(2, file("/a/f", 9, 0)));
    told.tell(6, 60, open(2, file("/a/f", 9, 0)));
    told.tell(6, 60, close(true, None, file("/a/f", 9, 7)));
    let (_, body) = told.written()[0];
    assert!(!Known(body.known).has(Known::OPENER));
    assert!(!Known(body.known).has(Known::OPENED));
}

#[test]
fn a_file_that_another_closes_keeps_its_opener() {
    let mut told = Told::new(Bounds::default());
    told.tell(5, 50, open(2, file("/a/f", 9, 0)));
    told.tell(6, 60, close(true, None, file("/a/f", 9, 7)));
    let (pid, body) = told.written()[0];
    assert_eq!((pid, body.opener_pid, body.opener_start), (6, 5, 50));
}

#[test]
fn writes_through_memory_show_by_size() {
    let created = |path| Event::Create {
        destination: Destination::Existing(file(path, 9, 0)),
    };
    for (mapped, size, told_) in [
        (Some(true), 4_096, 1),
        (None, 4_096, 1),
        (Some(false), 4_096, 0),
        (Some(true), 0, 0),
    ] {
        let mut told = Told::new(Bounds::default());
        told.tell(5, 50, created("/a/f"));
        told.tell(5, 50, close(false, mapped, file("/a/f", 9, size)));
        assert_eq!(told.written().len(), told_, "{mapped:?} {size}");
    }
}

#[test]
fn what_is_only_read_is_told_by_its_directory_once_per_program() {
    let mut told = Told::new(Bounds::default());
    for name in [
        "/d/a",
        "/d/b",
        "/e/c",
        "/d/a",
        "/System/x",
        "/usr/lib/y",
        "f",
    ] {
        told.tell(5, 50, open(1, file(name, 9, 1)));
        told.tell(5, 50, close(false, Some(false), file(name, 9, 1)));
    }
    assert_eq!(told.count(Kind::DIRECTORY_READ), 2);
    assert_eq!(told.written().len(), 0);
    let mut directory = file("/d", 4, 64);
    directory.stat = directory.stat.map(|stat| Stat {
        mode: 0o040_755,
        ..stat
    });
    told.tell(5, 50, open(1, directory));
    assert_eq!(told.count(Kind::DIRECTORY_READ), 2);
    let target = process(5, 50);
    told.tell(
        5,
        50,
        Event::Exec {
            target,
            arguments: b"x\0",
            arguments_length: 2,
            script: None,
            directory: None,
        },
    );
    told.tell(5, 50, open(1, file("/d/a", 9, 1)));
    assert_eq!(told.count(Kind::DIRECTORY_READ), 3);
}

#[test]
fn files_are_told_at_the_end_where_closes_never_come() {
    let mut told = Told::new(Bounds::default());
    let made = Event::Create {
        destination: Destination::Existing(file("/a/f", 9, 0)),
    };
    told.tell(5, 50, made);
    told.tell(
        5,
        50,
        Event::Write {
            file: file("/a/f", 9, 10),
        },
    );
    told.tell(6, 60, open(2, file("/a/g", 10, 5)));
    told.tell(
        6,
        60,
        Event::Write {
            file: file("/a/g", 10, 10),
        },
    );
    told.tell(5, 50, Event::Exit { status: 0 });
    let (_, body) = told.written()[0];
    assert_eq!(body.reason, CloseReason::EXITED.0);
    assert!(Known(body.known).has(Known::CREATED) && !Known(body.known).has(Known::SIZE_AFTER));
    let mut records = Records::default();
    told.session.finish(&mut records).expect("room");
    records.drain(&mut |record| told.records.push(record.to_vec()));
    let (pid, body) = told.written()[1];
    assert_eq!((pid, body.reason), (6, CloseReason::SWEPT.0));
}

#[test]
fn gaps_are_told_once_with_their_type_where_it_is_known() {
    let mut told = Told::new(Bounds::default());
    let mut numbered = |version, number, global, event: Event<'static>| {
        let message = Message {
            version,
            time: told.time,
            sequence: Some(number),
            global_sequence: global,
            process: process(5, 50),
            event,
            ..empty()
        };
        told.send(&message);
        let losses = told
            .records
            .iter()
            .map(|record| decode(record).expect("a record"));
        let losses: Vec<_> = losses
            .filter_map(|record| match record.body {
                Body::Loss(loss) => Some((loss.count, loss.kind, loss.from, loss.to)),
                _ => None,
            })
            .collect();
        told.records.clear();
        losses
    };
    let exit = Event::Exit { status: 0 };
    let close = close(false, None, file("/a", 1, 1));
    let exits = u32::from(Kind::EXIT.0);
    assert_eq!(numbered(9, 7, Some(70), exit), []);
    assert_eq!(numbered(9, 0, Some(71), close), []);
    // Two ends are missing, and nothing else.
    assert_eq!(numbered(9, 10, Some(74), exit), [(2, exits, 1_010, 1_020)]);
    // Something is missing, of whatever type; it is not told again by its type.
    assert_eq!(numbered(9, 11, Some(77), exit), [(2, 0, 1_020, 1_030)]);
    assert_eq!(numbered(9, 3, Some(78), close), []);
    // Numbers that go back, and other versions, are of another client.
    assert_eq!(numbered(9, 0, Some(0), exit), []);
    assert_eq!(numbered(9, 9, Some(1), close), []);
    assert_eq!(numbered(10, 20, Some(500), exit), []);
    assert_eq!(numbered(10, 20, Some(500), exit), []);
    // Without the number of all types, that of the type tells.
    assert_eq!(numbered(2, 5, None, exit), []);
    assert_eq!(numbered(2, 8, None, exit), [(2, exits, 1_090, 1_100)]);
    assert_eq!(told.session.counts().lost, 6);
}

#[test]
fn tables_are_bounded_and_what_leaves_is_counted() {
    let mut told = Told::new(Bounds {
        processes: 2,
        files: 2,
        directories: 2,
    });
    let name = |number: u64| format!("/d{number}/f");
    for number in 0..5 {
        told.tell(5, 50, open(2, file(&name(number), number, 0)));
        told.tell(5, 50, open(1, file(&name(number), 100 + number, 0)));
    }
    told.tell(6, 60, close(true, None, file("/x", 50, 1)));
    told.tell(7, 70, close(true, None, file("/x", 50, 1)));
    let counts = told.session.counts();
    let wanted = Counts {
        lost: 0,
        processes: 1,
        files: 3,
        directories: 3,
    };
    assert_eq!(counts, wanted);
    assert_eq!(told.count(Kind::DIRECTORY_READ), 2);
    // One that has ended makes room.
    told.tell(6, 60, Event::Exit { status: 0 });
    told.tell(7, 70, close(true, None, file("/x", 50, 1)));
    assert_eq!(told.session.counts().processes, 1);
    assert_eq!(told.written().len(), 3);
}
