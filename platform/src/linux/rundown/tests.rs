//! Texts as /proc gives them, odd names included.

use super::{Library, Stat, identifiers, is_writable, library, stat, without_deleted_mark};

#[test]
fn a_name_with_parentheses_and_spaces_does_not_shift_the_fields() {
    let text = b"4242 (a) b (c) S 7 4242 99 34816 4242 4194304 1 0 0 0 0 0 0 0 20 0 1 0 123456 1 2";
    let expected = Stat {
        parent: 7,
        session: 99,
        terminal: 34816,
        start: 1_234_560_000_000,
    };
    assert_eq!(stat(text), Some(expected));
    assert_eq!(stat(b"4242 (cut"), None);
    assert_eq!(stat(b"4242 (a) S 7"), None);
}

#[test]
fn executable_mappings_of_files_are_libraries() {
    let line = b"7f00-7f01 r-xp 00001000 fe:00 1234                       /usr/lib/libz.so.1";
    let expected = Library {
        path: b"/usr/lib/libz.so.1".to_vec(),
        device: nix::sys::stat::makedev(0xfe, 0),
        inode: 1234,
    };
    assert_eq!(library(line), Some(expected));
    for other in [
        &b"7f00-7f01 r--p 00000000 fe:00 1234                       /usr/lib/libz.so.1"[..],
        b"7f00-7f01 r-xp 00000000 00:00 0                          [vdso]",
        b"7f00-7f01 rw-p 00000000 00:00 0 ",
        b"",
    ] {
        assert_eq!(library(other), None);
    }
}

#[test]
fn descriptors_are_writable_by_their_access_mode() {
    assert!(is_writable("pos:\t0\nflags:\t0100001\nmnt_id:\t1\n"));
    assert!(is_writable("pos:\t0\nflags:\t02100002\n"));
    assert!(!is_writable("pos:\t0\nflags:\t0100000\n"));
    assert!(!is_writable("pos:\t0\n"));
}

#[test]
fn status_lines_give_real_and_effective_users() {
    assert_eq!(
        identifiers("Name:\tx\nUid:\t1000\t0\t0\t0\n", "Uid:"),
        Some([1000, 0])
    );
    assert_eq!(identifiers("Name:\tx\n", "Uid:"), None);
}

#[test]
fn deleted_files_lose_their_mark() {
    assert_eq!(
        without_deleted_mark(b"/tmp/x (deleted)"),
        (&b"/tmp/x"[..], true)
    );
    assert_eq!(without_deleted_mark(b"/tmp/x"), (&b"/tmp/x"[..], false));
}
