//! Names of kernels in their order.

use std::cmp::Ordering;

use super::{natural, series, version_of};

#[test]
fn versions_are_ordered_by_their_numbers() {
    for (older, newer) in [
        ("6.1.0-9-cloud-amd64", "6.1.0-10-cloud-amd64"),
        ("6.12.9+deb13-cloud-amd64", "6.12.90+deb13-cloud-amd64"),
        ("6.12.115+deb13-cloud-amd64", "6.12.115+deb13.1-cloud-amd64"),
        ("7.2.9", "7.2.12"),
    ] {
        assert_eq!(natural(older, newer), Ordering::Less, "{older} {newer}");
        assert_eq!(natural(newer, older), Ordering::Greater, "{newer} {older}");
    }
    assert_eq!(natural("6.1.0-9", "6.1.0-9"), Ordering::Equal);
}

#[test]
fn a_package_says_its_version() {
    assert_eq!(
        version_of("linux-binary-7.2.6+deb13-cloud-amd64"),
        "7.2.6+deb13-cloud-amd64"
    );
}

#[test]
fn an_unknown_series_names_those_there_are() {
    let error = series("4.19").expect_err("nobody has that").to_string();
    assert!(error.contains("5.10, 6.1"), "{error}");
}
