//! What counts as code.

use super::code;

fn check(text: &str, expected: &str) {
    assert_eq!(code(text), expected);
}

#[test]
fn comments_are_blanked_and_lines_stay() {
    check("a // unsafe\nb", "a          \nb");
    check("a /* x /* y */\n z */ b", "a             \n      b");
}

#[test]
fn literals_are_blanked() {
    check(r#"f("a \" // b") // c"#, "f(           )     ");
    check(r##"f(r#"a " b"#)"##, "f(          )");
    check(r#"f(b"x", br"y")"#, "f(b   ,      )");
}

#[test]
fn characters_are_not_lifetimes() {
    check(
        "fn f<'a>(x: &'a str) { '\\'' }",
        "fn f<'a>(x: &'a str) {      }",
    );
    check("['\"', '/']", "[   ,    ]");
}

#[test]
fn words_that_end_in_r_begin_no_raw_string() {
    check(r#"for"x""#, "for   ");
}

#[test]
fn what_never_ends_is_blanked_to_the_end() {
    check("a /* b", "a     ");
    check("a \"b", "a   ");
}
