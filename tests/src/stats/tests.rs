//! Counters are read as the daemon writes them; half of a file is no counters.

use super::{KindCounts, Stats};

const TEXT: &str = r#"{
    "source": {"FORK": {"emitted": 6, "delivered": 1, "dropped": {"RING_FULL": 3, "NESTED": 2}}},
    "records": {"undecodable": 0, "by_kind": {"FORK": 1, "LOSS": 1}}
}"#;

#[test]
fn reasons_are_added_up() {
    let stats = Stats::parse(TEXT).expect("whole counters");
    let counts = KindCounts {
        emitted: 6,
        delivered: 1,
        dropped: 5,
        decoded: 1,
    };
    assert_eq!(stats.kinds["FORK"], counts);
    assert_eq!(stats.sum(), counts);
    assert_eq!(stats.undecodable(), Some(0));
}

#[test]
fn what_is_not_whole_is_nothing() {
    assert!(Stats::parse(&TEXT[..40]).is_none());
    assert!(Stats::parse("{}").is_none());
    assert!(Stats::parse(&TEXT.replace("6,", "\"6\",")).is_none());
}
