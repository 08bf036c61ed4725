//! Order, waiting and its bounds.

use std::time::Instant;

use ring_abi::{Body, Exit, FileWritten, Flags, Kind, ProcessStart, Tag, decode};

use super::{LONGEST, Looking, MOST_LOOKS, Outgoing, Want};
use crate::encode::{Records, Who};
use crate::looks::{Sample, Seen};

fn made(kind: Kind, flags: Flags, body: &[u8], path: &str) -> Vec<u8> {
    let mut records = Records::default();
    let who = Who {
        time: 9,
        pid: 44,
        tid: 0,
        start: 8,
    };
    records.put(
        kind,
        who,
        flags,
        body,
        &[(Tag::PATH, Some(path.as_bytes()))],
    );
    let mut made = Vec::new();
    records.drain(&mut |record| made = record.to_vec());
    made
}

fn written(path: &str) -> Vec<u8> {
    made(
        Kind::FILE_WRITTEN,
        Flags(0),
        &FileWritten::default().write(),
        path,
    )
}

fn exit() -> Vec<u8> {
    made(Kind::EXIT, Flags(0), &Exit::default().write(), "")
}

fn handed(outgoing: &mut Outgoing, now: Instant) -> Vec<u16> {
    let mut kinds = Vec::new();
    outgoing.hand_out(now, usize::MAX, &mut |record| {
        kinds.push(decode(record).unwrap().header.kind);
    });
    kinds
}

#[test]
fn what_follows_a_look_waits_with_it() {
    let now = Instant::now();
    let mut outgoing = Outgoing::new(Looking::AtBoth);
    outgoing.push(&exit(), now);
    outgoing.push(&written(r"C:\a"), now);
    outgoing.push(&written(r"C:\b"), now);
    outgoing.push(&exit(), now);
    assert_eq!(handed(&mut outgoing, now), [Kind::EXIT.0]);
    let (one, two) = (outgoing.next_look().unwrap(), outgoing.next_look().unwrap());
    assert!(
        matches!(&one.want, Want::File { path, closed: 9, identity: None } if **path == *br"C:\a")
    );
    assert_eq!(outgoing.next_look(), None);
    // The second answer does not overtake the first.
    outgoing.answer(two.ticket, &Seen::Nothing);
    assert!(handed(&mut outgoing, now).is_empty());
    let sample = Sample {
        size: 5,
        ..Sample::default()
    };
    outgoing.answer(one.ticket, &Seen::File(sample));
    let mut sizes = Vec::new();
    outgoing.hand_out(now, usize::MAX, &mut |record| {
        if let Body::FileWritten(body) = decode(record).unwrap().body {
            sizes.push(body.size_after);
        }
    });
    assert_eq!(sizes, [5, 0]);
    // An answer that comes once more finds nobody.
    outgoing.answer(one.ticket, &Seen::Nothing);
    assert!(outgoing.is_empty() && outgoing.bytes == 0 && outgoing.open == 0);
    let kinds = outgoing.kinds();
    assert!(
        kinds
            .iter()
            .all(|kind| kind.emitted == 2 && kind.delivered == 2)
    );
    assert_eq!(kinds.len(), 2);
}

#[test]
fn nothing_waits_for_ever() {
    let now = Instant::now();
    let mut outgoing = Outgoing::new(Looking::AtBoth);
    outgoing.push(&written(r"C:\a"), now);
    outgoing.push(&exit(), now);
    let look = outgoing.next_look().unwrap();
    assert!(handed(&mut outgoing, now + LONGEST / 2).is_empty());
    assert_eq!(handed(&mut outgoing, now + LONGEST).len(), 2);
    assert_eq!(outgoing.counts.late, 1);
    outgoing.answer(look.ticket, &Seen::Nothing);
    assert_eq!((outgoing.open, outgoing.counts.asked), (0, 1));
}

#[test]
fn looks_are_bounded_and_refused_ones_counted() {
    let now = Instant::now();
    let mut outgoing = Outgoing::new(Looking::AtBoth);
    for _ in 0..MOST_LOOKS + 10 {
        outgoing.push(&written(r"C:\a"), now);
    }
    assert_eq!(outgoing.counts.refused, 10);
    let look = outgoing.next_look().unwrap();
    outgoing.refuse(look.ticket);
    assert_eq!(outgoing.counts.refused, 11);
    assert_eq!(handed(&mut outgoing, now).len(), 1);
    outgoing.stop_looking();
    assert_eq!(handed(&mut outgoing, now).len(), MOST_LOOKS + 9);
    assert_eq!(outgoing.next_look(), None);
}

#[test]
fn a_burst_beyond_the_bound_does_not_wait() {
    let now = Instant::now();
    let mut outgoing = Outgoing::new(Looking::AtBoth);
    outgoing.push(&written(r"C:\a"), now);
    while outgoing.has_room() {
        outgoing.push(&exit(), now);
    }
    assert!(outgoing.entries.len() <= 16_384);
    assert!(handed(&mut outgoing, now + LONGEST).len() > 1);
}

#[test]
fn what_ran_before_is_not_looked_at_again() {
    let now = Instant::now();
    let mut outgoing = Outgoing::new(Looking::AtBoth);
    let start = ProcessStart::default().write();
    outgoing.push(&made(Kind::PROCESS_START, Flags::RUNDOWN, &start, "a"), now);
    assert_eq!(outgoing.next_look(), None);
    outgoing.push(&made(Kind::PROCESS_START, Flags(0), &start, "a"), now);
    let look = outgoing.next_look().unwrap();
    assert!(matches!(
        look.want,
        Want::Process {
            pid: 44,
            start: 8,
            ..
        }
    ));
}
