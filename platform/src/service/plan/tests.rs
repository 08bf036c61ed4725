//! Lists and words, and that the service asks for little.

use super::{ARGUMENTS, FORGIVEN, PRIVILEGES, RESTARTS, Word, list, word};

#[test]
fn a_list_ends_with_two_zeros() {
    let units: Vec<u16> = "a\0bc\0\0".encode_utf16().collect();
    assert_eq!(list(&["a", "bc"]), units);
    assert_eq!(list(&[]), [0]);
}

#[test]
fn words_are_found_in_any_line() {
    assert_eq!(word("READY=1\nSTATUS=watching"), Some(Word::Ready));
    assert_eq!(word("STATUS=x\nSTOPPING=1"), Some(Word::Stopping));
    assert_eq!(word("RELOADING=1\nSTATUS=READY"), None);
    assert_eq!(word("WATCHDOG=1"), None);
}

#[test]
fn failures_are_followed_by_starts_that_come_later_and_later() {
    assert!(RESTARTS.is_sorted() && RESTARTS[2] < FORGIVEN);
    assert_eq!(ARGUMENTS.last(), Some(&"--service"));
    for power in [
        "SeTcbPrivilege",
        "SeLoadDriverPrivilege",
        "SeTakeOwnershipPrivilege",
        "SeBackupPrivilege",
    ] {
        assert!(!PRIVILEGES.contains(&power));
    }
}
