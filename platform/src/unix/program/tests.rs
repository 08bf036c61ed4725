//! Programs that may and may not be run as root.

use std::path::Path;

use super::{Safe, checked, unsafe_because};

#[test]
fn only_root_may_be_able_to_change_it() {
    assert_eq!(unsafe_because(0, 0o100_755), None);
    assert!(unsafe_because(1000, 0o100_755).is_some());
    assert!(unsafe_because(0, 0o100_775).is_some());
    assert!(unsafe_because(0, 0o041_777).is_some());
}

#[test]
fn a_program_in_a_place_that_all_can_write_is_refused() {
    let folder = tempfile::tempdir_in("/tmp").expect("a folder");
    let program = folder.path().join("packhound");
    std::fs::write(&program, "").expect("a file");
    let error = checked(&program, &SAFE)
        .expect_err("/tmp is everybody's")
        .to_string();
    assert!(error.contains("service install"), "{error}");
}

#[test]
fn a_path_that_a_unit_would_read_otherwise_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("pack %h hound");
    std::fs::write(&program, "").expect("a file");
    let error = checked(&program, &SAFE)
        .expect_err("it has blanks")
        .to_string();
    assert!(error.contains("cannot be told"), "{error}");
}

#[test]
fn an_absent_program_is_named() {
    let error = checked(Path::new("/nowhere/packhound"), &SAFE).expect_err("it is absent");
    assert!(error.to_string().contains("/nowhere/packhound"));
}

const SAFE: Safe = Safe {
    plain: "/._+-",
    instead: "install it with `service install` from a place of root's",
};
