//! Lines of `eslogger` as records: real ones, those written by us, broken and endless ones.

use std::fmt::Write as _;
use std::path::PathBuf;

use expect_test::{ExpectFile, expect_file};
use ring_abi::{Body, Kind, Known, Record, Tag, decode};

use super::read;
use crate::recording::tests::{all, recorded_plain};
use crate::source::{Source as _, SourceError};

const VERSIONS: [u32; 7] = [6, 7, 8, 9, 10, 11, 12];

/// The records of a text, and the counters.
fn records(text: &[u8]) -> Result<(Vec<Vec<u8>>, Counters), SourceError> {
    let mut source = read("made.ndjson", &mut &*text)?;
    let records = all(&mut source)?;
    Ok((records, Counters(source.stats().others)))
}

/// What a source counted.
#[derive(Debug)]
struct Counters(Vec<(&'static str, u64)>);

fn counter(counters: &Counters, name: &str) -> u64 {
    let found = counters.0.iter().find(|(known, _)| *known == name);
    found.expect(name).1
}

/// What our own messages of a version say; see the folder's README.
fn made(version: u32) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/eslogger")
        .join(format!("version_{version:02}.ndjson"));
    std::fs::read(&path).expect("a file of this project")
}

/// Records as lines of text; times and starts count from the first record.
fn told(records: &[Vec<u8>]) -> String {
    let mut text = String::new();
    let begin = decode(&records[0]).expect("a record").header.time;
    for bytes in records {
        let record = decode(bytes).expect("a record");
        let header = record.header;
        let kind = Kind::ALL.iter().find(|(kind, _)| kind.0 == header.kind);
        let since = |time: u64| time.wrapping_sub(begin) as i64;
        write!(
            text,
            "{} {} by {}",
            since(header.time),
            kind.expect("a known kind").1,
            header.pid
        )
        .expect("a string takes everything");
        if header.start_time != 0 {
            write!(text, " of {}", since(header.start_time)).expect("a string takes everything");
        }
        if header.flags != 0 {
            write!(text, " flags {}", header.flags).expect("a string takes everything");
        }
        text.push('\n');
        write!(text, "    {}", body(&record, begin)).expect("a string takes everything");
        text.push('\n');
        for (tag, name) in Tag::ALL {
            if let Some(value) = record.tail.field(*tag) {
                let value = match *tag {
                    Tag::RESPONSIBLE | Tag::CODE_HASH => format!("{value:02x?}"),
                    _ => String::from_utf8_lossy(value).replace('\0', "␀"),
                };
                writeln!(text, "    {name} {value}").expect("a string takes everything");
            }
        }
    }
    text
}

/// A body without its padding and its zeros.
fn body(record: &Record<'_>, begin: u64) -> String {
    let text = match &record.body {
        Body::CaptureStart(start) => format!("system: {}", start.system),
        other => {
            let text = format!("{other:?}");
            let inner = text.split_once("{ ").map_or("", |(_, inner)| inner);
            inner.trim_end_matches([' ', '}', ')']).to_owned()
        }
    };
    let names = |field: &str| {
        let (name, value) = field.split_once(": ").unwrap_or((field, ""));
        if value == "0" || name == "_pad" {
            return None;
        }
        let number = value.parse::<u64>().ok();
        Some(match (name, number) {
            ("known", Some(known)) => {
                let bits = Known::ALL.iter();
                let bits: Vec<_> = bits
                    .filter(|(bit, _)| Known(known as u32).has(*bit))
                    .map(|(_, name)| *name)
                    .collect();
                format!("known: {}", bits.join("+"))
            }
            // Times count from the first record, too.
            ("opened" | "opener_start" | "parent_start" | "child_start", Some(time)) => {
                format!("{name}: {}", time.wrapping_sub(begin) as i64)
            }
            _ => field.to_owned(),
        })
    };
    text.split(", ")
        .filter_map(names)
        .collect::<Vec<_>>()
        .join(", ")
}

fn fixture() -> ExpectFile {
    expect_file!["../../../../tests/fixtures/eslogger/records.txt"]
}

#[test]
fn every_version_tells_the_same_records() {
    for version in VERSIONS {
        let (records, counters) = records(&made(version)).expect("whole messages");
        fixture().assert_eq(&told(&records));
        let later = u64::from(version == 12);
        assert_eq!(counter(&counters, "events_undecodable"), 0, "{version}");
        assert_eq!(counter(&counters, "lines_broken"), 0, "{version}");
        assert_eq!(counter(&counters, "messages_lost"), 0, "{version}");
        assert_eq!(counter(&counters, "members_unknown"), later, "{version}");
    }
}

#[test]
fn real_lines_decode_exactly() {
    let Some(lines) = recorded_plain("macos/eslogger.ndjson") else {
        return;
    };
    let mut text = String::new();
    // They are of three hosts, so that each is read by itself.
    for line in lines.split(|byte| *byte == b'\n') {
        if line.is_empty() {
            continue;
        }
        let (records, counters) = records(line).expect("a real line");
        assert_eq!(counter(&counters, "events"), 1);
        assert_eq!(counter(&counters, "members_unknown"), 0);
        text.push_str(&told(&records));
        text.push('\n');
    }
    expect_file!["real_lines.txt"].assert_eq(&text);
}

#[test]
fn pieces_of_any_length_give_the_same() {
    /// Hands out a few bytes at a time.
    struct Slow<'t>(&'t [u8], usize);
    impl std::io::Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let length = self.1.min(into.len());
            self.1 = self.1 % 7919 + 1013;
            (&mut self.0).take(length as u64).read(into)
        }
    }
    let text = made(11);
    let (whole, _) = records(&text).expect("whole messages");
    let mut source = read("made.ndjson", &mut Slow(&text, 1)).expect("whole messages");
    assert_eq!(all(&mut source).expect("records"), whole);
}

