//! What a line must hold to be a finding.

use std::time::Instant;

use super::{Finding, Severity};

const LINE: &str = r#"{"class_uid":2004,"activity_name":"Update","severity_id":3,
"finding_info":{"uid":"u1","title":"t","attacks":[{"sub_technique":{"uid":"T1560.001"}}]},
"evidences":[{"process":{"pid":7,"parent_process":{"pid":6}}}],
"unmapped":{"packhound":{"gaps":{"lost":5}}}}"#;

#[test]
fn a_finding_is_read() {
    let finding = Finding::parse(LINE, Instant::now()).expect("a whole finding");
    assert_eq!(finding.uid, "u1");
    assert_eq!(finding.activity, "Update");
    assert_eq!(finding.severity, Severity::Medium);
    assert_eq!(finding.techniques, ["T1560.001"]);
    assert_eq!(finding.pids.into_iter().collect::<Vec<_>>(), [6, 7]);
}

#[test]
fn gaps_are_read() {
    let finding = Finding::parse(LINE, Instant::now()).expect("a whole finding");
    assert_eq!(finding.lost(), 5);
}

#[test]
fn anything_else_is_refused() {
    let refused = |line: &str| Finding::parse(line, Instant::now()).is_err();
    assert!(refused("ready"));
    assert!(refused("{}"));
    assert!(refused(&LINE.replace("2004", "2003")));
    assert!(refused(
        &LINE.replace("\"severity_id\":3", "\"severity_id\":9")
    ));
}
