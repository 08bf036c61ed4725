//! Scenarios as data: events in, findings out.
//!
//! Each `.txt` file beside this one holds scenarios in the notation of `notation`. Every scenario
//! is played straight through, played again for the same findings, and played once more with a
//! restart after every event, which must not change anything either.

mod acts;
mod expected;
mod macs;
mod notation;
mod player;
mod properties;
mod samples;
mod settings;

use std::fmt::Write;
use std::sync::Arc;

use correlator::{Catalogue, Finding, Knobs, System};

use expected::{fits, matches, summaries};
use notation::{Scenario, Step};
use player::Player;

#[test]
fn utilities() {
    check_file(include_str!("utilities.txt"));
}

#[test]
fn libraries() {
    check_file(include_str!("libraries.txt"));
}

#[test]
fn code() {
    check_file(include_str!("code.txt"));
}

#[test]
fn custom_methods() {
    check_file(include_str!("custom.txt"));
}

#[test]
fn staging() {
    check_file(include_str!("staging.txt"));
}

#[test]
fn carrying_out() {
    check_file(include_str!("carrying.txt"));
}

#[test]
fn names() {
    check_file(include_str!("names.txt"));
}

#[test]
fn benign_work() {
    check_file(include_str!("benign.txt"));
}

#[test]
fn windows_utilities() {
    check_windows(include_str!("windows_utilities.txt"));
}

#[test]
fn windows_scripts() {
    check_windows(include_str!("windows_scripts.txt"));
}

#[test]
fn windows_libraries_and_custom_methods() {
    check_windows(include_str!("windows_libraries.txt"));
}

#[test]
fn windows_staging() {
    check_windows(include_str!("windows_staging.txt"));
}

#[test]
fn windows_benign_work() {
    check_windows(include_str!("windows_benign.txt"));
}

#[test]
fn macos_utilities() {
    check_macos(include_str!("macos_utilities.txt"));
}

#[test]
fn macos_libraries_and_custom_methods() {
    check_macos(include_str!("macos_libraries.txt"));
}

#[test]
fn macos_staging() {
    check_macos(include_str!("macos_staging.txt"));
}

#[test]
fn macos_benign_work() {
    check_macos(include_str!("macos_benign.txt"));
}

fn check_file(text: &str) {
    check_all(text, &Knobs::default());
}

fn check_windows(text: &str) {
    let knobs = Knobs {
        system: System::Windows,
        ..Knobs::default()
    };
    check_all(text, &knobs);
}

fn check_macos(text: &str) {
    let knobs = Knobs {
        system: System::MacOs,
        ..Knobs::default()
    };
    check_all(text, &knobs);
}

fn check_all(text: &str, knobs: &Knobs) {
    let catalogue = Arc::new(Catalogue::builtin());
    let mut wrong = String::new();
    for scenario in notation::parse(text) {
        if let Err(problem) = check(&catalogue, knobs, &scenario) {
            writeln!(wrong, "== {}\n{problem}", scenario.name).expect("a string takes everything");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn check(catalogue: &Arc<Catalogue>, knobs: &Knobs, scenario: &Scenario) -> Result<(), String> {
    let mut player = Player::new(catalogue, knobs.clone());
    let mut expected = Vec::new();
    for line in &scenario.lines {
        player.play(&line.step);
        let said = |player: &Player| summaries(&player.latest.iter().collect::<Vec<_>>());
        match &line.step {
            Step::Told(level) if !told_of(&player.latest, level) => {
                let said = said(&player);
                return Err(format!("line {}: told {level}, not\n{said}", line.number));
            }
            Step::Quiet if !player.latest.is_empty() => {
                let said = said(&player);
                return Err(format!("line {}: quiet, not\n{said}", line.number));
            }
            Step::Expect(Some(one)) => expected.push(one),
            _ => {}
        }
    }
    let findings = player.findings();
    let all_fit = findings.len() == expected.len()
        && findings
            .iter()
            .zip(&expected)
            .all(|(finding, expected)| matches(finding, expected));
    if !all_fit {
        return Err(format!(
            "expected {expected:?}, not\n{}",
            summaries(&findings)
        ));
    }
    let mut again = Player::new(catalogue, knobs.clone());
    let mut restarted = Player::new(catalogue, knobs.clone());
    for line in &scenario.lines {
        again.play(&line.step);
        restarted.play(&line.step);
        restarted.restart(catalogue, knobs.clone());
    }
    if again.told != player.told {
        return Err("the same events gave other findings".to_owned());
    }
    if restarted.findings().len() != findings.len() {
        return Err(format!(
            "with restarts\n{}",
            summaries(&restarted.findings())
        ));
    }
    for (one, other) in restarted.findings().into_iter().zip(&findings) {
        // Times differ by the rundowns; all else must not.
        let same = one.severity == other.severity
            && one.score == other.score
            && one.techniques == other.techniques
            && one.revision == other.revision
            && one.outputs == other.outputs;
        if !same {
            return Err(format!("with restarts\n{}", summaries(&[one, other])));
        }
    }
    Ok(())
}

/// Whether something of that severity was told.
fn told_of(findings: &[Finding], level: &str) -> bool {
    findings.iter().any(|finding| fits(finding.severity, level))
}
