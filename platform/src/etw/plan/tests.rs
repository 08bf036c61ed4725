//! The plan against what the system takes, and against what is decoded.

use super::{FILE, PROCESS, SESSIONS, SYSTEM, patience};
use crate::encode::etw::is_known;

#[test]
fn sizes_are_what_the_system_takes() {
    for plan in SESSIONS {
        // A buffer has from 4 KiB to 16 MiB, and each processor needs two.
        assert!((4..=16_384).contains(&plan.buffer_kib), "{}", plan.name);
        assert!(plan.buffers_each >= 2, "{}", plan.name);
        assert!(plan.name.len() < 200);
        for processors in [0, 1, 2, 8, 32] {
            let (least, most) = plan.buffers(processors);
            assert!(
                least >= 2 * processors.max(1),
                "{}: {processors}",
                plan.name
            );
            assert!(most >= least && most <= plan.most_buffers);
        }
        // However many processors there are, the bound holds.
        let (least, most) = plan.buffers(4096);
        assert_eq!((least, most), (plan.most_buffers, plan.most_buffers));
        assert!(plan.most_bytes() <= 32 << 20);
        assert!(plan.flush.as_millis() >= 1);
    }
    assert_eq!(PROCESS.buffers(4), (16, 64));
    assert_eq!(FILE.buffers(4), (16, 64));
}

#[test]
fn all_queues_together_are_bounded() {
    let bytes: usize = SESSIONS.iter().map(|plan| plan.queue_bytes).sum();
    assert_eq!(bytes, 32 << 20);
}

#[test]
fn every_provider_is_decoded_and_asked_for_few_events() {
    for plan in SESSIONS {
        for provider in plan.providers {
            assert!(is_known(&provider.guid), "{}", provider.name);
            // The system takes 64 numbers in a filter.
            assert!((1..=64).contains(&provider.events.len()));
            assert!(provider.level <= 5 && !provider.sees.is_empty());
        }
    }
}

#[test]
fn guids_read_as_they_are_written() {
    let numbers: Vec<String> = SESSIONS
        .iter()
        .flat_map(|plan| plan.providers)
        .map(|provider| format!("{:032x}", provider.number()))
        .collect();
    assert_eq!(
        numbers,
        [
            "22fb2cd60e7b422ba0c72fad1fd0e716",
            "3d6fa8d0fe0511d09dda00c04fd7ba7c",
            "edd089279cc44e65b970c2560fb5c289",
            "7dd42a49532948328dfd43d979153a88",
            "a0c1853b5c404b1587663cf1c58f985a",
        ]
    );
}

#[test]
fn the_quick_session_is_the_quickest_and_nothing_waits_long() {
    assert!(PROCESS.flush <= FILE.flush && SYSTEM.flush <= FILE.flush);
    let essential = SESSIONS.map(|plan| plan.essential);
    assert_eq!(essential, [true, false, true]);
    assert!(patience().as_millis() <= 500);
    assert!(patience() > FILE.flush);
}
