//! What a console says of its guest's end.

use super::panicked;

fn printed(text: &str) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let console = folder.path().join("console.log");
    std::fs::write(&console, text).expect("a console");
    panicked(&console)
}

#[test]
fn a_kernel_that_died_is_noticed() {
    assert!(printed(
        "[  1.2] Oops: int3: 0000 [#1]\r\n[  1.3] Kernel panic - not syncing: Fatal exception\r\n"
    ));
}

#[test]
fn a_guest_that_ended_itself_did_not_panic() {
    assert!(!printed(
        "guest:   12 s  all-is-well ok\r\nPowering off.\r\n"
    ));
    assert!(!panicked(std::path::Path::new("/nonexistent/console.log")));
}
