//! Programs that keep to their budget and such as do not.

use super::{Budget, table};
use crate::bpf::chains::Program;

fn program(all: u64, stack: u64) -> Program {
    Program {
        name: "one".to_owned(),
        section: "tracepoint".to_owned(),
        own: 10,
        all,
        stack,
        chain: vec!["one".to_owned(), "two".to_owned()],
    }
}

fn budget(text: &str) -> Budget {
    Budget::parse(&format!(
        "stack = 512\nfollowed = 9\n[instructions]\n{text}"
    ))
    .expect("a budget")
}

#[test]
fn what_fits_is_not_complained_of() {
    assert_eq!(
        budget("one = 20").exceeded(&[program(20, 512)]),
        Vec::<String>::new()
    );
}

#[test]
fn what_is_too_large_is_named_with_its_chain() {
    let complaints = budget("one = 20\nthree = 5").exceeded(&[program(21, 544)]);
    assert_eq!(complaints.len(), 3);
    assert!(complaints[0].contains("544 bytes of stack") && complaints[0].contains("one > two"));
    assert!(complaints[1].contains("21 instructions"));
    assert!(complaints[2].starts_with("three is in"));
    assert!(budget("").exceeded(&[program(1, 32)])[0].contains("has no budget"));
}

#[test]
fn a_budget_that_lacks_something_is_refused() {
    assert!(Budget::parse("stack = 1\n[instructions]\n").is_err());
    assert!(Budget::parse("stack = 1\nfollowed = 'x'\n[instructions]\n").is_err());
}

#[test]
fn the_longest_stack_comes_first() {
    let mut other = program(5, 64);
    other.name = "other".to_owned();
    let text = table(&[other, program(9, 96)]);
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[1].contains("96") && lines[1].contains("one"));
    assert_eq!(lines[3], "longest chain: one > two");
}
