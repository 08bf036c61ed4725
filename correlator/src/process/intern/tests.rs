//! Names are shared, and those that nobody uses go.

use super::{FIRST_SWEEP, Interner};

#[test]
fn equal_names_are_one() {
    let mut names = Interner::default();
    let (one, two) = (names.name(b"/bin/sh"), names.name(b"/bin/sh"));
    assert!(std::sync::Arc::ptr_eq(&one, &two));
}

#[test]
fn unused_names_are_swept() {
    let mut names = Interner::default();
    let kept = names.name(b"kept");
    for number in 0..10 * FIRST_SWEEP {
        names.name(number.to_string().as_bytes());
    }
    assert!(names.names.len() <= FIRST_SWEEP);
    assert!(std::sync::Arc::ptr_eq(&kept, &names.name(b"kept")));
}
