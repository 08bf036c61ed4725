//! The default file means the defaults; every mistake is told with its place and what is right.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::file::DEFAULT_FILE;
use super::*;

fn check(text: &str, want: Expect) {
    match parse("p.toml", text) {
        Ok(settings) => panic!("accepted as {settings:?}"),
        Err(error) => want.assert_eq(&error.to_string()),
    }
}

#[test]
fn the_default_file_means_the_defaults() {
    assert_eq!(parse("default", &default_file()), Ok(Settings::default()));
    assert_eq!(parse("empty", ""), Ok(Settings::default()));
}

#[test]
fn the_default_file_states_every_key() {
    // A key of no section makes each section tell which keys it knows.
    for section in [
        "stream",
        "spool",
        "state",
        "capture",
        "catalogue",
        "output",
        "metrics",
        "detection",
        "detection.user_context",
        "detection.user_threshold",
    ] {
        let error = parse("p.toml", &format!("[{section}]\nqqqqqqqq = 1"))
            .unwrap_err()
            .to_string();
        let known = error
            .split("known here are ")
            .nth(1)
            .expect("the section has keys");
        for key in known.split(", ") {
            let stated = [
                format!("\n{key} = "),
                format!("\n# {key} = "),
                format!(".{key}]"),
            ];
            assert!(
                stated.iter().any(|text| DEFAULT_FILE.contains(text)),
                "{section}.{key}"
            );
        }
    }
}

#[test]
fn the_commented_allowance_is_valid() {
    let lines: Vec<&str> = DEFAULT_FILE
        .lines()
        .skip_while(|line| *line != "# [[detection.process_allowlist]]")
        .take_while(|line| *line != "#")
        .map(|line| line.trim_start_matches("# "))
        .collect();
    let settings = parse("p.toml", &lines.join("\n")).unwrap();
    assert_eq!(
        &**settings.detection.process_allowlist[0].name(),
        "nightly backup"
    );
}

#[test]
fn unknown_keys_are_told_with_the_nearest_name() {
    check(
        "[staet]\npath = \"/x\"\n",
        expect!["p.toml:1:2: unknown key `staet`; did you mean `state`?"],
    );
    check(
        "[state]\n\npaht = \"/x\"\n",
        expect!["p.toml:3:1: unknown key `state.paht`; did you mean `state.path`?"],
    );
    check(
        "[detection]\nentropy-threshold = 7",
        expect![
            "p.toml:2:1: unknown key `detection.entropy-threshold`; did you mean `detection.payload_entropy_threshold`?"
        ],
    );
    check(
        "[output]\ncolour = 1",
        expect!["p.toml:2:1: unknown key `output.colour`; known here are show_secrets"],
    );
}

#[test]
fn metrics_are_asked_for_on_this_host_only() {
    let listen = |text: &str| {
        let parsed = parse("p.toml", &format!("[metrics]\nlisten = {text:?}"));
        parsed.ok().and_then(|settings| settings.metrics.listen)
    };
    for here in ["127.0.0.1:9464", "127.8.0.1:1", "[::1]:9464", "/run/m.sock"] {
        assert_eq!(listen(here).expect(here).to_string(), here);
    }
    for elsewhere in [
        "0.0.0.0:1",
        "[::]:1",
        "10.0.0.1:1",
        "localhost:1",
        ":1",
        "m.sock",
        "",
    ] {
        assert_eq!(listen(elsewhere), None, "{elsewhere}");
    }
}

