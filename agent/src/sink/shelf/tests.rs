//! What waits while the state fails, and what becomes of it.

use super::*;
use crate::config::Settings;
use crate::state::Archive;

/// A shelf whose state failed: its directory is a file for now.
fn broken(path: &std::path::Path) -> Shelf {
    std::fs::write(path, b"in the way").unwrap();
    Shelf {
        store: None,
        directory: path.to_owned(),
        bounds: Settings::default().state,
        waiting: VecDeque::new(),
        console: Console::new(),
        delivery: Arc::default(),
        failing: false,
    }
}

fn numbered(numbers: std::ops::Range<u128>) -> impl Iterator<Item = Kept> {
    numbers.map(|uid| Kept {
        uid,
        time: uid as u64,
        json: b"{}".to_vec(),
    })
}

#[test]
fn what_waited_is_kept_when_the_state_works_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let mut shelf = broken(&path);
    shelf.put(numbered(0..3));
    shelf.save(b"a snapshot that knows the three as told");
    assert!(shelf.failing);
    std::fs::remove_file(&path).unwrap();
    shelf.put(numbered(3..4));
    shelf.save(b"a snapshot");
    assert!(!shelf.failing);
    let delivery = Arc::clone(&shelf.delivery);
    shelf.close();
    assert_eq!(delivery.kept.load(Ordering::Relaxed), 4);
    assert_eq!(delivery.unkept.load(Ordering::Relaxed), 0);
    let archive = Archive::open(&path).unwrap();
    assert_eq!(archive.latest(10).unwrap().len(), 4);
    assert_eq!(archive.saved(SNAPSHOT).unwrap().unwrap(), b"a snapshot");
}

#[test]
fn what_waits_is_bounded_and_counted() {
    let directory = tempfile::tempdir().unwrap();
    let mut shelf = broken(&directory.path().join("state"));
    let more = 5;
    shelf.put(numbered(0..(WAITING + more) as u128));
    assert_eq!(shelf.waiting.len(), WAITING);
    let delivery = Arc::clone(&shelf.delivery);
    shelf.close();
    assert_eq!(
        delivery.unkept.load(Ordering::Relaxed),
        (WAITING + more) as u64
    );
}
