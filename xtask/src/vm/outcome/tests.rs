//! Answers that are given, missing, or nobody's.

use super::{answers, checks};

const SCRIPT: &str = "\
check one true\n\
  check two grep -q x file\n\
# check three\n\
checked=1\n";

#[test]
fn checks_are_named_in_the_script() {
    assert_eq!(checks(SCRIPT), ["one", "two"]);
}

#[test]
fn all_answered() {
    let told = answers(
        &checks(SCRIPT),
        "one\tok\tall is well\ntwo\tfailed\tno x\nend\n",
    );
    let told = told.expect("answers");
    assert_eq!(told.len(), 2);
    assert!(told[0].holds && told[0].seen == "all is well");
    assert!(!told[1].holds && told[1].seen == "no x");
}

#[test]
fn a_missing_answer_is_a_failure() {
    let told = answers(&checks(SCRIPT), "one\tok\t\nend\n").expect("answers");
    assert!(told[0].holds);
    assert!(!told[1].holds);
}

#[test]
fn a_script_that_did_not_end_has_failed() {
    let told = answers(&checks(SCRIPT), "one\tok\t\ntwo\tok\t\n").expect("answers");
    assert_eq!(told.iter().filter(|answer| !answer.holds).count(), 1);
}

#[test]
fn what_is_no_answer_is_an_error() {
    assert!(answers(&checks(SCRIPT), "one\tperhaps\t\nend\n").is_err());
    assert!(answers(&checks(SCRIPT), "three\tok\t\nend\n").is_err());
}
