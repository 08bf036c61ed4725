//! Pieces within the file, names that may be opened, and files that are other ones by now.

use super::{is_same_place, is_shortened, is_unchanged, opened_as, pieces};

#[test]
fn pieces_lie_within_the_file() {
    for size in [
        0,
        1,
        511,
        512,
        513,
        600,
        768,
        1_024,
        1_025,
        5_000,
        1 << 40,
        u64::MAX,
    ] {
        let all = pieces(size);
        for (offset, length) in all {
            assert!(
                offset
                    .checked_add(length as u64)
                    .is_some_and(|end| end <= size),
                "{size}: {all:?}"
            );
        }
        assert_eq!(all[0].1 as u64, size.min(512));
        assert_eq!(all[2].1, if size > 512 { 256 } else { 0 });
        assert_eq!(all[1].0 % 512, 0);
    }
    assert_eq!(pieces(4_096), [(0, 512), (2_048, 512), (3_840, 256)]);
}

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

#[test]
fn a_file_that_was_written_since_is_noticed() {
    assert!(is_unchanged(5, 5) && is_unchanged(2_000_000_000, 1));
    assert!(!is_unchanged(2_000_000_006, 5));
    assert!(is_unchanged(u64::MAX, u64::MAX));
}