#[test]
fn wrong_values_are_told_with_what_is_right() {
    check(
        "[state]\npath = \"var\"\nkeep_days = 0\nsave_every = 30\n",
        expect![[r#"
            p.toml:2:8: `state.path` must be an absolute path in quotes, not "var"
            p.toml:3:13: `state.keep_days` must be a whole number from 1 to 3650, not 0
            p.toml:4:14: `state.save_every` must be a span of time in quotes from "1s" to "1h", not 30"#]],
    );
    check(
        "[capture]\nring_bytes = 1000000\nrecords_per_second = -1",
        expect![[r#"
            p.toml:2:14: `capture.ring_bytes` must be a power of two from 65536 to 268435456, not 1000000
            p.toml:3:22: `capture.records_per_second` must be a whole number from 0 to 10000000, not -1"#]],
    );
    check(
        "[detection]\npayload_entropy_threshold = 9.5\narchive_extensions = [\"zip\", 7]\nstaging_directories = \"/srv\"\nsuspicious_directories = [\"srv\"]",
        expect![[r#"
            p.toml:2:29: `detection.payload_entropy_threshold` must be a number from 0 to 8, not 9.5
            p.toml:3:30: each of `detection.archive_extensions` must be a text in quotes, not 7
            p.toml:4:23: `detection.staging_directories` must be a list, not "/srv"
            p.toml:5:27: each of `detection.suspicious_directories` must be an absolute path or a glob such as "/srv/**/out", not "srv""#]],
    );
    check(
        "[metrics]\nlisten = \"0.0.0.0:9464\"\nuids = []",
        expect![[r#"
            p.toml:2:10: `metrics.listen` must be a loopback address with a port ("127.0.0.1:9464", "[::1]:9464") or a socket's absolute path, not "0.0.0.0:9464"
            p.toml:3:8: `metrics.uids` must be a list of users' numbers, such as [0], not a list"#]],
    );
    check(
        "output = 3",
        expect!["p.toml:1:10: `output` must be a section, not 3"],
    );
}

#[test]
fn unsafe_allowances_are_told() {
    check(
        "[[detection.process_allowlist]]\nname = \"x\"\npath = \"/usr/bin/tar\"\n[[detection.allowed_apps]]\npath = \"tar\"\nuser = \"bob\"",
        expect![[r#"
            p.toml:1:1: `detection.process_allowlist`: an allowance needs at least two of path, parent, user and destination
            p.toml:4:1: `detection.allowed_apps`: an allowance needs a `name`, which its findings then show"#]],
    );
}

#[test]
fn text_that_is_not_toml_is_told() {
    check(
        "[state\npath = 1",
        expect!["p.toml:1:7: unclosed table, expected `]`"],
    );
    check("a = 1\na = 2", expect!["p.toml:2:1: duplicate key"]);
}

#[test]
fn an_absent_file_is_an_error_only_when_it_was_named() {
    let directory = tempfile::tempdir().unwrap();
    let absent = directory.path().join("absent.toml");
    assert!(matches!(
        load(Some(&absent)),
        Err(ConfigError::Unreadable { .. })
    ));
    let binary = directory.path().join("binary.toml");
    std::fs::write(&binary, b"[state]\n\xff").unwrap();
    let error = load(Some(&binary)).unwrap_err().to_string();
    assert!(error.ends_with("not UTF-8 text from byte 8 on"), "{error}");
}

#[test]
fn overrides_are_read_in_the_order_of_their_names() {
    let directory = tempfile::tempdir().unwrap();
    let settings = |named| Catalogue {
        directory: directory.path().join("c"),
        named,
    };
    assert_eq!(read_overrides(&settings(false)).unwrap(), []);
    assert!(read_overrides(&settings(true)).is_err());
    std::fs::create_dir(directory.path().join("c")).unwrap();
    for name in ["b.toml", "a.toml", "readme.md"] {
        std::fs::write(directory.path().join("c").join(name), name).unwrap();
    }
    let texts: Vec<String> = read_overrides(&settings(true))
        .unwrap()
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    assert_eq!(texts, ["a.toml", "b.toml"]);
}

#[test]
fn spans_of_time() {
    assert_eq!(duration::parse("90s"), Ok(Duration::from_secs(90)));
    assert_eq!(duration::parse("2h"), Ok(Duration::from_hours(2)));
    for wrong in [
        "",
        "s",
        "5",
        "-5s",
        "5 m",
        "1w",
        "1\u{e9}",
        "99999999999999999999d",
    ] {
        assert!(duration::parse(wrong).is_err(), "{wrong}");
    }
    assert_eq!(duration::format(Duration::from_secs(90)), "90s");
    assert_eq!(duration::format(Duration::from_hours(24)), "1d");
}

proptest! {
    #[test]
    fn no_text_panics(text in "[\\[\\]a-z_.= \"'0-9\\n\u{e9}]{0,80}") {
        let _ = parse("p.toml", &text);
    }
}