#[test]
fn broken_lines_cost_themselves_alone() {
    let text = String::from_utf8(made(9)).expect("text");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let count = lines.len() as u64;
    lines.insert(3, "{\"event\": ".to_owned());
    lines.insert(5, "no JSON at all".to_owned());
    lines.insert(7, "{\"version\": 9}".to_owned());
    lines.insert(9, String::new());
    lines.push("{\"time\": \"2026".to_owned());
    let (records_, counters) = records(lines.join("\r\n").as_bytes()).expect("messages");
    fixture().assert_eq(&told(&records_));
    assert_eq!(counter(&counters, "lines"), count + 4);
    assert_eq!(counter(&counters, "lines_broken"), 3);
    assert_eq!(counter(&counters, "events_undecodable"), 1);
    assert_eq!(counter(&counters, "events"), count + 1);
}

#[test]
fn endless_lines_are_left_out_in_bounded_memory() {
    /// A line of so many bytes, and then another text.
    struct Long<'t>(usize, &'t [u8]);
    impl std::io::Read for Long<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            if self.0 == 0 {
                return self.1.read(into);
            }
            let length = self.0.min(into.len());
            into[..length].fill(b'x');
            self.0 -= length;
            if self.0 == 0 {
                into[length - 1] = b'\n';
            }
            Ok(length)
        }
    }
    let text = made(9);
    for length in [super::LONGEST, super::LONGEST + 2, 5 * super::LONGEST] {
        let mut source = read("made.ndjson", &mut Long(length, &text)).expect("messages");
        fixture().assert_eq(&told(&all(&mut source).expect("records")));
        let counters = Counters(source.stats().others);
        let too_long = u64::from(length > super::LONGEST + 1);
        assert_eq!(counter(&counters, "lines_too_long"), too_long, "{length}");
        assert_eq!(counter(&counters, "lines_broken"), 1 - too_long, "{length}");
    }
}

#[test]
fn a_lost_line_is_told_as_lost() {
    let text = String::from_utf8(made(11)).expect("text");
    let mut lines: Vec<&str> = text.lines().collect();
    // The close of the file that was written, and the open of a second keychain before it.
    lines.remove(12);
    lines.remove(5);
    let (records, counters) = records(lines.join("\n").as_bytes()).expect("messages");
    let losses: Vec<_> = records
        .iter()
        .filter_map(|record| match decode(record).expect("a record").body {
            Body::Loss(loss) => Some((loss.count, loss.kind, loss.reason)),
            _ => None,
        })
        .collect();
    let gap = ring_abi::LossReason::GAP.0;
    assert_eq!(counter(&counters, "messages_lost"), 2);
    // Of which type they were is known where the messages around the gap are of the same.
    let directory = u32::from(Kind::DIRECTORY_READ.0);
    assert_eq!(losses, [(1, directory, gap), (1, 0, gap)]);
}

#[test]
fn what_holds_no_message_is_refused() {
    for text in [
        "",
        "\n\n",
        "{}\n{}",
        "[1, 2]",
        "{\"event\": {\"exec\": {}}}",
    ] {
        let error = records(text.as_bytes()).expect_err(text).to_string();
        assert!(error.contains("made.ndjson"), "{error}");
    }
}
