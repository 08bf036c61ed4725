//! Files: what is written between open and close is told once, whatever the order of events.

use std::collections::BTreeMap;

use proptest::prelude::*;
use ring_abi::{Body, CloseReason, FileWritten, Flags, Kind, Known, Tag};

use super::{BOUNDS, LiveBounds, Scene, all, path};

const DOCS: &str = r"\Device\HarddiskVolume3\docs";

fn written(records: &[Vec<u8>]) -> Vec<(String, FileWritten, u64)> {
    all(records, Kind::FILE_WRITTEN)
        .iter()
        .map(|record| match record.body {
            Body::FileWritten(body) => (path(record).to_owned(), body, record.header.start_time),
            _ => panic!(),
        })
        .collect()
}

#[test]
fn many_writes_are_one_record_at_the_close() {
    let mut scene = Scene::new(&BOUNDS);
    scene.start(44, 1, "a.exe");
    scene.open(44, 5, 2, &format!(r"{DOCS}\a.zip"));
    for _ in 0..100 {
        scene.write(44, 5, 1_000);
    }
    // The cache's own writes of the same pages, by the system.
    scene.moved(16, 4, 5, 65_536, 0x0006_0043);
    scene.clean_up(44, 5);
    scene.close(44, 5);
    let records = scene.end();
    let told = written(&records);
    assert_eq!(told.len(), 1);
    let (path, body, start) = &told[0];
    assert_eq!(path, r"C:\docs\a.zip");
    assert_eq!((body.bytes_written, body.calls), (100_000, 100));
    assert_eq!(body.reason, CloseReason::CLOSED.0);
    assert_eq!((body.opener_pid, body.opener_start), (44, *start));
    assert!(Known(body.known).has(Known::CREATED));
    assert!(!Known(body.known).has(Known::SIZE_AFTER));
}

#[test]
fn nothing_is_told_of_a_file_that_was_only_opened() {
    let mut scene = Scene::new(&BOUNDS);
    scene.open(44, 5, 1, &format!(r"{DOCS}\a.txt"));
    scene.clean_up(44, 5);
    scene.close(44, 5);
    assert!(written(&scene.end()).is_empty());
}

#[test]
fn a_file_that_was_open_before_has_its_name_from_the_rundown() {
    let mut scene = Scene::new(&BOUNDS);
    // A write to an object that nobody named tells nothing.
    scene.write(44, 9, 10);
    scene.clean_up(44, 9);
    let name = super::Payload::default()
        .u64(6)
        .wide(&format!(r"{DOCS}\b.zip"));
    scene.file(10, 4, &name);
    scene.write(44, 5, 10);
    scene.clean_up(44, 5);
    let records = scene.end();
    let told = written(&records);
    assert_eq!(told.len(), 1);
    let (path, body, _) = &told[0];
    assert_eq!(path, r"C:\docs\b.zip");
    // Who opened it, and what it wrote before, is not known.
    let known = Known(body.known);
    assert!(!known.has(Known::OPENER) && !known.has(Known::BYTES_WRITTEN));
    assert_eq!(body.bytes_written, 0);
}

#[test]
fn names_change_and_go() {
    let mut scene = Scene::new(&BOUNDS);
    scene.open(44, 5, 2, &format!(r"{DOCS}\a.tmp"));
    scene.write(44, 5, 10);
    scene.set(27, 44, 5, &format!(r"{DOCS}\a.zip"));
    scene.write(44, 5, 10);
    scene.clean_up(44, 5);
    scene.open(44, 6, 1, &format!(r"{DOCS}\in.txt"));
    scene.set(26, 44, 6, &format!(r"{DOCS}\in.txt"));
    scene.set(28, 44, 6, &format!(r"{DOCS}\link.txt"));
    scene.set(27, 44, 99, &format!(r"{DOCS}\unseen.zip"));
    let records = scene.end();
    let renamed = all(&records, Kind::FILE_RENAMED);
    assert_eq!(path(&renamed[0]), r"C:\docs\a.zip");
    assert_eq!(
        renamed[0].tail.field(Tag::OLD_PATH),
        Some(&br"C:\docs\a.tmp"[..])
    );
    assert!(renamed[1].flags().has(Flags::LOOKUP_FAILED));
    let told = written(&records);
    assert_eq!(
        (told[0].0.as_str(), told[0].1.bytes_written),
        (r"C:\docs\a.zip", 20)
    );
    assert_eq!(
        path(&all(&records, Kind::FILE_REMOVED)[0]),
        r"C:\docs\in.txt"
    );
    assert_eq!(
        path(&all(&records, Kind::FILE_LINKED)[0]),
        r"C:\docs\link.txt"
    );
}

