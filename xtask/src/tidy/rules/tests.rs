//! Each rule on a few lines of a made-up tree.

use super::check;
use crate::tidy::{File, Tree};

/// A tree that keeps every rule.
fn clean() -> Vec<(&'static str, &'static str)> {
    vec![
        ("README.md", "# Packhound\n"),
        (
            "agent/src/main.rs",
            "//! Joins the steps.\n//!\n//! Step: sink.\n#![forbid(unsafe_code)]\nfn main() {}\n",
        ),
        (
            "platform/src/lib.rs",
            "//! Step: source.\n#[cfg(target_os = \"linux\")]\nmod linux;\n",
        ),
        (
            "platform/src/linux/mod.rs",
            "//! Step: source.\nfn f() { unsafe { g() } }\n",
        ),
        (
            "correlator/src/catalogue/mod.rs",
            "//! Step: correlate.\n#[derive(Deserialize)]\nstruct Entry;\n",
        ),
    ]
}

/// Checks which complaints, as `path:line rule`, the clean tree gives with `extra` added.
fn complains(extra: (&'static str, &str), expected: &[&str]) {
    let tree = Tree {
        files: clean()
            .into_iter()
            .filter(|(path, _)| *path != extra.0)
            .chain([extra])
            .map(|(path, text)| File::new(path, text))
            .collect(),
        edges: vec![("agent".into(), "platform".into())],
    };
    let found = check(&tree)
        .iter()
        .map(|one| format!("{}:{} {}", one.path, one.line, one.rule))
        .collect::<Vec<_>>();
    assert_eq!(found, expected);
}

#[test]
fn a_clean_tree_has_no_complaints() {
    complains(("agent/README.md", "unsafe, cfg(unix)\n"), &[]);
}

#[test]
fn edges_that_the_layout_does_not_name() {
    let tree = |from: &str, to: &str| Tree {
        files: Vec::new(),
        edges: vec![(from.into(), to.into())],
    };
    let complaints = |from, to| check(&tree(from, to)).len();
    assert_eq!(complaints("platform", "correlator"), 1);
    assert_eq!(complaints("correlator", "platform/ring-abi"), 1);
    assert_eq!(complaints("agent", "correlator"), 0);
    assert_eq!(complaints("tests", "agent"), 1);
}

#[test]
fn visible_entries_at_the_top() {
    complains(("scripts/a.sh", ""), &["scripts:0 top-level"]);
    complains((".ci/run", ""), &[]);
}

#[test]
fn names_that_say_nothing() {
    let text = "//! Step: sink.\n";
    complains(
        ("agent/src/utils.rs", text),
        &["agent/src/utils.rs:0 module-name"],
    );
    complains(
        ("agent/src/common/mod.rs", text),
        &["agent/src/common/mod.rs:0 module-name"],
    );
    complains(
        ("agent/src/sink.rs", "//! Step: sink.\nfn get_it() {}\n"),
        &["agent/src/sink.rs:2 names"],
    );
}

#[test]
fn long_files() {
    let fatal = |path: &str, lines: usize| {
        let text = format!("//! Step: sink.\n{}", "\n".repeat(lines - 1));
        let tree = Tree {
            files: vec![File::new(path, text)],
            edges: Vec::new(),
        };
        check(&tree).first().map(|complaint| complaint.fatal)
    };
    assert_eq!(fatal("agent/src/a.rs", 400), None);
    assert_eq!(fatal("agent/src/a.rs", 401), Some(false));
    assert_eq!(fatal("agent/src/a.rs", 601), Some(true));
    assert_eq!(fatal("agent/src/a/tests.rs", 601), Some(false));
}

#[test]
fn headings_and_steps() {
    complains(
        ("agent/src/a.rs", "fn a() {}\n"),
        &["agent/src/a.rs:1 heading"],
    );
    complains(
        ("agent/src/a.rs", "//! Does.\n"),
        &["agent/src/a.rs:1 step"],
    );
    complains(
        ("agent/src/a.rs", "//! Does.\n//! Step: elsewhere.\n"),
        &["agent/src/a.rs:1 step"],
    );
    complains(("agent/src/a.rs", "//! Step: none, settings.\n"), &[]);
    complains(("agent/src/a.rs", "//! Step: all of them, wired.\n"), &[]);
    complains(
        ("correlator/src/a.rs", "//! Step: none.\n"),
        &["correlator/src/a.rs:1 step"],
    );
    complains(("agent/src/a/tests.rs", "//! Tests.\n"), &[]);
}

#[test]
fn the_switch_for_the_system() {
    let path = "agent/src/a.rs";
    let bad = ["agent/src/a.rs:2 one-switch"];
    complains((path, "//! Step: sink.\n#[cfg(unix)]\n"), &bad);
    complains((path, "//! Step: sink.\n#[cfg(not(windows))]\n"), &bad);
    complains(
        (path, "//! Step: sink.\nif cfg!(target_os = \"linux\") {}\n"),
        &bad,
    );
    complains((path, "//! Step: sink.\n// cfg(unix) is elsewhere\n"), &[]);
    complains((path, "//! Step: sink.\nuse std::os::unix::fs;\n"), &[]);
    complains(("xtask/src/a.rs", "//! a\n#[cfg(unix)]\n"), &[]);
}

#[test]
fn unsafe_code_and_its_address() {
    complains(
        ("agent/src/a.rs", "//! Step: sink.\nunsafe { f() }\n"),
        &["agent/src/a.rs:2 unsafe-address"],
    );
    complains(
        ("agent/src/a.rs", "//! Step: sink.\nlet unsafe_code = 1;\n"),
        &[],
    );
    complains(
        ("agent/src/main.rs", "//! Step: sink.\nfn main() {}\n"),
        &["agent/src/main.rs:1 forbid-unsafe"],
    );
    complains(
        ("tests/src/bin/storm.rs", "//! Storm.\nfn main() {}\n"),
        &["tests/src/bin/storm.rs:1 forbid-unsafe"],
    );
    complains(("tests/src/bin/mixture/host.rs", "//! Host.\n"), &[]);
}

#[test]
fn serialization_off_the_boundary() {
    complains(
        (
            "correlator/src/a.rs",
            "//! Step: correlate.\n#[derive(Debug, Serialize)]\n",
        ),
        &["correlator/src/a.rs:2 boundary"],
    );
    complains(
        (
            "agent/src/config.rs",
            "//! Step: sink.\nuse serde::Deserialize;\n",
        ),
        &[],
    );
}

#[test]
fn lints_that_are_switched_off() {
    let path = "agent/src/a.rs";
    let bad = ["agent/src/a.rs:2 expect"];
    complains((path, "//! Step: sink.\n#[allow(dead_code)]\n"), &bad);
    complains(
        (path, "//! Step: sink.\n#[expect(dead_code)]\nfn f() {}\n"),
        &bad,
    );
    complains(
        (
            path,
            "//! Step: sink.\n#[expect(\n    dead_code,\n    reason = \"x\"\n)]\nfn f() {}\n",
        ),
        &[],
    );
    complains(
        (
            path,
            "//! Step: sink.\n#[expect(dead_code, reason = \"x\")]\n",
        ),
        &[],
    );
}

#[test]
fn tests_in_the_file_they_test() {
    complains(
        (
            "agent/src/a.rs",
            "//! Step: sink.\n#[cfg(test)]\nmod tests {\n}\n",
        ),
        &["agent/src/a.rs:3 tests-apart"],
    );
}

#[test]
fn words_left_behind() {
    let word = concat!("TO", "DO");
    complains(
        (
            "agent/src/a.rs",
            &format!("//! Step: sink.\n// {word}: more\n"),
        ),
        &["agent/src/a.rs:2 left-behind"],
    );
    complains(
        ("README.md", &format!("{word}\n")),
        &["README.md:1 left-behind"],
    );
    complains(("README.md", &format!("a{word}s\n")), &[]);
    let attribute = concat!("#[ig", "nore]");
    complains(
        ("agent/src/a/tests.rs", &format!("//! a\n{attribute}\n")),
        &["agent/src/a/tests.rs:2 ignored-test"],
    );
}
