//! Subjects and identifiers.
//!
//! Step: tests.

use expect_test::{Expect, expect};

use super::{identifier, telemetry_classes, token};
use crate::wire::Lane;

fn named(host: &[u8], want: Expect) {
    want.assert_eq(&token(host));
}

#[test]
fn a_host_is_one_token_that_can_be_read_back() {
    named(b"web-1", expect!["web-1"]);
    named(b"web-1.example.com", expect!["web-1%2Eexample%2Ecom"]);
    named(b"a b*>c", expect!["a%20b%2A%3Ec"]);
    named("h\u{f6}st".as_bytes(), expect!["h%C3%B6st"]);
    named(b"100%", expect!["100%25"]);
    named(b"", expect!["%"]);
    assert_eq!(token(&vec![b'.'; 70_000]).len(), 3 * 255);
}

#[test]
fn an_item_has_one_identifier() {
    let key = (*b"0123456789abcdef", 1_700_000_000, Lane::Findings);
    expect!["30313233343536373839616263646566-1700000000-f-42"].assert_eq(&identifier(&key, 42));
    let other = (key.0, key.1, Lane::Telemetry);
    expect!["30313233343536373839616263646566-1700000000-t-42"].assert_eq(&identifier(&other, 42));
}

#[test]
fn classes_are_tokens_of_their_own() {
    for class in telemetry_classes() {
        assert_eq!(token(class.as_bytes()), class);
        assert!(class != super::FINDING && class != super::GAP);
    }
}
