//! The scenarios of macOS, told by messages of its kernel instead of by events.
//!
//! Step: all of them, in tests. What `correlator/tests/scenarios` says of a Mac happens here again,
//! as a client of `EndpointSecurity` hears of it: what runs already, then messages through the
//! filter and as copies, with looks at what is closed, and so to records, events and findings. What
//! is expected is the same. Invariant: a line that no message can tell is one of those that
//! [`Mac::play`] names.

#[path = "../../../correlator/tests/scenarios/expected.rs"]
mod expected;
mod mac;
#[path = "../../../correlator/tests/scenarios/macs.rs"]
mod macs;
#[path = "../../../correlator/tests/scenarios/notation.rs"]
#[expect(dead_code, reason = "what is told between two lines is not looked at")]
mod notation;
#[path = "../../../correlator/tests/scenarios/samples.rs"]
mod samples;

use std::fmt::Write as _;

use mac::Mac;
use notation::{Scenario, Step};

#[test]
fn utilities() {
    check(include_str!(
        "../../../correlator/tests/scenarios/macos_utilities.txt"
    ));
}

#[test]
fn libraries_and_custom_methods() {
    check(include_str!(
        "../../../correlator/tests/scenarios/macos_libraries.txt"
    ));
}

#[test]
fn staging() {
    check(include_str!(
        "../../../correlator/tests/scenarios/macos_staging.txt"
    ));
}

#[test]
fn benign_work() {
    check(include_str!(
        "../../../correlator/tests/scenarios/macos_benign.txt"
    ));
}

fn check(text: &str) {
    let mut wrong = String::new();
    for scenario in notation::parse(text) {
        if let Err(said) = played(&scenario) {
            let name = &scenario.name;
            writeln!(wrong, "== {name}\n{said}").expect("a string takes everything");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn played(scenario: &Scenario) -> Result<(), String> {
    let mut mac = Mac::new();
    let mut wanted = Vec::new();
    for line in &scenario.lines {
        mac.play(&line.step);
        if let Step::Expect(Some(one)) = &line.step {
            wanted.push(one);
        }
    }
    let told = mac.end()?;
    let findings = expected::latest(&told);
    let all_fit = findings.len() == wanted.len()
        && findings
            .iter()
            .zip(&wanted)
            .all(|(finding, wanted)| expected::matches(finding, wanted));
    if all_fit {
        return Ok(());
    }
    let said = expected::summaries(&findings);
    Err(format!("expected {wanted:?}, not\n{said}"))
}
