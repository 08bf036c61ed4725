//! Names that may be opened, and files that are other ones by now.

use super::{is_same_place, is_shortened, opened_as};

#[test]
fn only_files_of_this_host_are_opened() {
    for (path, name) in [
        (r"C:\a\b.zip", Some(r"\\?\C:\a\b.zip")),
        (r"C:\a\b.txt:hidden", Some(r"\\?\C:\a\b.txt:hidden")),
        (
            r"\Device\HarddiskVolume4\b",
            Some(r"\\?\GLOBALROOT\Device\HarddiskVolume4\b"),
        ),
        (r"\\server\share\b.zip", None),
        (r"\Device\NamedPipe\x", None),
        (r"\Device\Mup\server\share", None),
        ("b.zip", None),
        ("C:b.zip", None),
        ("C:\\a\0b", None),
        ("", None),
    ] {
        assert_eq!(opened_as(path).as_deref(), name, "{path}");
    }
}

#[test]
fn another_place_is_noticed() {
    assert!(is_same_place(r"C:\A\b.zip", r"\\?\C:\a\B.zip"));
    assert!(is_same_place(r"C:\a\b.txt:hidden", r"\\?\C:\a\b.txt"));
    assert!(is_same_place(
        r"\Device\HarddiskVolume4\b",
        r"\Device\HarddiskVolume4\b"
    ));
    assert!(!is_same_place(r"C:\a\b.zip", r"\\?\C:\elsewhere\b.zip"));
    assert!(!is_same_place(r"C:\a\b.zip", r"\\?\D:\a\b.zip"));
    assert!(!is_same_place(r"C:\a", ""));
}

#[test]
fn a_short_name_is_noticed() {
    assert!(is_shortened(r"C:\PROGRA~1\x\a.zip") && is_shortened(r"C:\LONGNA~1.ZIP:s"));
    assert!(!is_shortened(r"C:\a\b.zip"));
    assert!(!is_shortened(r"C:\a\b.txt:~1"), "only the stream's name");
}
