//! The rules that look at the tree, one function each.
//!
//! Step: tooling. A rule gets the whole tree and gives complaints; it reads nothing else.

mod layout;
mod source;
mod words;

use super::{Complaint, Tree};

/// Every complaint about `tree`.
pub(crate) fn check(tree: &Tree) -> Vec<Complaint> {
    RULES.iter().flat_map(|rule| rule(tree)).collect()
}

/// A rule.
type Rule = fn(&Tree) -> Vec<Complaint>;

const RULES: [Rule; 14] = [
    layout::edges,
    layout::top_level,
    layout::module_names,
    layout::lengths,
    source::headings,
    source::system_switch,
    source::unsafe_address,
    source::forbidden_in_roots,
    source::serialization,
    source::expectations,
    source::tests_apart,
    source::names,
    words::left_behind,
    words::ignored_tests,
];

#[cfg(test)]
mod tests;
