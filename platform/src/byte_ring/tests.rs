//! Whole frames in their order, every loss counted, no wait of whoever puts frames in.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{LEAST, WORD, byte_ring};

/// Bytes that a frame takes.
fn room(length: usize) -> usize {
    WORD + length.next_multiple_of(WORD)
}

/// Bytes that tell which frame they are of.
fn pattern(number: u64, length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| (number as u8).wrapping_mul(31).wrapping_add(at as u8))
        .collect()
}

proptest! {
    #[test]
    fn it_holds_what_a_bounded_queue_holds(
        acts in prop::collection::vec(prop::option::weighted(0.6, 0_usize..1500), 1..400),
    ) {
        let (mut producer, mut consumer) = byte_ring(LEAST);
        let mut model = VecDeque::new();
        let (mut held, mut dropped, mut number) = (0, 0, 0);
        for act in acts {
            if let Some(length) = act {
                number += 1;
                let frame = pattern(number, length);
                let fits = held + room(length) <= LEAST;
                prop_assert_eq!(producer.put(&frame), fits);
                if fits {
                    held += room(length);
                    model.push_back(frame);
                } else {
                    dropped += 1;
                }
            } else {
                let expected: Option<Vec<u8>> = model.pop_front();
                held -= expected.as_ref().map_or(0, |frame| room(frame.len()));
                prop_assert_eq!(consumer.take(), expected.as_deref());
            }
            prop_assert_eq!(consumer.bytes(), held as u64);
            prop_assert_eq!(consumer.is_empty(), model.is_empty());
        }
        prop_assert_eq!(consumer.dropped(), dropped);
        prop_assert_eq!(consumer.dropped(), 0);
        for expected in model {
            prop_assert_eq!(consumer.take(), Some(&*expected));
        }
        prop_assert!(consumer.take().is_none());
    }
}

#[test]
fn a_frame_that_is_larger_than_the_ring_is_dropped() {
    let (mut producer, mut consumer) = byte_ring(0);
    assert!(!producer.put(&vec![7; LEAST]));
    assert!(producer.put(&vec![7; LEAST - WORD]));
    assert!(!producer.put(b""));
    assert_eq!(consumer.take().map(<[u8]>::len), Some(LEAST - WORD));
    assert!(producer.put(b""));
    assert_eq!(consumer.take(), Some(&b""[..]));
    assert_eq!(consumer.dropped(), 2);
}

#[test]
fn frames_of_another_thread_come_whole_and_in_their_order() {
    const FRAMES: u64 = 300_000;
    let (mut producer, mut consumer) = byte_ring(16 << 10);
    let putting = std::thread::spawn(move || {
        let mut put = 0;
        for number in 0..FRAMES {
            let length = (number.wrapping_mul(0x9e37_79b9) >> 7) as usize % 300;
            let mut frame = number.to_le_bytes().to_vec();
            frame.extend(pattern(number, length));
            put += u64::from(producer.put(&frame));
        }
        put
    });
    let (mut taken, mut next) = (0, 0);
    loop {
        // Closed before it was empty: nothing can come any more.
        let closed = consumer.is_closed();
        let Some(frame) = consumer.take() else {
            if closed {
                break;
            }
            consumer.wait(Duration::from_millis(100));
            continue;
        };
        let (head, rest) = frame.split_first_chunk().expect("a number");
        let number = u64::from_le_bytes(*head);
        assert!(number >= next, "{number} after {next}");
        assert_eq!(rest, pattern(number, rest.len()));
        next = number + 1;
        taken += 1;
    }
    let put = putting.join().expect("it does not fail");
    assert_eq!((taken, consumer.put()), (put, put));
    assert_eq!(taken + consumer.dropped(), FRAMES);
}

#[test]
fn whoever_waits_is_woken() {
    let (mut producer, mut consumer) = byte_ring(LEAST);
    let begun = Instant::now();
    let waiting = std::thread::spawn(move || {
        let mut taken = 0;
        while taken < 1_000 {
            if consumer.take().is_some() {
                taken += 1;
            } else {
                consumer.wait(LONG);
            }
        }
        consumer
    });
    let mut put = 0;
    while put < 1_000 {
        put += u64::from(producer.put(b"frame"));
        if put % 7 == 0 {
            std::thread::yield_now();
        }
    }
    let mut consumer = waiting.join().expect("it does not fail");
    // The end of the producer wakes, too.
    let waiting = std::thread::spawn(move || {
        while !consumer.is_closed() {
            consumer.wait(LONG);
        }
    });
    drop(producer);
    waiting.join().expect("it does not fail");
    assert!(begun.elapsed() < LONG, "somebody slept on");
}

/// Longer than any of this takes.
const LONG: Duration = Duration::from_secs(20);
