//! Rules about words that must not be left behind in any text file.
//!
//! Step: tooling. The words are put together here from halves, so that this file keeps its rule.

use crate::tidy::{Complaint, Tree};

/// Nothing is left for later.
pub(crate) fn left_behind(tree: &Tree) -> Vec<Complaint> {
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("X", "XX"),
    ];
    let macros = [concat!("to", "do!"), concat!("unimple", "mented!")];
    find(tree, "left-behind", |line| {
        let found = words
            .iter()
            .find(|word| {
                line.split(|c: char| !c.is_alphanumeric() && c != '_')
                    .any(|found| found == **word)
            })
            .or_else(|| macros.iter().find(|name| line.contains(**name)))?;
        Some(format!("`{found}`: do it now, or write an issue"))
    })
}

/// No test is switched off.
pub(crate) fn ignored_tests(tree: &Tree) -> Vec<Complaint> {
    let attribute = concat!("#[ig", "nore");
    find(tree, "ignored-test", |line| {
        line.contains(attribute)
            .then(|| "a test that is switched off proves nothing: mend or delete it".to_owned())
    })
}

/// One complaint for each line of text for which `judge` has one.
fn find(tree: &Tree, rule: &'static str, judge: impl Fn(&str) -> Option<String>) -> Vec<Complaint> {
    let mut found = Vec::new();
    for file in &tree.files {
        if !TEXT.iter().any(|end| file.path.ends_with(end)) {
            continue;
        }
        for (at, line) in file.text.lines().enumerate() {
            if let Some(text) = judge(line) {
                found.push(Complaint::new(rule, &file.path, at + 1, text));
            }
        }
    }
    found
}

const TEXT: [&str; 5] = [".rs", ".toml", ".md", ".sh", ".ci/run"];
