//! Whole, cut and foreign files.

use std::fs;
use std::time::Duration;

use ring_abi::{Encoder, Fork, Header, Kind};

use super::{RingFileReader, RingFileWriter, whole_records};
use crate::source::{Progress, Source, SourceError};

fn record(pid: u32) -> Vec<u8> {
    let mut buffer = [0; 128];
    let header = Header {
        pid,
        ..Header::default()
    };
    let body = Fork {
        child_start: 1,
        child_pid: pid + 1,
        _pad: 0,
    };
    Encoder::new(&mut buffer, Kind::FORK, header, &body.write())
        .unwrap()
        .finish()
        .to_vec()
}

fn read_all(path: &std::path::Path) -> (Vec<Vec<u8>>, Result<Progress, SourceError>) {
    let mut reader = RingFileReader::open(path).unwrap();
    let mut records = Vec::new();
    loop {
        match reader.poll(Duration::ZERO, 3, &mut |bytes| records.push(bytes.to_vec())) {
            Ok(Progress::Records(_)) => {}
            other => return (records, other),
        }
    }
}

#[test]
fn what_was_appended_is_read_back_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture.phr");
    let expected: Vec<_> = (0..10).map(record).collect();
    let mut writer = RingFileWriter::create(&path).unwrap();
    for record in &expected {
        writer.append(record).unwrap();
    }
    writer.sync().unwrap();
    let (found, end) = read_all(&path);
    assert_eq!(found, expected);
    assert!(matches!(end, Ok(Progress::Ended)));
}

#[test]
fn a_cut_recording_gives_its_whole_records_and_then_says_where_it_was_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture.phr");
    let mut writer = RingFileWriter::create(&path).unwrap();
    writer.append(&record(1)).unwrap();
    writer.append(&record(2)).unwrap();
    writer.sync().unwrap();
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 5]).unwrap();
    let (found, end) = read_all(&path);
    assert_eq!(found, [record(1)]);
    let text = end.unwrap_err().to_string();
    assert!(
        text.contains("at byte 72") && text.contains("59 of 64"),
        "{text}"
    );
}

#[test]
fn a_foreign_file_is_refused_with_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    for content in [&b""[..], b"PK\x03\x04", b"PHREC\x02\r\n........"] {
        let path = folder.path().join("foreign");
        fs::write(&path, content).unwrap();
        let error = RingFileReader::open(&path).unwrap_err();
        assert!(matches!(error, SourceError::Format(_)), "{error}");
    }
}

#[test]
fn an_existing_file_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture.phr");
    fs::write(&path, b"precious").unwrap();
    assert!(RingFileWriter::create(&path).is_err());
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}

#[test]
fn a_part_written_buffer_counts_only_whole_records() {
    let mut buffer = ring_abi::RECORDING_MAGIC.to_vec();
    buffer.extend(record(1));
    buffer.extend(record(2));
    assert_eq!(whole_records(&buffer, buffer.len()), buffer.len());
    assert_eq!(whole_records(&buffer, buffer.len() - 1), 8 + 64);
    assert_eq!(whole_records(&buffer, 9), 8);
    assert_eq!(whole_records(&buffer, 3), 3);
}
