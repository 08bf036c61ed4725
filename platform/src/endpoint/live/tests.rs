//! From copies to records: order, loss, what ran before, and looks.
#![expect(
    clippy::large_types_passed_by_value,
    reason = "messages are made where they are used"
)]

use std::time::Instant;

use ring_abi::{Body, Flags, Kind, Known, LossReason, Tag, decode};

use super::{Live, LiveBounds};
use crate::endpoint::running::Running;
use crate::endpoint::{Event, File, Filter, Message, Process, Stat, Token, copied};
use crate::looks::{Sample, Seen, Want};

const NOW: u64 = 1_700_000_000_000_000_000;

fn live(looking: bool) -> Live {
    let bounds = LiveBounds {
        directories_per_process: 8,
        records_per_second: 0,
        looking,
    };
    Live::new(Some("mac"), Some("boot"), NOW, &bounds)
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

fn process(pid: u32, version: u32) -> Process<'static> {
    Process {
        token: Token {
            pid,
            version,
            ..Token::default()
        },
        start: Some(NOW - u64::from(pid)),
        executable: file("/usr/bin/zip", 7, 100),
        ..Process::default()
    }
}

/// Lets a message go the way of live ones: through the filter, as a copy.
struct Way {
    live: Live,
    filter: Filter,
    number: u64,
}

impl Way {
    fn new(looking: bool) -> Self {
        Self {
            live: live(looking),
            filter: Filter::default(),
            number: 0,
        }
    }

    fn go(&mut self, process: Process<'_>, event: Event<'_>) {
        self.number += 1;
        let message = Message {
            version: 8,
            time: NOW + self.number,
            mach_time: Some(1),
            sequence: None,
            global_sequence: Some(self.number),
            thread: Some(3),
            process,
            event,
        };
        if let Some(passed) = self.filter.pass(&message) {
            let mut copy = Vec::new();
            copied::write(&passed, &mut copy);
            self.live.take(&copy, Instant::now());
        }
    }

    fn records(&mut self) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        self.live
            .outgoing()
            .hand_out(Instant::now(), usize::MAX, &mut |record| {
                records.push(record.to_vec());
            });
        records
    }

    fn kinds(&mut self) -> Vec<u16> {
        let records = self.records();
        let kind = |record: &Vec<u8>| decode(record).unwrap().header.kind;
        records.iter().map(kind).collect()
    }
}

#[test]
fn a_written_file_waits_for_its_content() {
    let mut way = Way::new(true);
    let made = file("/tmp/a.zip", 20, 5_000);
    way.go(process(40, 1), Event::Write { file: made });
    way.go(process(40, 1), Event::Write { file: made });
    let close = Event::Close {
        modified: true,
        was_mapped_writable: Some(false),
        file: made,
    };
    way.go(process(40, 1), close);
    way.go(process(40, 1), Event::Exit { status: 0 });
    assert_eq!(way.kinds(), [Kind::CAPTURE_START.0, Kind::PROCESS_START.0]);
    let look = way.live.outgoing().next_look().expect("a look at the file");
    let wanted = Want::File {
        path: b"/tmp/a.zip"[..].into(),
        identity: Some((1, 20)),
        closed: NOW + 3,
    };
    assert_eq!(look.want, wanted);
    assert!(
        way.live.outgoing().next_look().is_none(),
        "processes say everything themselves"
    );
    let sample = Sample {
        device: 1,
        inode: 20,
        size: 5_000,
        head: b"PK\x03\x04".to_vec(),
        ..Sample::default()
    };
    way.live.outgoing().answer(look.ticket, &Seen::File(sample));
    let records = way.records();
    let written = decode(&records[0]).unwrap();
    assert_eq!(
        written.tail.field(Tag::CONTENT_HEAD),
        Some(&b"PK\x03\x04"[..])
    );
    let Body::FileWritten(body) = written.body else {
        panic!("it is a written file");
    };
    assert_eq!((body.size_after, body.device, body.inode), (5_000, 1, 20));
    // How many bytes were written is in no message.
    assert!(!Known(body.known).has(Known::BYTES_WRITTEN));
    assert_eq!(decode(&records[1]).unwrap().header.kind, Kind::EXIT.0);
    let Body::Exit(exit) = decode(&records[1]).unwrap().body else {
        panic!("it is an end");
    };
    assert!(
        !Known(exit.known).has(Known::COUNTS),
        "not every open was heard"
    );
}