#[test]
fn a_number_that_is_given_anew_is_another_process() {
    let mut scene = Scene::new(&BOUNDS);
    scene.start(44, 1, "a.exe");
    scene.open(44, 5, 2, &format!(r"{DOCS}\a"));
    scene.write(44, 5, 1);
    scene.clean_up(44, 5);
    scene.stop(44);
    scene.start(44, 1, "b.exe");
    scene.open(44, 5, 2, &format!(r"{DOCS}\b"));
    scene.write(44, 5, 2);
    scene.clean_up(44, 5);
    let records = scene.end();
    let starts = all(&records, Kind::PROCESS_START);
    let told = written(&records);
    assert_eq!(told.len(), 2);
    for (start, (_, body, by)) in starts.iter().zip(&told) {
        assert_eq!((start.header.start_time, body.opener_start), (*by, *by));
    }
    assert_ne!(told[0].2, told[1].2);
}

#[test]
fn an_object_that_is_used_anew_without_a_close_tells_what_it_was() {
    let mut scene = Scene::new(&BOUNDS);
    scene.open(44, 5, 2, &format!(r"{DOCS}\a"));
    scene.write(44, 5, 7);
    scene.open(45, 5, 2, &format!(r"{DOCS}\b"));
    scene.write(45, 5, 8);
    scene.clean_up(45, 5);
    let told = written(&scene.end());
    let told: Vec<_> = told
        .iter()
        .map(|(path, body, _)| (path.as_str(), body.bytes_written, body.reason))
        .collect();
    assert_eq!(
        told,
        [
            (r"C:\docs\a", 7, CloseReason::SWEPT.0),
            (r"C:\docs\b", 8, CloseReason::CLOSED.0)
        ]
    );
}

#[test]
fn the_table_of_open_files_is_bounded() {
    let mut scene = Scene::new(&LiveBounds {
        open_files: 10,
        ..BOUNDS
    });
    for object in 0..100 {
        scene.open(44, 1_000 + object, 2, &format!(r"{DOCS}\{object}"));
        scene.write(44, 1_000 + object, 1);
    }
    let told = written(&scene.records());
    assert_eq!(told.len(), 90);
    assert_eq!(scene.counter("file_objects_evicted"), 90);
    assert_eq!(told[0].0, r"C:\docs\0");
    assert_eq!(written(&scene.end()).len(), 10);
}

#[test]
fn directories_are_told_once_each_and_not_beyond_the_bound() {
    let mut scene = Scene::new(&BOUNDS);
    scene.start(44, 1, "a.exe");
    for object in 0..5 {
        scene.open(44, 10 * object, 1, &format!(r"{DOCS}{object}\a.txt"));
        scene.read(44, 10 * object);
        scene.read(44, 10 * object);
    }
    let records = scene.records();
    let read: Vec<_> = all(&records, Kind::DIRECTORY_READ)
        .iter()
        .map(path)
        .collect();
    assert_eq!(read, [r"C:\docs0", r"C:\docs1", r"C:\docs2"]);
    assert_eq!(scene.counter("directories_left_out"), 4);
    // Another process with its number begins anew.
    scene.stop(44);
    scene.start(44, 1, "a.exe");
    scene.read(44, 10);
    assert_eq!(all(&scene.records(), Kind::DIRECTORY_READ).len(), 1);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Open(u64),
    Write(u64, u32),
    CleanUp(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let object = 1_u64..8;
    prop_oneof![
        object.clone().prop_map(Step::Open),
        (object.clone(), 1_u32..1_000).prop_map(|(object, bytes)| Step::Write(object, bytes)),
        object.prop_map(Step::CleanUp),
    ]
}

proptest! {
    /// Every byte that was written to a file whose open was seen is in exactly one record.
    #[test]
    fn no_byte_is_lost_or_told_twice(steps in prop::collection::vec(step(), 0..200), room in 2_usize..12) {
        let mut scene = Scene::new(&LiveBounds { open_files: room, ..BOUNDS });
        let mut open: BTreeMap<u64, String> = BTreeMap::new();
        let mut ages: Vec<u64> = Vec::new();
        let mut expected: BTreeMap<String, u64> = BTreeMap::new();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Open(object) => {
                    let name = format!("f{number}");
                    scene.open(44, object, 2, &format!(r"{DOCS}\{name}"));
                    // The one that was opened first makes room, even for itself.
                    if open.len() >= room
                        && let Some(oldest) = ages.first().copied()
                    {
                        open.remove(&oldest);
                        ages.remove(0);
                    }
                    ages.retain(|known| *known != object);
                    ages.push(object);
                    open.insert(object, name);
                }
                Step::Write(object, bytes) => {
                    scene.write(44, object, bytes);
                    if let Some(name) = open.get(&object) {
                        *expected.entry(format!(r"C:\docs\{name}")).or_default() += u64::from(bytes);
                    }
                }
                Step::CleanUp(object) => {
                    scene.clean_up(44, object);
                    scene.close(44, object);
                    ages.retain(|known| *known != object);
                    open.remove(&object);
                }
            }
        }
        let mut told: BTreeMap<String, u64> = BTreeMap::new();
        for (path, body, _) in written(&scene.end()) {
            prop_assert!(told.insert(path, body.bytes_written).is_none());
        }
        prop_assert_eq!(told, expected);
    }
}
