//! What globs match, as a table, and that no pattern makes matching run away.

use super::Glob;

#[test]
fn globs_match_whole_paths() {
    let table = [
        ("/usr/bin/tar", "/usr/bin/tar", true),
        ("/usr/bin/tar", "/usr/bin/tar2", false),
        ("/usr/*/tar", "/usr/bin/tar", true),
        ("/usr/*/tar", "/usr/local/bin/tar", false),
        ("/usr/**/tar", "/usr/local/bin/tar", true),
        ("**/tar", "/usr/local/bin/tar", true),
        ("/srv/**/x*/y", "/srv/a/xb/c/xd/y", true),
        ("/srv/**/x*/y", "/srv/a/xb/c/xd/z", false),
        ("/tmp/?.zip", "/tmp/a.zip", true),
        ("/tmp/?.zip", "/tmp//.zip", false),
        ("/tmp/*", "/tmp/a/b", false),
        ("/tmp/**", "/tmp/a/b", true),
        ("/tmp/**", "/tmp", false),
        ("C:\\Tools\\**", "c:/tools/7z.exe", true),
        ("?:\\Users\\*\\x", "D:\\USERS\\eve\\X", true),
        ("/Tools/**", "/tools/x", false),
        ("", "", true),
        ("", "/", false),
    ];
    for (pattern, path, expected) in table {
        let found = Glob::new(&pattern.into()).matches(path.as_bytes());
        assert_eq!(found, expected, "{pattern} on {path}");
    }
}

#[test]
fn a_directory_stands_for_what_is_below() {
    let table = [
        ("/srv/drop", "/srv/drop/a/b", true),
        ("/srv/drop/", "/srv/drop/a", true),
        ("/srv/drop", "/srv/drop", true),
        ("/srv/drop", "/srv/dropped", false),
        ("/srv/*/drop", "/srv/x/drop/a", true),
        ("/srv/drop/**", "/srv/drop/a", true),
        ("D:\\Drop", "d:\\drop\\a", true),
    ];
    for (pattern, path, expected) in table {
        let found = Glob::directory(&pattern.into()).matches(path.as_bytes());
        assert_eq!(found, expected, "{pattern} on {path}");
    }
}

#[test]
fn many_stars_end_soon() {
    let pattern = "**a".repeat(40) + "b";
    let path = "a".repeat(4096);
    assert!(!Glob::new(&pattern.as_str().into()).matches(path.as_bytes()));
}
