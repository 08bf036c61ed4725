//! Snapshots say what they are, and what is no snapshot is refused without harm.

use std::sync::Arc;

use super::{Correlator, MAGIC, SnapshotError, VERSION};
use crate::{Catalogue, Knobs, Limits};

fn correlator() -> Correlator {
    Correlator::new(
        Arc::new(Catalogue::default()),
        Knobs::default(),
        Limits::default(),
    )
}

fn restored(bytes: &[u8]) -> Result<(), SnapshotError> {
    correlator().restore(bytes)
}

#[test]
fn an_empty_correlator_comes_back() {
    let snapshot = correlator().snapshot();
    let mut other = correlator();
    other.restore(&snapshot).unwrap();
    assert_eq!(other.snapshot(), snapshot);
}

#[test]
fn foreign_bytes_are_refused() {
    for bytes in [&b""[..], b"PHSTATE", b"SQLite format 3\0", MAGIC] {
        assert!(
            matches!(restored(bytes), Err(SnapshotError::Foreign)),
            "{bytes:?}"
        );
    }
}

#[test]
fn another_version_is_named() {
    let mut snapshot = correlator().snapshot();
    snapshot[8] = 0xff;
    let error = restored(&snapshot).unwrap_err();
    assert!(
        error.to_string().contains(&format!("version {VERSION}")),
        "{error}"
    );
}

#[test]
fn a_cut_snapshot_is_damaged() {
    let snapshot = correlator().snapshot();
    let error = restored(&snapshot[..snapshot.len() - 1]).unwrap_err();
    assert!(matches!(error, SnapshotError::Damaged(_)), "{error}");
}
