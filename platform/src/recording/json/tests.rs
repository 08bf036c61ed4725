//! JSON in every shape, whole and broken.

use proptest::prelude::*;

use super::{Found, next};
use crate::encode::{Field, Gathered};

fn read(text: &str) -> Vec<Option<String>> {
    let mut gathered = Gathered::default();
    let mut rest = text.as_bytes();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let length = match next(rest, &mut gathered) {
            Found::Object(length) => {
                found.push(gathered.event().text(Field::Image).map(str::to_owned));
                length
            }
            Found::Between(length) => length,
            other => panic!("{other:?} in {text}"),
        };
        rest = &rest[length..];
    }
    found
}

#[test]
fn lists_lines_and_nested_objects_are_read() {
    let some = |text: &str| Some(text.to_owned());
    for (text, images) in [
        ("[]", vec![]),
        (
            r#"[ {"Image": "a"}, {"Image":null} , {} ]"#,
            vec![some("a"), None, None],
        ),
        (
            "{\"Image\":\"a\"}\r\n{\"Image\":\"b\"}\n",
            vec![some("a"), some("b")],
        ),
        (
            r#"{"Event":{"x":[1,{"Image":"deep"}],"y":-1.5e3,"z":true}}"#,
            vec![some("deep")],
        ),
        (
            r#"{"Image":"C:\\a\t\u00e9\ud83d\ude00\ud83dx\/"}"#,
            vec![some("C:\\a\té😀\u{fffd}x/")],
        ),
        (r#"{"Image":12,"Image":"later"}"#, vec![some("12")]),
    ] {
        assert_eq!(read(text), images, "{text}");
    }
}

#[test]
fn a_list_of_texts_has_a_line_for_each() {
    let mut gathered = Gathered::default();
    let text = br##"{"Data":{"#text":["one","two"]}}"##;
    assert_eq!(next(text, &mut gathered), Found::Object(text.len()));
    assert_eq!(gathered.event().text(Field::Data), Some("one\ntwo"));
}

#[test]
fn what_is_cut_is_told_from_what_is_broken() {
    let mut gathered = Gathered::default();
    let text = br#"{"Image":"a","b":[1,"\u0041"],"c":{}}"#;
    for length in 0..text.len() {
        assert_eq!(next(&text[..length], &mut gathered), Found::Cut, "{length}");
    }
    for text in ["x", "{x}", "{\"a\" 1}", "{\"a\":1 2}", "{\"a\":}", "\"a\""] {
        assert!(
            matches!(next(text.as_bytes(), &mut gathered), Found::Broken(_)),
            "{text}"
        );
    }
    let deep = format!("{{\"a\":{}", "[".repeat(100));
    assert!(matches!(
        next(deep.as_bytes(), &mut gathered),
        Found::Broken(_)
    ));
}

proptest! {
    #[test]
    fn any_bytes_come_to_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut gathered = Gathered::default();
        if let Found::Object(length) | Found::Between(length) = next(&bytes, &mut gathered) {
            prop_assert!(length > 0 && length <= bytes.len());
        }
    }
}
