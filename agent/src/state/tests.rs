//! What is kept, for how long, who else can read it, and what a kill leaves.

use super::*;
use crate::config;

fn bounds(keep_days: u32, keep_findings: u64) -> config::State {
    config::State {
        keep_days,
        keep_findings,
        ..config::Settings::default().state
    }
}

fn kept(uid: u128, time: u64) -> Kept {
    Kept {
        uid,
        time,
        json: format!("{uid:x}@{time}").into_bytes(),
    }
}

fn texts(found: Vec<Vec<u8>>) -> Vec<String> {
    found
        .into_iter()
        .map(|bytes| String::from_utf8(bytes).unwrap())
        .collect()
}

#[test]
fn a_later_revision_takes_the_place_of_the_earlier() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let bounds = bounds(30, 100);
    store.keep(&[kept(1, 10), kept(2, 20)], &bounds).unwrap();
    store.keep(&[kept(1, 30)], &bounds).unwrap();
    assert_eq!(store.finding(1).unwrap(), Some(b"1@30".to_vec()));
    let archive = Archive::open(directory.path()).unwrap();
    assert_eq!(texts(archive.latest(10).unwrap()), ["1@30", "2@20"]);
}

#[test]
fn the_oldest_go_beyond_the_bounds() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let findings: Vec<Kept> = (1..=10).map(|uid| kept(uid, uid as u64)).collect();
    store.keep(&findings, &bounds(30, 3)).unwrap();
    let archive = Archive::open(directory.path()).unwrap();
    assert_eq!(texts(archive.latest(10).unwrap()), ["a@10", "9@9", "8@8"]);
    store
        .keep(&[kept(99, 40 * 86_400_000)], &bounds(30, 3))
        .unwrap();
    assert_eq!(
        archive.latest(10).unwrap().len(),
        1,
        "a reader sees what is committed later"
    );
    assert_eq!(store.finding(8).unwrap(), None);
}

#[test]
fn a_finding_is_found_by_the_beginning_of_its_identifier() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let high = 0x3f2a_9c01_u128 << 96;
    store
        .keep(
            &[kept(high, 1), kept(high + 1, 2), kept(5, 3)],
            &bounds(30, 9),
        )
        .unwrap();
    let archive = Archive::open(directory.path()).unwrap();
    assert_eq!(archive.beginning("3f2a9c", 10).unwrap().len(), 2);
    assert_eq!(archive.beginning("3F2A9C01", 10).unwrap().len(), 2);
    assert_eq!(
        archive
            .beginning(&format!("{high:032x}"), 10)
            .unwrap()
            .len(),
        1
    );
    assert_eq!(archive.beginning("", 10).unwrap().len(), 3);
    for wrong in ["zz", "+1", &"0".repeat(33)] {
        assert!(archive.beginning(wrong, 10).unwrap().is_empty());
    }
}

#[test]
fn a_second_daemon_is_refused_and_a_reader_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let second = Store::open(directory.path()).err().unwrap();
    assert!(matches!(second, StateError::InUse(_)), "{second}");
    store.save("correlator", b"open").unwrap();
    let archive = Archive::open(directory.path()).unwrap();
    assert_eq!(archive.saved("correlator").unwrap(), Some(b"open".to_vec()));
    assert_eq!(archive.saved("other").unwrap(), None);
}

#[test]
fn a_copy_of_a_running_state_is_readable_as_after_a_kill() {
    // The bytes on disk between two commits are what a kill leaves.
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    store.keep(&[kept(7, 70)], &bounds(30, 9)).unwrap();
    let left = tempfile::tempdir().unwrap();
    std::fs::copy(file(directory.path()), file(left.path())).unwrap();
    let archive = Archive::open(left.path()).unwrap();
    assert_eq!(texts(archive.latest(9).unwrap()), ["7@70"]);
    drop(archive);
    let store = Store::open(left.path()).unwrap();
    assert_eq!(store.finding(7).unwrap(), Some(b"7@70".to_vec()));
}

#[test]
fn an_absent_or_foreign_state_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let absent = Archive::open(directory.path()).err().unwrap();
    assert!(matches!(absent, StateError::Absent(_)), "{absent}");
    std::fs::write(file(directory.path()), b"not a database at all").unwrap();
    let foreign = Store::open(directory.path()).err().unwrap();
    assert!(matches!(foreign, StateError::Failed(..)), "{foreign}");
}

fn scan(inode: u64, code: &str) -> crate::inspect::KeptScan {
    crate::inspect::KeptScan {
        identity: platform::ImageIdentity {
            device: 1,
            inode,
            size: 3,
            modified: 4,
            changed: 5,
        },
        edition: 7,
        code: code.to_owned(),
    }
}

#[test]
fn scans_are_kept_and_those_of_longest_ago_go_first() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let first = [scan(1, "compress\tzlib\t1.3\n"), scan(2, "")];
    assert_eq!(store.keep_scans(&first, 10, "searched 2").unwrap(), 0);
    assert_eq!(store.scans().unwrap(), first);
    let archive = Archive::open(directory.path()).unwrap();
    let (kept, about) = archive.scans().unwrap();
    assert_eq!((kept.len(), about.as_deref()), (2, Some("searched 2")));
    let many: Vec<_> = (0..scans::MOST)
        .map(|inode| scan(inode + 100, ""))
        .collect();
    let gone = store.keep_scans(&many, 20, "searched many").unwrap();
    assert_eq!(gone, 2 + scans::MOST / 10);
    let left = store.scans().unwrap();
    assert_eq!(left.len() as u64, scans::MOST + 2 - gone);
    assert!(left.iter().all(|scan| scan.identity.inode >= 100));
}
