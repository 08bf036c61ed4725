//! What counts as right.

use std::time::Instant;

use super::{Verdict, judge};
use crate::finding::{Finding, Severity};
use crate::scenario::Expectation;

fn finding(severity: u8, technique: &str) -> Finding {
    let line = format!(
        r#"{{"class_uid":2004,"activity_name":"Create","severity_id":{severity},
        "finding_info":{{"uid":"u","title":"t",
        "attacks":[{{"sub_technique":{{"uid":"{technique}"}}}}]}}}}"#
    );
    Finding::parse(&line, Instant::now()).expect("a whole finding")
}

fn expect(any_of: &[&str], also: &[&str], least: Severity) -> Expectation {
    let texts = |items: &[&str]| items.iter().map(|&item| item.to_owned()).collect();
    Expectation::Finding {
        any_of: texts(any_of),
        also: texts(also),
        least,
        mentions: Vec::new(),
    }
}

#[test]
fn silence_is_broken_from_its_severity_on() {
    let silent = Expectation::Silent {
        from: Severity::Medium,
    };
    assert_eq!(judge(&silent, &[]), Verdict::Right);
    assert_eq!(judge(&silent, &[finding(2, "T1560.001")]), Verdict::Right);
    assert_ne!(judge(&silent, &[finding(3, "T1560.001")]), Verdict::Right);
}

#[test]
fn a_finding_needs_technique_and_severity() {
    let expected = expect(&["T1560.001", "T1560.002"], &[], Severity::Medium);
    assert_ne!(judge(&expected, &[]), Verdict::Right);
    assert_ne!(judge(&expected, &[finding(2, "T1560.001")]), Verdict::Right);
    assert_ne!(judge(&expected, &[finding(5, "T1560.003")]), Verdict::Right);
    assert_eq!(judge(&expected, &[finding(3, "T1560.002")]), Verdict::Right);
}

#[test]
fn further_techniques_may_be_in_further_findings() {
    let expected = expect(&["T1560.001"], &["T1074.001"], Severity::Low);
    let packed = finding(2, "T1560.001");
    assert_ne!(
        judge(&expected, std::slice::from_ref(&packed)),
        Verdict::Right
    );
    let staged = finding(1, "T1074.001");
    assert_eq!(judge(&expected, &[packed, staged]), Verdict::Right);
}
