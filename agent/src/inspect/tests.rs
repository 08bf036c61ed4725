//! A program is searched once per content, and what one run found the next one knows.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use correlator::{Detail, Event, FileKey, FileWritten, ProcessKey, ProcessStart, Time};

use super::*;

fn inspector(kept: &[KeptScan]) -> Inspector {
    Inspector::start(kept, Console::new()).unwrap()
}

fn file_key(path: &Path) -> FileKey {
    let about = std::fs::metadata(path).unwrap();
    FileKey {
        device: about.dev(),
        inode: about.ino(),
    }
}

#[expect(
    clippy::large_types_passed_by_value,
    reason = "it becomes a part of the event"
)]
fn event(detail: Detail<'_>) -> Event<'_> {
    Event {
        time: Time(1),
        // No process of this number runs the file: it is found by its name.
        process: ProcessKey {
            pid: u32::MAX,
            start: 1,
        },
        incomplete: false,
        detail,
    }
}

/// Lets a start of the file go by.
fn start(inspector: &mut Inspector, path: &Path) -> Option<(FileKey, Found)> {
    inspector.see(&event(Detail::ProcessStart(ProcessStart {
        image: Some(path.as_os_str().as_encoded_bytes()),
        image_file: Some(file_key(path)),
        ..ProcessStart::default()
    })))
}

/// What the other thread says next.
fn outcome(inspector: &mut Inspector) -> Vec<String> {
    let begun = Instant::now();
    loop {
        if let Some((_, found)) = inspector.next() {
            let code = found.code.iter();
            return code.map(|code| code.recognised.clone()).collect();
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "nothing came");
        std::thread::yield_now();
    }
}

fn counted(inspector: &Inspector, name: &str) -> u64 {
    let all = inspector.counters().all();
    all.iter().find(|(counter, _)| *counter == name).unwrap().1
}

const PACKER: &[u8] = b"no ELF, but \0 deflate 1.3.1 Copyright 1995-2024 \0";

#[test]
fn a_file_is_searched_once_per_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("packer");
    std::fs::write(&path, PACKER).unwrap();
    let mut inspector = inspector(&[]);
    assert!(start(&mut inspector, &path).is_none());
    assert_eq!(outcome(&mut inspector), ["deflate 1.3.1"]);
    let (file, found) = start(&mut inspector, &path).unwrap();
    assert_eq!((file, found.code.len()), (file_key(&path), 1));
    assert_eq!(counted(&inspector, "searched"), 1);
    // Written anew under the same identity: what was known holds no longer.
    std::fs::write(&path, b"harmless now").unwrap();
    inspector.see(&event(Detail::FileWritten(FileWritten {
        file: Some(file_key(&path)),
        ..FileWritten::default()
    })));
    assert!(start(&mut inspector, &path).is_none());
    assert!(outcome(&mut inspector).is_empty());
    assert_eq!(counted(&inspector, "searched"), 2);
    assert_eq!(counted(&inspector, "with_code"), 1);
}

#[test]
fn the_catalogue_knows_every_family_that_is_recognised() {
    let catalogue = correlator::Catalogue::builtin();
    for family in Scanner::new().families() {
        assert!(catalogue.code(family.as_bytes()).is_some(), "{family}");
    }
}

#[test]
fn what_one_run_found_the_next_one_knows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("packer");
    std::fs::write(&path, PACKER).unwrap();
    let mut first = inspector(&[]);
    start(&mut first, &path);
    outcome(&mut first);
    let kept = first.take_fresh();
    assert_eq!(kept.len(), 1);
    let mut second = inspector(&kept);
    start(&mut second, &path);
    assert_eq!(outcome(&mut second), ["deflate 1.3.1"]);
    assert_eq!(
        (
            counted(&second, "searched"),
            counted(&second, "known_before")
        ),
        (0, 1)
    );
    assert!(second.take_fresh().is_empty());
    // Other fingerprints have to look for themselves; what does not read is as good as absent.
    let mut other = kept.clone();
    other[0].edition ^= 1;
    let mut damaged = kept;
    damaged[0].code = "gone wrong".to_owned();
    for kept in [other, damaged] {
        let mut third = inspector(&kept);
        start(&mut third, &path);
        assert_eq!(outcome(&mut third), ["deflate 1.3.1"]);
        assert_eq!(counted(&third, "searched"), 1);
    }
}

