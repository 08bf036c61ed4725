//! Lexical path reading, as tables.

use super::{ancestors, extension, is_within, parent, resolved};

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn names_of_a_command_line_are_resolved() {
    let table = [
        (Some("/home/a"), "x.zip", Some("/home/a/x.zip")),
        (Some("/"), "x.zip", Some("/x.zip")),
        (Some("/home/a"), "./d/../x.zip", Some("/home/a/x.zip")),
        (Some("/home/a"), "../../../x", Some("/x")),
        (Some("/home/a"), "/tmp//x/", Some("/tmp/x")),
        (Some("/home/a"), ".", Some("/home/a")),
        (Some("/tmp"), "..", Some("/")),
        (None, "x.zip", None),
        (None, "/tmp/x.zip", Some("/tmp/x.zip")),
        (Some("C:\\Temp"), "x.zip", Some("C:\\Temp\\x.zip")),
        (None, "C:\\Temp\\x.zip", Some("C:\\Temp\\x.zip")),
        (Some("/tmp"), "", None),
    ];
    for (directory, given, expected) in table {
        let found = resolved(directory.map(str::as_bytes), given.as_bytes());
        assert_eq!(
            found.as_deref().map(text),
            expected,
            "{directory:?} {given}"
        );
    }
}

#[test]
fn parents_end_at_the_root() {
    let all: Vec<&str> = ancestors(b"/tmp/a/b").map(text).collect();
    assert_eq!(all, ["/tmp/a/b", "/tmp/a", "/tmp", "/"]);
    assert_eq!(parent(b"name"), None);
    assert_eq!(parent(b"C:\\Temp\\x").map(text), Some("C:\\Temp"));
}

#[test]
fn extensions_are_of_the_last_component() {
    let table = [
        ("/a/b.tar.gz", Some("gz")),
        ("/a.d/b", None),
        ("/a/.bashrc", None),
        ("/a/b.", None),
        ("C:\\a.d\\b.zip", Some("zip")),
    ];
    for (path, expected) in table {
        assert_eq!(extension(path.as_bytes()).map(text), expected, "{path}");
    }
}

#[test]
fn within_goes_by_whole_components() {
    let table = [
        ("/tmp/a", "/tmp", true),
        ("/tmp", "/tmp", true),
        ("/tmpx", "/tmp", false),
        ("/tmp/a", "/tmp/", true),
        ("/a", "/", true),
    ];
    for (path, directory, expected) in table {
        assert_eq!(
            is_within(path.as_bytes(), directory.as_bytes()),
            expected,
            "{path}"
        );
    }
}
