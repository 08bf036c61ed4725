//! Rules about where things are: crates, folders, files and their length.
//!
//! Step: tooling. The tables below are the project's layout; a change of them is a change of it.

use crate::tidy::{Complaint, Tree};

/// Crates depend on each other only as the layout says.
pub(crate) fn edges(tree: &Tree) -> Vec<Complaint> {
    let is_allowed = |from: &str, to: &str| {
        EDGES
            .iter()
            .any(|(crate_, targets)| *crate_ == from && targets.contains(&to))
    };
    tree.edges
        .iter()
        .filter(|(from, to)| !is_allowed(from, to))
        .map(|(from, to)| {
            let path = format!("{from}/Cargo.toml");
            let text = format!(
                "{from} must not depend on {to}: only agent joins platform and correlator, and \
                 correlator depends on no crate of the workspace"
            );
            Complaint::new("crate-edges", &path, 0, text)
        })
        .collect()
}

/// Nothing visible stands at the top but what the layout names.
pub(crate) fn top_level(tree: &Tree) -> Vec<Complaint> {
    let mut found = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for file in &tree.files {
        let entry = file.path.split('/').next().unwrap_or_default();
        let known =
            entry.starts_with('.') || entry.starts_with("LICENSE") || TOP_LEVEL.contains(&entry);
        if !known && seen.insert(entry) {
            let text = "a new visible entry at the top: put it into one of the folders there";
            found.push(Complaint::new("top-level", entry, 0, text));
        }
    }
    found
}

/// No module has a name that says nothing.
pub(crate) fn module_names(tree: &Tree) -> Vec<Complaint> {
    tree.files
        .iter()
        .filter(|file| file.is_rust())
        .filter_map(|file| {
            let folders = file.path.split('/').rev().skip(1);
            let bad = std::iter::once(file.stem())
                .chain(folders)
                .find(|name| EMPTY_NAMES.contains(name))?;
            let text = format!("`{bad}` says nothing: name the module after what it does");
            Some(Complaint::new("module-name", &file.path, 0, text))
        })
        .collect()
}

/// Files are readable in one sitting.
pub(crate) fn lengths(tree: &Tree) -> Vec<Complaint> {
    let mut found = Vec::new();
    for file in tree.rust() {
        let lines = file.text.lines().count();
        if lines <= LONG {
            continue;
        }
        let text =
            format!("{lines} lines: split it by what its parts do (aim at 150, stop at {LONG})");
        found.push(Complaint {
            fatal: lines > TOO_LONG && !file.is_test(),
            ..Complaint::new("length", &file.path, 0, text)
        });
    }
    found
}

const EDGES: [(&str, &[&str]); 6] = [
    ("agent", &["correlator", "platform", "platform/ring-abi"]),
    ("platform", &["platform/ring-abi"]),
    ("probes-ebpf", &["platform/ring-abi"]),
    // The bench generates recordings, and the tooling starts the daemon as the tests do.
    ("tests", &["platform/ring-abi"]),
    ("xtask", &["tests"]),
    ("tests/fuzz", &["platform/ring-abi", "agent", "platform"]),
];

const TOP_LEVEL: [&str; 9] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "agent",
    "correlator",
    "platform",
    "probes-ebpf",
    "tests",
    "xtask",
];

const EMPTY_NAMES: [&str; 7] = [
    "utils", "util", "common", "helpers", "helper", "types", "manager",
];

const LONG: usize = 400;
const TOO_LONG: usize = 600;
