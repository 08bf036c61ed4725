//! What is escaped and what is not, and that nothing is lost.

use expect_test::expect;
use proptest::prelude::*;

use super::*;

/// The inverse of [`lossless`], kept here because only the test needs it.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        if looks_escaped(rest) {
            let digits = std::str::from_utf8(&rest[2..4]).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &rest[4..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    bytes
}

#[test]
fn valid_text_stays_and_foreign_bytes_become_escapes() {
    for (bytes, want) in [
        (&b"/tmp/a b"[..], expect!["/tmp/a b"]),
        ("/tmp/\u{fc}ber".as_bytes(), expect!["/tmp/\u{fc}ber"]),
        (b"/tmp/\xff\x00\x80x", expect!["/tmp/\\xff\0\\x80x"]),
        (b"C:\\Users\\x", expect!["C:\\Users\\x"]),
        (b"a\\x41", expect!["a\\x5cx41"]),
        (b"\\\xff", expect!["\\\\xff"]),
    ] {
        want.assert_eq(&lossless(bytes));
    }
}

#[test]
fn nothing_that_steers_a_terminal_passes() {
    for (text, want) in [
        ("plain \u{e9}", expect!["plain \u{e9}"]),
        ("\u{1b}[2Jgone", expect!["\\x1b[2Jgone"]),
        ("a\nb\tc\rd", expect!["a\\nb\\tc\\rd"]),
        ("\u{9b}31m", expect!["\\x9b31m"]),
        ("gpj.\u{202e}exe", expect!["gpj.\\u{202e}exe"]),
        ("a\u{200b}b", expect!["a\\u{200b}b"]),
    ] {
        want.assert_eq(&visible(text));
    }
}

#[test]
fn arguments_are_quoted_where_a_shell_would_split_them() {
    let line = command_line([
        &b"7z"[..],
        b"a",
        b"",
        b"my file",
        b"it's",
        b"-mhe=on",
        b"*.doc",
    ]);
    expect![[r#"7z a '' 'my file' 'it'\''s' -mhe=on *.doc"#]].assert_eq(&line);
}

proptest! {
    #[test]
    fn every_byte_string_can_be_had_back(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        prop_assert_eq!(unescape(&lossless(&bytes)), bytes);
    }

    #[test]
    fn escapes_in_the_input_can_be_had_back(text in "[\\\\x0-9a-f]{0,24}") {
        prop_assert_eq!(unescape(&lossless(text.as_bytes())), text.as_bytes());
    }
}