#[test]
fn a_file_that_is_gone_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let (path, later) = (folder.path().join("packer"), folder.path().join("later"));
    std::fs::write(&path, PACKER).unwrap();
    let mut inspector = inspector(&[]);
    let file = file_key(&path);
    std::fs::rename(&path, &later).unwrap();
    let lost = ProcessStart {
        image: Some(path.as_os_str().as_encoded_bytes()),
        image_file: Some(file),
        ..ProcessStart::default()
    };
    inspector.see(&event(Detail::ProcessStart(lost)));
    let begun = Instant::now();
    while counted(&inspector, "gone") == 0 {
        assert!(begun.elapsed() < Duration::from_mins(1), "nothing came");
        assert!(inspector.next().is_none());
    }
    // The report may still be under way; it must have been taken before the file is asked for.
    while matches!(inspector.known.get(&file), Some(Known::Pending)) {
        assert!(begun.elapsed() < Duration::from_mins(1), "nothing came");
        assert!(inspector.next().is_none());
    }
    assert!(start(&mut inspector, &later).is_none());
    assert_eq!(outcome(&mut inspector), ["deflate 1.3.1"]);
}

#[test]
fn a_library_where_libraries_are_installed_is_left_alone() {
    let mut inspector = inspector(&[]);
    let load = |path: &'static str| Detail::LibraryLoad {
        path: Some(path.as_bytes()),
        file: Some(FileKey {
            device: 1,
            inode: 2,
        }),
    };
    inspector.see(&event(load("/usr/lib/x86_64-linux-gnu/libz.so.1")));
    assert!(inspector.known.is_empty());
    inspector.see(&event(load("/home/eve/venv/lib/_pack.so")));
    assert_eq!(inspector.known.len(), 1);
}

#[test]
fn what_finds_no_room_is_counted_and_what_is_known_is_bounded() {
    let mut inspector = inspector(&[]);
    // Nobody takes the reports, so that the other thread stands still when these are full.
    let asked = 4 * JOBS as u64;
    for inode in 0..asked {
        let start = ProcessStart {
            image_file: Some(FileKey { device: 0, inode }),
            ..ProcessStart::default()
        };
        inspector.see(&event(Detail::ProcessStart(start)));
    }
    let dropped = counted(&inspector, "dropped");
    assert!(dropped > 0 && inspector.known.len() as u64 == asked - dropped);
    for inode in 0..2 * MOST_KNOWN as u64 {
        inspector.learn(FileKey { device: 9, inode }, Known::Pending);
    }
    assert_eq!(inspector.known.len(), MOST_KNOWN);
    assert_eq!(inspector.order.len(), MOST_KNOWN);
}

#[test]
fn a_number_that_comes_under_another_name_is_another_file() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("reader"), folder.path().join("packer"));
    std::fs::write(&first, b"nothing of the kind").unwrap();
    let mut inspector = inspector(&[]);
    assert!(start(&mut inspector, &first).is_none());
    assert_eq!(outcome(&mut inspector), [""; 0]);
    // What is written here is told by no event, as with a file that only its mapping has filled.
    std::fs::write(&first, PACKER).unwrap();
    std::fs::rename(&first, &second).unwrap();
    assert!(start(&mut inspector, &second).is_none());
    assert_eq!(outcome(&mut inspector), ["deflate 1.3.1"]);
    assert!(start(&mut inspector, &second).is_some());
}
