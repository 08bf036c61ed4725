//! A slip in a scenario's file is told, never read as something weaker.

use std::path::Path;

use super::{Expectation, load_scenarios, parse};
use crate::finding::Severity;

fn problem(lines: &str) -> String {
    let text = format!("[[scenario]]\nname = \"a\"\ntitle = \"t\"\nscript = \":\"\n{lines}");
    match parse(&text) {
        Ok(_) => String::new(),
        Err(problem) => problem,
    }
}

#[test]
fn expectations() {
    assert_eq!(problem("silent = \"medium\""), "");
    assert_eq!(problem("technique = \"T1\"\nleast = \"low\""), "");
    let either = "a: either silent, or technique and least";
    assert_eq!(problem(""), either);
    assert_eq!(problem("technique = \"T1\""), either);
    assert_eq!(problem("least = \"low\""), either);
    assert_eq!(problem("silent = \"low\"\ntechnique = \"T1\""), either);
}

#[test]
fn slips() {
    assert_eq!(problem("silent = \"loud\""), "a: unknown severity loud");
    assert_eq!(
        problem("silent = \"low\"\nsetup_ = \"\""),
        "a: unknown key setup_"
    );
    assert_eq!(
        problem("silent = \"low\"\nshell = \"fish\""),
        "a: unknown shell fish"
    );
    assert_eq!(
        problem("silent = \"low\"\nneeds = [1]"),
        "a: needs is a list of texts"
    );
    assert!(parse("other = 1").is_err());
}

#[test]
fn one_text_is_a_list_of_one() {
    let text = "[[scenario]]\nname = \"a\"\ntitle = \"t\"\nscript = \":\"\n\
                technique = \"T1560.001\"\nleast = \"high\"";
    let scenarios = parse(text).expect("it is right");
    assert_eq!(
        scenarios[0].expectation,
        Expectation::Finding {
            any_of: vec!["T1560.001".to_owned()],
            also: Vec::new(),
            least: Severity::High,
            mentions: Vec::new(),
        }
    );
}

#[test]
fn the_projects_own_scenarios_are_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let scenarios = load_scenarios(&folder).expect("every file is right");
    assert!(scenarios.len() > 30, "{}", scenarios.len());
}
