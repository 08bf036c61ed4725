//! Streams of different clocks and hosts, merged.

use platform::SourceStats;
use ring_abi::{CaptureStart, Encoder, Fork, Header, Kind};

use super::*;

/// Records in memory, and a failure at their end where one is wanted.
struct Tape {
    records: std::vec::IntoIter<Vec<u8>>,
    failure: Option<SourceError>,
}

impl Source for Tape {
    fn poll(
        &mut self,
        _wait: Duration,
        limit: usize,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Progress, SourceError> {
        let batch: Vec<Vec<u8>> = self.records.by_ref().take(limit).collect();
        for record in &batch {
            take(record);
        }
        match (batch.len(), self.failure.take()) {
            (0, Some(failure)) => Err(failure),
            (0, None) => Ok(Progress::Ended),
            (number, failure) => {
                self.failure = failure;
                Ok(Progress::Records(number))
            }
        }
    }

    fn stats(&mut self) -> SourceStats {
        SourceStats::default()
    }

    fn close(&mut self) -> Result<(), SourceError> {
        Ok(())
    }
}

/// A recording of a host that was started at `booted`, with a fork of each pid at each time.
fn tape(host: &str, booted: u64, forks: &[(u64, u32)]) -> Tape {
    let start = CaptureStart {
        wall_time: booted,
        ..CaptureStart::default()
    };
    let mut records = vec![record(Kind::CAPTURE_START, 0, 0, &start.write(), host)];
    for (time, pid) in forks {
        records.push(record(
            Kind::FORK,
            *time,
            *pid,
            &Fork::default().write(),
            "",
        ));
    }
    Tape {
        records: records.into_iter(),
        failure: None,
    }
}

fn record(kind: Kind, time: u64, pid: u32, body: &[u8], host: &str) -> Vec<u8> {
    let mut buffer = [0; 512];
    let header = Header {
        time,
        pid,
        ..Header::default()
    };
    let mut encoder = Encoder::new(&mut buffer, kind, header, body).unwrap();
    if !host.is_empty() {
        encoder.field(Tag::HOST, host.as_bytes()).unwrap();
    }
    encoder.finish().to_vec()
}

/// (host, pid) of every fork, in the order of the merge.
fn merged(merge: &mut Merge<Tape>) -> Vec<(usize, u32)> {
    let mut order = Vec::new();
    while let Some(record) = merge.next() {
        let decoded = decode(record.bytes).unwrap();
        if matches!(decoded.body, Body::Fork(_)) {
            order.push((record.host, decoded.header.pid));
        }
    }
    order
}

#[test]
fn records_come_in_the_order_of_the_calendar() {
    let early = tape("a", 1_000, &[(100, 1), (300, 3)]);
    let late = tape("a", 1_100, &[(100, 2), (250, 4)]);
    let mut merge = Merge::new(vec![late, early]);
    assert_eq!(merged(&mut merge), [(0, 1), (0, 2), (0, 3), (0, 4)]);
    assert!(merge.outcome().is_ok());
}

#[test]
fn hosts_are_told_apart() {
    let tapes = vec![
        tape("a", 0, &[(10, 1)]),
        tape("b", 0, &[(5, 1)]),
        tape("a", 0, &[(20, 2)]),
    ];
    assert_eq!(merged(&mut Merge::new(tapes)), [(1, 1), (0, 1), (0, 2)]);
}

#[test]
fn a_stream_never_goes_back() {
    let ragged = tape("a", 0, &[(10, 1), (8, 2), (11, 3)]);
    let other = tape("a", 0, &[(9, 7)]);
    assert_eq!(
        merged(&mut Merge::new(vec![ragged, other])),
        [(0, 7), (0, 1), (0, 2), (0, 3)]
    );
}

#[test]
fn a_broken_recording_ends_alone() {
    let mut broken = tape("a", 0, &[(10, 1)]);
    broken.failure = Some(SourceError::Format("cut".to_owned()));
    let mut merge = Merge::new(vec![broken, tape("a", 0, &[(5, 2), (20, 3)])]);
    assert_eq!(merged(&mut merge), [(0, 2), (0, 1), (0, 3)]);
    assert!(matches!(merge.outcome(), Err(SourceError::Format(_))));
}
