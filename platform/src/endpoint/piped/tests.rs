//! A stream of messages on a pipe: whole, cut, endless, slow, and larger than its queue.

use std::io::{Read, Write as _};
use std::path::Path;
use std::time::Duration;

use ring_abi::{Body, Tag, decode};

use super::Piped;
use crate::source::{Progress, Source as _};

const WHILE: Duration = Duration::from_mins(1);

fn made() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/eslogger");
    std::fs::read(path.join("version_11.ndjson")).expect("a file of this project")
}

fn start(from: impl Read + Send + 'static) -> Piped {
    Piped::start(from, Some("mac"), None, 77).expect("a thread")
}

/// All records, taken a few at a time.
fn all(piped: &mut Piped, limit: usize) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    loop {
        let before = records.len();
        let mut take = |record: &[u8]| records.push(record.to_vec());
        match piped.poll(WHILE, limit, &mut take).expect("a stream") {
            Progress::Ended => return records,
            Progress::Records(handed) => {
                assert_eq!(records.len() - before, handed);
                assert!(handed <= limit);
            }
        }
    }
}

#[test]
fn the_stream_begins_with_its_host_and_is_numbered() {
    let text = made();
    let mut piped = start(std::io::Cursor::new(text));
    let records = all(&mut piped, 3);
    let first = decode(&records[0]).expect("a record");
    let Body::CaptureStart(opening) = first.body else {
        panic!("{first:?}");
    };
    assert_eq!((opening.wall_time, opening.boot_time), (77, 77));
    assert_eq!(first.tail.field(Tag::HOST), Some(&b"mac"[..]));
    for (number, record) in records.iter().enumerate() {
        let sequence = decode(record).expect("a record").header.sequence;
        assert_eq!(sequence, number as u64);
    }
    let stats = piped.stats();
    let delivered: u64 = stats.kinds.iter().map(|kind| kind.delivered).sum();
    assert_eq!(delivered, records.len() as u64);
    assert_eq!(all(&mut start(std::io::Cursor::new(made())), 4096), records);
}

#[test]
fn lines_are_told_as_they_come() {
    let (from, mut to) = std::io::pipe().expect("a pipe");
    let mut piped = start(from);
    let text = made();
    let mut told = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let (first, second) = line.split_at(line.len() / 2);
        to.write_all(first).expect("room in the pipe");
        to.write_all(second).expect("room in the pipe");
        if line.windows(9).any(|window| window == b"\"rename\":") {
            // It is there before anything else is written.
            let mut renamed = false;
            while !renamed {
                let mut take = |record: &[u8]| {
                    let record = decode(record).expect("a record");
                    renamed = matches!(record.body, Body::FileRenamed(_));
                };
                let progress = piped.poll(WHILE, 1, &mut take).expect("a stream");
                assert_eq!(progress, Progress::Records(1));
            }
            told += 1;
        }
    }
    assert_eq!(told, 2);
    drop(to);
    all(&mut piped, 100);
}

#[test]
fn nothing_to_read_is_no_end() {
    let (from, to) = std::io::pipe().expect("a pipe");
    let mut piped = start(from);
    let mut take = |_: &[u8]| {};
    let wait = Duration::from_millis(1);
    assert_eq!(
        piped.poll(wait, 9, &mut take).expect("a stream"),
        Progress::Records(1)
    );
    assert_eq!(
        piped.poll(wait, 9, &mut take).expect("a stream"),
        Progress::Records(0)
    );
    piped.close().expect("nothing is attached");
    assert_eq!(
        piped.poll(WHILE, 9, &mut take).expect("a stream"),
        Progress::Ended
    );
    drop(to);
}

#[test]
fn what_is_read_after_the_close_is_handed_out() {
    let mut piped = start(std::io::Cursor::new(made()));
    let mut records = 0;
    // What was not read yet is not waited for where something else is there to be handed out.
    while records < 3 {
        piped
            .poll(WHILE, 3 - records, &mut |_| records += 1)
            .expect("a stream");
    }
    piped.close().expect("nothing is attached");
    // The reader may not have read it all yet: what it has is handed out, and then the end.
    all(&mut piped, 7);
    let after = piped.poll(WHILE, 9, &mut |_| panic!("after the end"));
    assert_eq!(after.expect("a stream"), Progress::Ended);
}

#[test]
fn a_stream_larger_than_the_queue_is_taken_whole() {
    /// The same text again and again.
    struct Again(Vec<u8>, usize, usize);
    impl Read for Again {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            if self.1 == self.0.len() {
                if self.2 == 0 {
                    return Ok(0);
                }
                self.2 -= 1;
                self.1 = 0;
            }
            let length = (self.0.len() - self.1).min(into.len());
            into[..length].copy_from_slice(&self.0[self.1..self.1 + length]);
            self.1 += length;
            Ok(length)
        }
    }
    let text = made();
    let times = 2 * super::MOST_PIECES * super::PIECE / text.len();
    let mut piped = start(Again(text, 0, times));
    let mut handed = 0;
    while piped
        .poll(WHILE, 500, &mut |_| handed += 1)
        .expect("a stream")
        != Progress::Ended
    {}
    let stats = piped.stats();
    let events = stats.others.iter().find(|(name, _)| *name == "events");
    let lines = made().split(|byte| *byte == b'\n').count() - 1;
    assert_eq!(events.expect("counted").1, ((times + 1) * lines) as u64);
    assert!(handed > times);
}

#[test]
fn a_reader_that_fails_is_told() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("unplugged"))
        }
    }
    let mut piped = start(Failing);
    let mut take = |_: &[u8]| {};
    let error = loop {
        match piped.poll(WHILE, 9, &mut take) {
            Ok(Progress::Records(_)) => {}
            Ok(Progress::Ended) => panic!("it was told as an end"),
            Err(error) => break error.to_string(),
        }
    };
    assert!(
        error.contains("eslogger") && error.contains("unplugged"),
        "{error}"
    );
}
