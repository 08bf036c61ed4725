//! Refusals, plain and wrapped, and the words for them.

use super::{Refusal, error, plain};
use crate::source::SourceError;

#[test]
fn both_forms_of_a_number_mean_the_same() {
    for (code, refusal) in [
        (5, Refusal::Denied),
        (-2_147_024_891, Refusal::Denied),
        (183, Refusal::Exists),
        (-2_147_024_713, Refusal::Exists),
        (-2_147_023_446, Refusal::Full),
        (87, Refusal::Invalid),
        (4201, Refusal::Absent),
        (13, Refusal::Other(13)),
        (-2_147_467_259, Refusal::Other(0x8000_4005)),
    ] {
        assert_eq!(Refusal::of(code), refusal, "{code}");
    }
    assert_eq!(plain(0), 0);
}

#[test]
fn who_may_not_is_told_who_may() {
    let told = error("starting the session Packhound-Process", -2_147_024_891);
    let SourceError::Privilege(text) = told else {
        panic!("{told:?}")
    };
    for word in [
        "Packhound-Process",
        "Administrator",
        "SYSTEM",
        "Performance Log Users",
    ] {
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn every_refusal_says_what_and_what_to_do() {
    for (code, word) in [
        (183, "logman stop"),
        (1450, "logman query"),
        (50, "Windows 8.1"),
        (4201, "again"),
    ] {
        let told = error("listening", code);
        assert!(matches!(told, SourceError::Unsupported(_)), "{told:?}");
        let text = told.to_string();
        assert!(text.contains("listening") && text.contains(word), "{text}");
    }
    let told = error("listening", 13).to_string();
    assert!(told.contains("listening"), "{told}");
}
