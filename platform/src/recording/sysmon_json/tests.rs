//! Real recordings, and ones that break off.

use ring_abi::{Kind, decode};

use super::read;
use crate::recording::tests::{all, recorded};
use crate::source::Source as _;

#[test]
fn real_recordings_are_read_whole() {
    for (name, counts) in [
        (
            "sysmon/sysmon-rta.json.gz",
            // Events, then records by kind; the last are processes that were running before.
            [37_356, 291, 283, 9_811, 240, 87, 15],
        ),
        (
            "sysmon/sysmon-atomic-red-team.json.gz",
            [19_882, 435, 431, 5_309, 60, 23, 19],
        ),
    ] {
        let Some(bytes) = recorded(name) else {
            continue;
        };
        let mut source = read(name, &mut &*bytes).unwrap();
        let others = source.stats().others;
        let counter = |wanted| others.iter().find(|(name, _)| *name == wanted).unwrap().1;
        let records = all(&mut source).unwrap();
        let number = |kind: Kind, rundown: bool| {
            let mut found = 0;
            for record in &records {
                let record = decode(record).unwrap();
                let told = record.flags().has(ring_abi::Flags::RUNDOWN) == rundown;
                found += u64::from(record.header.kind == kind.0 && told);
            }
            found
        };
        let found = [
            counter("events"),
            number(Kind::PROCESS_START, false),
            number(Kind::EXIT, false),
            number(Kind::LIBRARY_LOAD, false),
            number(Kind::FILE_WRITTEN, false),
            number(Kind::FLOW_OPENED, false),
            number(Kind::PROCESS_START, true),
        ];
        assert_eq!(found, counts, "{name}");
        assert_eq!(counter("events_undecodable"), 0);
        let told: u64 = found[1..6].iter().sum();
        assert_eq!(counter("events_passed_over"), found[0] - told);
        let times: Vec<u64> = records
            .iter()
            .map(|record| decode(record).unwrap().header.time)
            .collect();
        assert!(times.is_sorted());
    }
}

#[test]
fn what_breaks_off_is_told_after_what_was_read() {
    let event = r#"{"EventId":5,"ProcessId":1,"UtcTime":"2018-12-04 00:42:45.727"}"#;
    for text in [
        format!("[{event},{event},{{\"a\""),
        format!("{event}\n{event}\nnonsense"),
    ] {
        let mut source = read("x.json", &mut text.as_bytes()).unwrap();
        let mut records = 0;
        let error = loop {
            match source.poll(std::time::Duration::ZERO, 10, &mut |_| records += 1) {
                Ok(crate::Progress::Records(_)) => {}
                Ok(crate::Progress::Ended) => panic!("it broke off"),
                Err(error) => break error.to_string(),
            }
        };
        assert_eq!(records, 3, "two events and the capture's start");
        assert!(error.contains("x.json: at byte"), "{error}");
    }
    let nothing = read("x.json", &mut &b"nonsense"[..]).unwrap_err();
    assert!(nothing.to_string().contains("no JSON"));
}
