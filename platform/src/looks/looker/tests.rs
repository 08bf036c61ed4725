//! Every look is answered, and too many at a time are refused.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use ring_abi::{FileWritten, Flags, Kind, Tag};

use super::{Looker, WAITING};
use crate::encode::{Records, Who};
use crate::looks::outgoing::{Looking, MOST_LOOKS};
use crate::looks::{Look, Outgoing, Sample, Seen, Want};

/// Looks at so many files.
fn looks(count: usize) -> Vec<Look> {
    let mut outgoing = Outgoing::new(Looking::AtFiles);
    let mut records = Records::default();
    for _ in 0..count {
        let fields = [(Tag::PATH, Some(&b"/tmp/a"[..]))];
        let body = FileWritten::default().write();
        records.put(Kind::FILE_WRITTEN, Who::default(), Flags(0), &body, &fields);
    }
    records.drain(&mut |record| outgoing.push(record, Instant::now()));
    std::iter::from_fn(|| outgoing.next_look()).collect()
}

#[test]
fn every_look_is_answered_in_its_order() {
    let (found, heard) = channel();
    let eyes = || {
        let mut seen = 0;
        move |want: &Want| {
            assert!(matches!(want, Want::File { path, .. } if **path == *b"/tmp/a"));
            seen += 1;
            Seen::File(Sample {
                size: seen,
                ..Sample::default()
            })
        }
    };
    let looker = Looker::start(eyes, move || found.send(()).unwrap()).unwrap();
    let asked = looks(3);
    let tickets: Vec<_> = asked.iter().map(|look| look.ticket).collect();
    for look in asked {
        looker.ask(look).unwrap();
    }
    for (size, ticket) in (1..).zip(tickets) {
        heard.recv_timeout(Duration::from_mins(1)).unwrap();
        let (answered, seen) = looker.next().unwrap();
        assert_eq!(answered, ticket);
        assert!(matches!(seen, Seen::File(sample) if sample.size == size));
    }
}

#[test]
fn what_finds_no_room_is_given_back_and_nobody_waits_for_a_hanging_look() {
    let (go_on, gate) = channel::<()>();
    let eyes = move || {
        move |_: &Want| {
            // Hangs until the test is over.
            let _ = gate.recv();
            Seen::Nothing
        }
    };
    let looker = Looker::start(eyes, || {}).unwrap();
    let mut refused = 0;
    for _ in 0..2 {
        for look in looks(MOST_LOOKS) {
            refused += usize::from(looker.ask(look).is_err());
        }
    }
    // One may have been taken out of the queue already.
    let most = 2 * MOST_LOOKS - WAITING;
    assert!(refused == most || refused == most - 1, "{refused}");
    let begun = Instant::now();
    drop(looker);
    assert!(begun.elapsed() < Duration::from_secs(10));
    drop(go_on);
}
