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
        (Some("C:\\Temp"), ".\\d\\..\\x.zip", Some("C:\\Temp\\x.zip")),
        (Some("C:\\"), "d/x.zip", Some("C:\\d\\x.zip")),
        (Some("C:\\Temp"), "..\\..\\x.zip", Some("C:\\x.zip")),
        (Some("D:\\Temp"), "\\x\\y.zip", Some("D:\\x\\y.zip")),
        (Some("C:\\Temp"), "\\\\host\\c$\\x", Some("\\\\host\\c$\\x")),
        (Some("\\\\host\\d"), "..\\e\\x", Some("\\\\host\\e\\x")),
        (None, "C:/Temp//x.zip", Some("C:\\Temp\\x.zip")),
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

#[test]
fn names_of_windows_are_the_same_in_any_case_and_with_either_slash() {
    let same = |one: &str, other: &str| super::same(one.as_bytes(), other.as_bytes());
    assert!(same("C:\\Temp\\A.zip", "c:/temp/a.ZIP"));
    assert!(same("\\\\Host\\C$\\a", "\\\\host\\c$\\A"));
    assert!(!same("/tmp/A", "/tmp/a"));
    assert_eq!(&*super::key(b"C:/Temp/A.zip"), b"c:\\temp\\a.zip");
    assert_eq!(&*super::key(b"/Temp/A.zip"), b"/Temp/A.zip");
    assert!(is_within(
        b"C:\\Users\\Public\\S\\a",
        b"c:\\users\\public\\s\\"
    ));
    assert!(!is_within(b"C:\\Users\\PublicS", b"c:\\users\\public"));
}

#[test]
fn streams_and_shares_are_told_by_their_notation() {
    let stream = |path: &str| super::stream(path.as_bytes()).map(|it| text(it).to_owned());
    assert_eq!(stream("C:\\a.txt:b.cab").as_deref(), Some("b.cab"));
    assert_eq!(stream("C:\\a.txt:b.cab:$DATA").as_deref(), Some("b.cab"));
    assert_eq!(stream("C:\\a.txt::$DATA"), None);
    assert_eq!(stream("C:\\a.txt"), None);
    assert_eq!(stream("/srv/12:30.tar"), None);
    let share = |path: &str| super::share(path.as_bytes()).map(|it| text(it).to_owned());
    assert_eq!(share("\\\\host\\c$\\x").as_deref(), Some("c$"));
    assert_eq!(share("\\\\?\\UNC\\host\\pub\\x").as_deref(), Some("pub"));
    assert_eq!(share("\\\\?\\C:\\x"), None);
    assert_eq!(share("\\\\.\\pipe\\x"), None);
    assert_eq!(share("C:\\x"), None);
}
