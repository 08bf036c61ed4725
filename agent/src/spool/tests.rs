//! The spool gives back what it got, in order, whatever happens to its files.

use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::wire::{Bytes, decode};

fn settings(path: &Path, max_bytes: u64) -> config::Spool {
    config::Spool {
        path: path.to_owned(),
        max_bytes,
        sync: config::Sync::Never,
    }
}

fn open(path: &Path, max_bytes: u64) -> (Spool, Vec<Loss>) {
    Spool::open(&settings(path, max_bytes)).unwrap()
}

fn finding(text: &str) -> Vec<u8> {
    wire::item(&Item {
        time: 1,
        content: Content::Finding(Bytes::new(text.as_bytes())),
    })
}

/// Everything of a lane, as (epoch, sequence, text); losses as their cause's name.
fn drain(spool: &mut Spool, lane: Lane) -> Vec<(u64, u64, String)> {
    let mut found = Vec::new();
    while let Some(chunk) = spool.next(lane, 1_000).unwrap() {
        let frame = wire::batch(chunk.epoch, lane, chunk.first, chunk.number, &chunk.items);
        let wire::Frame::Batch(batch) = decode(&frame[wire::HEADER..]).unwrap() else {
            panic!("it is a batch")
        };
        for (sequence, item) in (batch.first..).zip(&batch.items) {
            let text = match &item.content {
                Content::Finding(bytes) | Content::Record(bytes) => {
                    String::from_utf8(bytes.to_vec()).unwrap()
                }
                Content::Loss(loss) => loss.cause.name().to_owned(),
            };
            found.push((batch.epoch, sequence, text));
        }
    }
    found
}

fn texts(found: &[(u64, u64, String)]) -> Vec<&str> {
    found.iter().map(|(_, _, text)| text.as_str()).collect()
}

#[test]
fn items_come_back_in_order_and_again_after_a_rewind() {
    let folder = TempDir::new().unwrap();
    let (mut spool, lost) = open(folder.path(), 1 << 20);
    assert_eq!(lost, []);
    assert_eq!(spool.next(Lane::Findings, 1_000).unwrap(), None);
    spool
        .append(Lane::Findings, &[finding("a"), finding("b")])
        .unwrap();
    assert_eq!(texts(&drain(&mut spool, Lane::Findings)), ["a", "b"]);
    spool.append(Lane::Findings, &[finding("c")]).unwrap();
    assert_eq!(texts(&drain(&mut spool, Lane::Findings)), ["c"]);
    spool.rewind();
    let found = drain(&mut spool, Lane::Findings);
    assert_eq!(texts(&found), ["a", "b", "c"]);
    let sequences: Vec<u64> = found.iter().map(|(_, sequence, _)| *sequence).collect();
    assert_eq!(sequences, [0, 1, 2]);
    assert!(drain(&mut spool, Lane::Telemetry).is_empty());
}

#[test]
fn what_was_acknowledged_is_not_sent_again() {
    let folder = TempDir::new().unwrap();
    let (mut spool, _) = open(folder.path(), 1 << 20);
    for text in ["a", "b", "c"] {
        spool.append(Lane::Findings, &[finding(text)]).unwrap();
    }
    let through = |spool: &Spool, through| Acknowledged {
        epoch: spool.epoch(),
        lane: Lane::Findings,
        through,
    };
    spool.acknowledge(through(&spool, 1));
    spool.rewind();
    assert!(!spool.is_done(Lane::Findings));
    assert_eq!(texts(&drain(&mut spool, Lane::Findings)), ["c"]);
    spool.acknowledge(through(&spool, 2));
    assert!(spool.is_done(Lane::Findings));
    // An older acknowledgement that comes late changes nothing.
    spool.acknowledge(through(&spool, 0));
    spool.rewind();
    assert!(drain(&mut spool, Lane::Findings).is_empty());
}

#[test]
fn the_next_run_goes_on_with_an_epoch_of_its_own() {
    let folder = TempDir::new().unwrap();
    let (mut spool, _) = open(folder.path(), 1 << 20);
    let first = spool.epoch();
    spool.append(Lane::Findings, &[finding("a")]).unwrap();
    assert!(matches!(
        Spool::open(&settings(folder.path(), 1 << 20)),
        Err(SpoolError::InUse(_))
    ));
    drop(spool);
    let (mut spool, lost) = open(folder.path(), 1 << 20);
    assert_eq!(lost, []);
    assert_eq!(spool.oldest_epoch(), first);
    assert!(spool.epoch() > first);
    spool.append(Lane::Findings, &[finding("b")]).unwrap();
    let found = drain(&mut spool, Lane::Findings);
    let second = spool.epoch();
    assert_eq!(
        found,
        [(first, 0, "a".to_owned()), (second, 0, "b".to_owned())]
    );
    spool.acknowledge(Acknowledged {
        epoch: first,
        lane: Lane::Findings,
        through: 0,
    });
    assert_eq!(spool.oldest_epoch(), second);
}

