//! Counting few hosts exactly and many nearly.
//!
//! Step: tests.

use proptest::prelude::*;

use super::{Counted, Sketch, WINDOW};

/// A hash as good as any.
fn hash(number: u64) -> u64 {
    let mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn seen_by(hosts: impl IntoIterator<Item = u64>, today: u16, most: usize) -> Sketch {
    let mut sketch = Sketch::default();
    for host in hosts {
        sketch.see(hash(host), today, most);
    }
    sketch
}

fn all(counted: Counted) -> u64 {
    counted.settled + counted.lately
}

#[test]
fn few_hosts_are_counted_exactly_and_never_oneself() {
    let sketch = seen_by((0..200).chain(0..200), 100, 256);
    assert_eq!(all(sketch.count(100, hash(900), 0, 256)), 200);
    assert_eq!(all(sketch.count(100, hash(7), 0, 256)), 199);
    let alone = seen_by([7, 7, 7], 100, 256);
    assert_eq!(all(alone.count(100, hash(7), 0, 256)), 0);
}

#[test]
fn many_hosts_are_estimated_in_bounded_room() {
    for hosts in [1_000_u64, 10_000, 100_000] {
        let sketch = seen_by(0..hosts, 100, 256);
        assert_eq!(sketch.encode().len(), 1 + 12 * 256);
        let counted = all(sketch.count(100, 0, 0, 256));
        let error = (counted as f64 - hosts as f64).abs() / hosts as f64;
        assert!(error < 0.2, "{counted} of {hosts}");
    }
}

#[test]
fn a_host_counts_only_after_its_first_day_and_until_the_window_ends() {
    let mut sketch = seen_by([1], 100, 256);
    let count = |sketch: &Sketch, today| sketch.count(today, 0, 1, 256);
    let (settled, lately) = (1, 0);
    assert_eq!(
        count(&sketch, 100),
        Counted {
            settled: 0,
            lately: 1
        }
    );
    assert_eq!(count(&sketch, 101), Counted { settled, lately });
    assert_eq!(count(&sketch, 100 + WINDOW), Counted { settled, lately });
    assert_eq!(count(&sketch, 101 + WINDOW), Counted::default());
    // Back after a long time, it is new again.
    assert!(sketch.see(hash(1), 300, 256));
    assert_eq!(
        count(&sketch, 300),
        Counted {
            settled: 0,
            lately: 1
        }
    );
}

#[test]
fn a_sighting_is_written_once_a_day() {
    let mut sketch = Sketch::default();
    assert!(sketch.wants(hash(1), 100, 256) && sketch.see(hash(1), 100, 256));
    assert!(!sketch.wants(hash(1), 100, 256) && !sketch.see(hash(1), 100, 256));
    assert!(sketch.wants(hash(1), 101, 256) && sketch.see(hash(1), 101, 256));
    // A host outside of a full sample never writes.
    let full = seen_by(0..5_000, 100, 256);
    let outside = (0..5_000).filter(|host| full.wants(hash(*host), 101, 256));
    assert_eq!(outside.count(), 256);
}

proptest! {
    #[test]
    fn order_does_not_matter(hosts in proptest::collection::vec(0_u64..500, 0..200)) {
        let forwards = seen_by(hosts.iter().copied(), 100, 32);
        let backwards = seen_by(hosts.iter().rev().copied(), 100, 32);
        prop_assert_eq!(&forwards, &backwards);
        prop_assert_eq!(Sketch::decode(&forwards.encode()), Some(forwards));
    }

    #[test]
    fn no_value_panics(bytes in proptest::collection::vec(any::<u8>(), 0..100), day in any::<u16>()) {
        if let Some(mut sketch) = Sketch::decode(&bytes) {
            sketch.count(day, 1, 1, 4);
            sketch.see(9, day, 4);
        }
    }
}
