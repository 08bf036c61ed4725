//! A real log.

use std::io::Cursor;

use ring_abi::{Kind, decode};

use super::read;
use crate::recording::tests::{all, recorded};
use crate::source::Source as _;

#[test]
fn a_real_log_of_sysmon_is_read_whole() {
    let name = "evtx/sysmon.evtx.gz";
    let Some(bytes) = recorded(name) else { return };
    let mut source = read(name, Cursor::new(bytes)).unwrap();
    let others = source.stats().others;
    let counter = |wanted| others.iter().find(|(name, _)| *name == wanted).unwrap().1;
    let records = all(&mut source).unwrap();
    let number = |kind: Kind| {
        let headers = records.iter().map(|record| decode(record).unwrap());
        let told = headers.filter(|it| !it.flags().has(ring_abi::Flags::RUNDOWN));
        told.filter(|it| it.header.kind == kind.0).count()
    };
    assert_eq!(counter("events"), 358);
    let found = [Kind::PROCESS_START, Kind::FILE_WRITTEN, Kind::FLOW_OPENED].map(number);
    assert_eq!(found, [227, 36, 2]);
    assert_eq!(counter("events_passed_over"), 358 - 227 - 36 - 2);
    assert_eq!(counter("events_unreadable"), 0);
    assert_eq!(counter("events_undecodable"), 0);
}

#[test]
fn what_is_no_log_is_refused() {
    let error = read("x.evtx", Cursor::new(b"nothing of the kind".to_vec())).unwrap_err();
    assert!(
        error.to_string().contains("x.evtx: not an event log"),
        "{error}"
    );
}
