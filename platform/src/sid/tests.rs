//! Identifiers there and back.

use super::Sid;

#[test]
fn texts_become_bytes_and_texts_again() {
    for text in [
        "S-1-5-18",
        "S-1-5-32-544",
        "S-1-5-21-3623811015-3361044348-30300820-1013",
        "S-1-16-12288",
    ] {
        let sid = Sid::parse(text).unwrap();
        assert_eq!(sid.to_string(), text);
        let mut bytes = sid.0.to_vec();
        bytes.push(7);
        assert_eq!(Sid::read(&bytes), Some((sid, &[7][..])));
    }
    assert_eq!(Sid::system().to_string(), "S-1-5-18");
    assert_eq!(Sid::administrators().to_string(), "S-1-5-32-544");
}

#[test]
fn what_is_no_identifier_is_refused() {
    for text in [
        "",
        "S-1",
        "S-1-5",
        "S-2-5-18",
        "s-1-5-18",
        "S-1-5-x",
        "S-1-5-4294967296",
    ] {
        assert_eq!(Sid::parse(text), None, "{text}");
    }
    let long = format!("S-1-5{}", "-1".repeat(16));
    assert_eq!(Sid::parse(&long), None);
    for bytes in [
        &[][..],
        &[2, 0, 0, 0, 0, 0, 0, 5],
        &[1, 1, 0, 0, 0, 0, 0, 5, 18],
        &[1, 200],
    ] {
        assert_eq!(Sid::read(bytes), None, "{bytes:?}");
    }
}
