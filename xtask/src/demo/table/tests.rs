//! The table fits its width, whatever stands in it.

use super::{WIDTH, cut, expected, rule};
use harness::{Expectation, Severity};

fn columns(text: &str) -> usize {
    text.chars().count()
}

#[test]
fn lines_across_are_as_wide_as_the_table() {
    assert_eq!(columns(&rule("")), WIDTH);
    assert_eq!(columns(&rule("packing")), WIDTH);
}

#[test]
fn long_texts_are_cut_and_say_so() {
    assert_eq!(cut("short", 5), "short");
    assert_eq!(cut("longer", 5), "long…");
}

#[test]
fn expectations_fit_their_column() {
    for severity in [
        Severity::Informational,
        Severity::Medium,
        Severity::Critical,
    ] {
        let finding = Expectation::Finding {
            any_of: vec!["T1560.001".to_owned()],
            also: Vec::new(),
            least: severity,
            mentions: Vec::new(),
        };
        assert!(columns(&expected(&finding)) < 21, "{}", expected(&finding));
        let silent = Expectation::Silent { from: severity };
        assert!(columns(&expected(&silent)) < 20);
    }
}

#[test]
fn every_title_of_the_demo_fits() {
    let root = crate::workspace::root().expect("the tests run in the workspace");
    let scenarios = harness::load_scenarios(&root.join("tests/scenarios")).expect("they are right");
    let shown = scenarios.iter().filter(|scenario| scenario.demo.is_some());
    for scenario in shown.clone() {
        assert!(columns(&scenario.title) <= 45, "{}", scenario.title);
    }
    assert_eq!(shown.count(), 12);
}
