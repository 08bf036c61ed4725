//! The queue: what is put in comes out, bounds hold, and waiting ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{HEAD, Intake, Raw, read};

pub(crate) fn raw(time: u64, payload: &[u8]) -> Raw<'_> {
    Raw {
        provider: [7; 16],
        id: 300,
        version: 2,
        pointer: 8,
        time: 116_444_736_000_000_000 + time,
        pid: 44,
        tid: 45,
        payload,
    }
}

#[test]
fn an_event_comes_out_as_it_went_in() {
    let intake = Intake::new(&[1_000, 1_000]);
    assert!(intake.put(1, &raw(5, b"one")));
    assert!(intake.put(1, &raw(3, b"")));
    assert_eq!(intake.take(0).events, 0);
    let taken = intake.take(1);
    assert_eq!((taken.events, taken.latest, taken.dropped), (2, 500, 0));
    let (first, rest) = read(&taken.bytes).unwrap();
    assert_eq!((first.provider, first.id, first.version), ([7; 16], 300, 2));
    assert_eq!((first.time, first.pid, first.tid), (500, 44, 45));
    assert_eq!((first.pointer, first.payload), (8, &b"one"[..]));
    let (second, rest) = read(rest).unwrap();
    assert_eq!((second.time, second.payload), (300, &b""[..]));
    assert!(rest.is_empty() && read(rest).is_none());
    for length in 0..taken.bytes.len() {
        let _ = read(&taken.bytes[..length]);
    }
}

#[test]
fn a_full_lane_drops_and_counts_and_the_other_does_not() {
    let intake = Intake::new(&[2 * (HEAD + 10), 1_000]);
    let payload = [0; 10];
    let put = (0..5).filter(|_| intake.put(0, &raw(1, &payload))).count();
    assert_eq!(put, 2);
    assert!(intake.put(1, &raw(1, &payload)));
    let taken = intake.take(0);
    assert_eq!((taken.events, taken.dropped), (2, 3));
    assert_eq!(intake.take(1).dropped, 0);
    // There is room again, and what was told is not told again.
    assert!(intake.put(0, &raw(1, &payload)));
    assert_eq!(intake.take(0).dropped, 0);
}

#[test]
fn ends_and_failures_are_told_once() {
    let intake = Intake::new(&[100]);
    intake.failed(0);
    intake.ended(0, 5);
    let taken = intake.take(0);
    assert_eq!((taken.failed, taken.ended), (1, Some(5)));
    assert_eq!(intake.take(0).ended, None);
    // A lane that there is not takes nothing.
    assert!(!intake.put(9, &raw(1, b"")));
    intake.failed(9);
    intake.ended(9, 0);
    assert_eq!(intake.take(9).events, 0);
}

#[test]
fn waiting_ends_with_the_first_event() {
    let intake = Arc::new(Intake::new(&[1_000]));
    let other = Arc::clone(&intake);
    let begun = Instant::now();
    let thread = std::thread::spawn(move || other.put(0, &raw(1, b"x")));
    intake.wait(Duration::from_mins(1));
    assert!(thread.join().unwrap());
    assert!(begun.elapsed() < Duration::from_secs(50));
    assert_eq!(intake.take(0).events, 1);
    // Nothing comes any more.
    intake.wait(Duration::from_millis(1));
}

#[test]
fn nothing_is_lost_between_threads() {
    const EACH: u64 = 20_000;
    let intake = Arc::new(Intake::new(&[1 << 16, 1 << 16]));
    let threads: Vec<_> = (0..2)
        .map(|lane| {
            let intake = Arc::clone(&intake);
            std::thread::spawn(move || {
                (0..EACH)
                    .filter(|time| intake.put(lane, &raw(*time, &time.to_le_bytes())))
                    .count() as u64
            })
        })
        .collect();
    let mut taken = [0; 2];
    let mut dropped = [0; 2];
    let mut look = |intake: &Intake| {
        for lane in 0..2 {
            let found = intake.take(lane);
            let mut rest = &found.bytes[..];
            let mut events = 0;
            while let Some((_, after)) = read(rest) {
                rest = after;
                events += 1;
            }
            assert_eq!(events, found.events);
            taken[lane] += found.events;
            dropped[lane] += found.dropped;
        }
    };
    while !threads.iter().all(std::thread::JoinHandle::is_finished) {
        intake.wait(Duration::from_millis(1));
        look(&intake);
    }
    look(&intake);
    for (lane, thread) in threads.into_iter().enumerate() {
        assert_eq!(thread.join().unwrap(), taken[lane]);
        assert_eq!(taken[lane] + dropped[lane], EACH);
    }
}
