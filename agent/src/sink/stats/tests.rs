//! The counters as a program reads them.

use expect_test::expect;
use ring_abi::DecodeError;

use super::*;

#[test]
fn a_run_with_loss() {
    let mut counters = Counters::default();
    counters.decoded(Kind::FORK.0);
    counters.decoded(Kind::LOSS.0);
    counters.refused(DecodeError::Length(3));
    counters.lost = 5;
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