#[test]
fn telemetry_goes_before_findings_and_every_eviction_is_told() {
    let folder = TempDir::new().unwrap();
    let (mut spool, _) = open(folder.path(), 1 << 20);
    spool.append(Lane::Findings, &[finding("kept")]).unwrap();
    let big = "x".repeat(10_000);
    let mut largest = 0;
    for _ in 0..500 {
        spool.append(Lane::Telemetry, &[finding(&big)]).unwrap();
        largest = largest.max(spool.waiting());
    }
    assert!(largest <= 1 << 20, "{largest}");
    let left = drain(&mut spool, Lane::Telemetry);
    let told = drain(&mut spool, Lane::Findings);
    assert_eq!(told[0].2, "kept");
    assert!(told.len() > 10 && told[1..].iter().all(|(_, _, text)| text == "evicted"));
    let losses = spool.losses();
    assert_eq!(losses.evicted_telemetry + left.len() as u64, 500);
    assert_eq!(left.last().unwrap().1, 499, "the newest stays");
    assert_eq!(losses.evicted_findings, 0);
    // Without telemetry the oldest findings go.
    for number in 0..300 {
        let text = format!("{number}{big}");
        spool.append(Lane::Findings, &[finding(&text)]).unwrap();
        assert!(spool.waiting() <= 1 << 20);
    }
    assert!(spool.losses().evicted_findings > 0);
    spool.rewind();
    let left = drain(&mut spool, Lane::Findings);
    assert!(left.last().unwrap().2.starts_with("299x"));
}

/// A spool of two segments with 12 items, and the segments' bytes.
fn sample() -> (TempDir, Vec<(PathBuf, Vec<u8>)>) {
    let folder = TempDir::new().unwrap();
    let (mut spool, _) = open(folder.path(), 1 << 20);
    for number in 0..6 {
        spool
            .append(Lane::Findings, &[finding(&format!("early {number}"))])
            .unwrap();
    }
    spool.segment_bytes = 1;
    spool.append(Lane::Findings, &[finding("late 0")]).unwrap();
    spool.segment_bytes = 1 << 20;
    for number in 1..6 {
        spool
            .append(Lane::Findings, &[finding(&format!("late {number}"))])
            .unwrap();
    }
    let paths: Vec<_> = spool
        .findings
        .segments
        .iter()
        .map(|one| one.path.clone())
        .collect();
    assert_eq!(paths.len(), 2);
    let files = paths.into_iter().map(|path| {
        let bytes = std::fs::read(&path).unwrap();
        (path, bytes)
    });
    (folder, files.collect())
}

/// Opens a spool in which one segment was changed, and holds what it gives against the whole.
fn check_changed(folder: &Path, path: &Path, changed: &[u8], least_intact: usize, traced: bool) {
    std::fs::write(path, changed).unwrap();
    let (mut spool, lost) = open(folder, 1 << 20);
    let found = drain(&mut spool, Lane::Findings);
    let items: Vec<&str> = texts(&found)
        .into_iter()
        .filter(|text| text.contains(' '))
        .collect();
    assert!(items.len() >= least_intact, "{items:?}");
    let whole = (0..6)
        .map(|n| format!("early {n}"))
        .chain((0..6).map(|n| format!("late {n}")));
    let whole: Vec<String> = whole.collect();
    let mut rest = whole.iter();
    for item in &items {
        assert!(rest.any(|one| one == item), "{items:?}");
    }
    let missing = 12 - items.len() as u64;
    let known: u64 = lost.iter().filter_map(|loss| loss.items).sum();
    let unknown = lost.iter().any(|loss| loss.items.is_none());
    if traced {
        assert!(
            known == missing || unknown && known <= missing,
            "{known} of {missing}: {lost:?}"
        );
    } else {
        assert_eq!(lost, []);
    }
    assert!(lost.iter().all(|loss| !loss.place.is_empty()));
    drop(spool);
    std::fs::remove_dir_all(folder.join("findings")).unwrap();
}

#[test]
fn a_segment_that_was_cut_at_any_byte_gives_what_is_intact() {
    let (folder, files) = sample();
    for (which, (path, bytes)) in files.iter().enumerate() {
        for length in 0..bytes.len() {
            std::fs::create_dir_all(folder.path().join("findings")).unwrap();
            for (other, whole) in &files {
                std::fs::write(other, whole).unwrap();
            }
            let entry = (bytes.len() - segment::Header::SIZE) / 6;
            let intact = length.saturating_sub(segment::Header::SIZE) / entry;
            // A cut between two entries of an epoch's last segment leaves no trace.
            let between = length
                .checked_sub(segment::Header::SIZE)
                .map(|rest| rest % entry);
            let traced = which == 0 || between != Some(0);
            check_changed(folder.path(), path, &bytes[..length], 6 + intact, traced);
        }
    }
}

#[test]
fn a_flipped_bit_anywhere_costs_one_item_at_most() {
    let (folder, files) = sample();
    for (path, bytes) in &files {
        // One bit of each byte, another one each time.
        for bit in (0..bytes.len() * 8).step_by(9) {
            std::fs::create_dir_all(folder.path().join("findings")).unwrap();
            for (other, whole) in &files {
                std::fs::write(other, whole).unwrap();
            }
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            check_changed(folder.path(), path, &changed, 11, true);
        }
    }
}

#[test]
fn a_disk_that_takes_nothing_is_an_error_and_is_counted() {
    let folder = TempDir::new().unwrap();
    let (mut spool, _) = open(folder.path(), 1 << 20);
    std::fs::remove_dir(folder.path().join("findings")).unwrap();
    let error = spool.append(Lane::Findings, &[finding("a")]).unwrap_err();
    assert!(
        error
            .to_string()
            .contains(&*folder.path().to_string_lossy())
    );
    assert_eq!(spool.losses().unwritten, 1);
    std::fs::create_dir(folder.path().join("findings")).unwrap();
    spool.append(Lane::Findings, &[finding("b")]).unwrap();
    assert_eq!(texts(&drain(&mut spool, Lane::Findings)), ["b"]);
}
