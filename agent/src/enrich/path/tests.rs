//! Joined paths, one per line.

use super::*;

#[test]
fn paths_are_joined_and_normalised() {
    for (base, given, want) in [
        (Some("/home/bob"), "a.zip", Some("/home/bob/a.zip")),
        (Some("/home/bob/"), "./x/../a.zip", Some("/home/bob/a.zip")),
        (
            Some("/home/bob"),
            "../../../../etc/passwd",
            Some("/etc/passwd"),
        ),
        (Some("/home/bob"), "/tmp//a/", Some("/tmp/a")),
        (None, "/tmp/a", Some("/tmp/a")),
        (Some("/"), "..", Some("/")),
        (Some("/a"), "", Some("/a")),
        (None, "a.zip", None),
        (Some("rest/of/a/cut/path"), "a.zip", None),
    ] {
        let mut joined = Joined::default();
        let whole = joined.join(base.map(str::as_bytes), given.as_bytes());
        let got = whole.then(|| std::str::from_utf8(&joined.bytes).unwrap());
        assert_eq!(got, want, "{base:?} {given}");
    }
}
