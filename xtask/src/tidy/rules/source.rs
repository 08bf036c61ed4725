//! Rules about what stands in a Rust file.
//!
//! Step: tooling. They look at code with comments and literals blanked, so that talking about a
//! thing is allowed where doing it is not.

use crate::tidy::{Complaint, File, Tree};

/// Every file opens with what it is; a runtime file also with its step.
pub(crate) fn headings(tree: &Tree) -> Vec<Complaint> {
    let mut found = Vec::new();
    for file in tree.rust() {
        if !file.text.starts_with("//!") {
            let text =
                "begin the file with `//!`: what it does, its step, what it keeps and leaves";
            found.push(Complaint::new("heading", &file.path, 1, text));
            continue;
        }
        let heading = file.text.lines().take_while(|line| line.starts_with("//!"));
        let around: &[&str] = if file.is_below(&["agent"]) {
            &AROUND
        } else {
            &[]
        };
        let steps = STEPS.iter().chain(around);
        let names_step = heading
            .filter_map(|line| line.split_once("Step: "))
            .any(|(_, rest)| steps.clone().any(|step| rest.starts_with(step)));
        if file.is_runtime() && !names_step {
            let text = format!(
                "name the file's step in its heading: `Step: {}`",
                STEPS.join("|")
            );
            found.push(Complaint::new("step", &file.path, 1, text));
        }
    }
    found
}

/// Only one file asks which operating system it is built for.
pub(crate) fn system_switch(tree: &Tree) -> Vec<Complaint> {
    let asks = |line: &str| {
        let words = || line.split(|c: char| !c.is_alphanumeric() && c != '_');
        words().any(|word| word == "cfg" || word == "cfg_attr" || word == "cfg_select")
            && words().any(|word| SYSTEM_WORDS.contains(&word))
    };
    complaints(
        tree.rust().filter(|file| {
            file.path != "platform/src/lib.rs" && !file.is_below(&["xtask", "tests"])
        }),
        "one-switch",
        asks,
        "asks for the operating system: only platform/src/lib.rs does; offer a name there instead",
    )
}

/// Unsafe code has an address.
pub(crate) fn unsafe_address(tree: &Tree) -> Vec<Complaint> {
    complaints(
        tree.rust().filter(|file| !file.is_below(&UNSAFE_FOLDERS)),
        "unsafe-address",
        |line| has_word(line, "unsafe"),
        "unsafe code belongs into a system's folder of platform, or into probes-ebpf",
    )
}

/// Every other crate refuses unsafe code.
pub(crate) fn forbidden_in_roots(tree: &Tree) -> Vec<Complaint> {
    tree.rust()
        .filter(|file| file.is_crate_root() && !file.is_below(&["platform/src", "probes-ebpf"]))
        .filter(|file| !file.code.contains("#![forbid(unsafe_code)]"))
        .map(|file| {
            let text = "say `#![forbid(unsafe_code)]` after the heading of this crate root";
            Complaint::new("forbid-unsafe", &file.path, 1, text)
        })
        .collect()
}

/// Only a boundary derives its serialization.
pub(crate) fn serialization(tree: &Tree) -> Vec<Complaint> {
    complaints(
        tree.rust().filter(|file| {
            !SERDE_PLACES
                .iter()
                .any(|place| file.path.starts_with(place))
        }),
        "boundary",
        |line| has_word(line, "Serialize") || has_word(line, "Deserialize"),
        "serde stays at the boundaries (sink, config, catalogue, snapshot): convert by hand there",
    )
}

/// A lint that is switched off says why.
pub(crate) fn expectations(tree: &Tree) -> Vec<Complaint> {
    let mut found = complaints(
        tree.rust(),
        "expect",
        |line| line.contains("#[allow(") || line.contains("#![allow("),
        "use `expect(…, reason = \"…\")`, which ends when its cause ends",
    );
    for file in tree.rust() {
        for (at, line) in file.code.lines().enumerate() {
            let opens = line.contains("#[expect(") || line.contains("#![expect(");
            // The attribute may stand on several lines; it ends at the first `]`.
            let rest = file.code.lines().skip(at);
            let mut attribute = rest.scan(false, |ended, line| {
                let go_on = !*ended;
                *ended |= line.contains(']') && !line.trim_end().ends_with(',');
                go_on.then_some(line)
            });
            if opens && !attribute.any(|line| has_word(line, "reason")) {
                let text = "give the reason: `expect(…, reason = \"…\")`";
                found.push(Complaint::new("expect", &file.path, at + 1, text));
            }
        }
    }
    found
}

/// Tests stand in their own file.
pub(crate) fn tests_apart(tree: &Tree) -> Vec<Complaint> {
    complaints(
        tree.rust(),
        "tests-apart",
        |line| line.trim_start().starts_with("mod tests {"),
        "move the tests into their own file and leave `#[cfg(test)] mod tests;` as the last item",
    )
}

/// Names say what a thing is.
pub(crate) fn names(tree: &Tree) -> Vec<Complaint> {
    complaints(
        tree.rust(),
        "names",
        |line| line.contains("fn get_"),
        "no `get_`: name the function after what it gives",
    )
}

/// One complaint for each line of code that `is_bad`.
fn complaints<'t>(
    files: impl Iterator<Item = &'t File>,
    rule: &'static str,
    is_bad: impl Fn(&str) -> bool,
    text: &str,
) -> Vec<Complaint> {
    let mut found = Vec::new();
    for file in files {
        for (at, line) in file.code.lines().enumerate() {
            if is_bad(line) {
                found.push(Complaint::new(rule, &file.path, at + 1, text));
            }
        }
    }
    found
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|found| found == word)
}

const STEPS: [&str; 6] = ["probe", "ring", "source", "enrich", "correlate", "sink"];

/// What the agent may say instead: settings, state and arguments belong to no step, and its
/// commands wire all of them.
const AROUND: [&str; 2] = ["none", "all of them"];

const SYSTEM_WORDS: [&str; 4] = ["target_os", "target_family", "unix", "windows"];

const UNSAFE_FOLDERS: [&str; 5] = [
    "platform/src/linux",
    "platform/src/unix",
    "platform/src/windows",
    "platform/src/macos",
    "probes-ebpf/src",
];

const SERDE_PLACES: [&str; 8] = [
    "agent/src/sink",
    "agent/src/config",
    "agent/src/snapshot",
    "agent/src/wire",
    "correlator/src/catalogue",
    "correlator/src/snapshot",
    "tests/",
    "xtask/",
];
