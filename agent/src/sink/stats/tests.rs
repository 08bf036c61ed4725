//! The counters as a program reads them.

use expect_test::expect;
use ring_abi::{Encoder, Header};

use super::*;

#[test]
fn a_run_with_loss() {
    let mut counters = Counters::default();
    let loss = ring_abi::Loss {
        count: 5,
        ..ring_abi::Loss::default()
    };
    let fork = ring_abi::Fork::default();
    assert!(counters.see(&record(Kind::FORK, &fork.write())).is_some());
    assert!(counters.see(&record(Kind::LOSS, &loss.write())).is_some());
    assert!(counters.see(&3_u32.to_le_bytes()).is_none());
    counters.findings = 2;
    let source = SourceStats {
        kinds: vec![KindStats {
            kind: Kind::FORK.0,
            emitted: 6,
            delivered: 1,
            dropped: vec![(LossReason::RING_FULL.0, 5)],
        }],
        others: vec![("evicted", 1)],
    };
    let mut stats = Stats::new(&counters, source);
    stats.told(2);
    expect![[r#"
        records read 3, undecodable 1, lost 5, left out 0; findings made 2, told 2
        FORK: emitted 6 = delivered 1 + dropped 5"#]]
    .assert_eq(&stats.line());
    expect![[r#"
        {
          "source": {
            "FORK": {
              "emitted": 6,
              "delivered": 1,
              "dropped": {
                "RING_FULL": 5
              }
            }
          },
          "source_others": {
            "evicted": 1
          },
          "records": {
            "read": 3,
            "undecodable": 1,
            "undecodable_by_reason": {
              "length": 1
            },
            "by_kind": {
              "FORK": 1,
              "LOSS": 1
            },
            "unknown_fields": 0,
            "lost": 5,
            "left_out": 0
          },
          "findings": {
            "made": 2,
            "dropped": 0,
            "repeated": 0,
            "kept": 0,
            "unkept": 0,
            "told": 2,
            "untold": 0
          },
          "reconciles": true
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&stats).unwrap());
}

fn record(kind: Kind, body: &[u8]) -> Vec<u8> {
    let mut buffer = [0; 256];
    let encoder = Encoder::new(&mut buffer, kind, Header::default(), body);
    encoder.expect("a record").finish().to_vec()
}
