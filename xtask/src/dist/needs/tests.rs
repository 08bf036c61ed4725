//! Needed versions, of this very test program and of made-up ones.

use super::{Needs, glibc, of};

#[test]
fn this_program_needs_the_c_library() {
    let own = std::fs::read(std::env::current_exe().expect("a path")).expect("its bytes");
    let needs = of(&own).expect("a program of this system");
    assert!(needs.libraries.contains_key("libc.so.6"), "{needs:?}");
    assert!(needs.glibc >= (2, 2), "{needs:?}");
    assert!(needs.debian().starts_with("libc6 (>= 2."));
}

#[test]
fn numbers_in_names() {
    assert_eq!(glibc("GLIBC_2.34"), Some((2, 34)));
    assert_eq!(glibc("GLIBC_2.2.5"), Some((2, 2)));
    assert_eq!(glibc("GLIBC_PRIVATE"), None);
    assert_eq!(glibc("GCC_3.0"), None);
}

#[test]
fn a_newer_system_than_promised_is_refused() {
    let needs = Needs {
        glibc: (2, 39),
        ..Needs::default()
    };
    let error = needs.check().expect_err("2.39 is too new").to_string();
    assert!(error.contains("2.39") && error.contains("2.34"), "{error}");
}

#[test]
fn a_library_that_nobody_declared_is_refused() {
    let mut needs = Needs {
        glibc: (2, 34),
        ..Needs::default()
    };
    assert!(needs.check().is_ok());
    needs.libraries.insert("libssl.so.3".to_owned(), Vec::new());
    assert!(needs.check().is_err());
}

#[test]
fn what_is_no_program_is_an_error() {
    assert!(of(b"#!/bin/sh\n").is_err());
}