#[test]
fn what_found_no_room_is_a_loss_and_what_was_passed_over_is_none() {
    let mut way = Way::new(false);
    let open = |inode| Event::Open {
        flags: 1,
        file: file("/home/a/one", inode, 1),
    };
    for inode in 0..5 {
        way.go(process(40, 1), open(inode));
    }
    way.live.dropped(0, NOW + 90);
    way.live.dropped(3, NOW + 100);
    way.go(process(40, 1), Event::Exit { status: 0 });
    let records = way.records();
    let losses: Vec<_> = records
        .iter()
        .filter_map(|record| match decode(record).unwrap().body {
            Body::Loss(loss) => Some((loss.count, loss.reason, loss.from, loss.to)),
            _ => None,
        })
        .collect();
    assert_eq!(losses, [(3, LossReason::QUEUE_FULL.0, NOW + 90, NOW + 100)]);
    // The system itself lost four.
    way.number += 4;
    way.go(process(40, 1), Event::Exit { status: 0 });
    let told = way.records();
    let Body::Loss(loss) = decode(&told[0]).unwrap().body else {
        panic!("the gap comes first");
    };
    assert_eq!((loss.count, loss.reason), (4, LossReason::SYSTEM.0));
    let others = way.live.stats().others;
    let count = |wanted| others.iter().find(|(name, _)| *name == wanted).unwrap().1;
    assert_eq!(count("events_dropped_by_the_queue"), 3);
    assert_eq!(count("events_lost_by_the_system"), 4);
}

#[test]
fn what_ran_before_is_told_once_and_first() {
    let mut way = Way::new(false);
    let running = [
        Running {
            pid: 1,
            start: 5,
            path: Some(b"/sbin/launchd".to_vec()),
            ..Running::default()
        },
        Running {
            pid: 40,
            parent: 1,
            start: NOW - 40,
            version: Some(1),
            path: Some(b"/usr/bin/zip".to_vec()),
            arguments: b"zip\0-r\0".to_vec(),
            file: Some((1, 7)),
            ..Running::default()
        },
    ];
    way.live.runs(&running, NOW);
    way.go(process(40, 1), Event::Exit { status: 0 });
    let records = way.records();
    let kinds: Vec<u16> = records
        .iter()
        .map(|it| decode(it).unwrap().header.kind)
        .collect();
    let start = Kind::PROCESS_START.0;
    assert_eq!(kinds, [Kind::CAPTURE_START.0, start, start, Kind::EXIT.0]);
    let second = decode(&records[2]).unwrap();
    assert!(second.flags().has(Flags::RUNDOWN));
    assert_eq!(second.tail.field(Tag::ARGUMENTS), Some(&b"zip\0-r\0"[..]));
    let Body::ProcessStart(body) = second.body else {
        panic!("it is a start");
    };
    assert_eq!((body.parent_pid, body.parent_start), (1, 5));
}

#[test]
fn a_copy_that_is_none_is_counted() {
    let mut way = Way::new(false);
    way.live.take(b"nothing of the kind", Instant::now());
    let others = way.live.stats().others;
    assert!(others.contains(&("events_undecodable", 1)));
}

#[test]
fn at_the_end_nothing_waits() {
    let mut way = Way::new(true);
    let close = Event::Close {
        modified: true,
        was_mapped_writable: None,
        file: file("/tmp/b.zip", 21, 9),
    };
    way.go(process(40, 1), close);
    assert!(!way.kinds().contains(&Kind::FILE_WRITTEN.0));
    way.live.end();
    assert_eq!(way.kinds(), [Kind::FILE_WRITTEN.0]);
    assert!(way.live.is_drained());
}
