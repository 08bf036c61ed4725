//! The table's bound, what goes first, and when the ended are forgotten.

use std::sync::Arc;

use super::{Process, Processes, Program};
use crate::event::{ProcessKey, Time};

fn key(pid: u32) -> ProcessKey {
    ProcessKey {
        pid,
        start: u64::from(pid),
    }
}

fn process(pid: u32, parent: u32) -> Process {
    Process::new(
        key(pid),
        Some(key(parent)),
        Arc::new(Program::unknown()),
        Time(0),
    )
}

fn table(limit: usize, pids: std::ops::Range<u32>) -> Processes {
    let mut processes = Processes::new(limit);
    for pid in pids {
        processes.insert(process(pid, 0));
    }
    processes
}

#[test]
fn the_ended_go_before_the_living() {
    let mut processes = table(4, 1..5);
    processes.end(key(3), Time(5), Time(100));
    processes.insert(process(5, 0));
    assert!(processes.find(key(3)).is_none());
    assert_eq!(processes.evicted(), (0, 1));
    assert_eq!((processes.live(), processes.ended_count()), (4, 0));
}

#[test]
fn among_the_living_the_untouched_go_first() {
    let mut processes = table(4, 1..5);
    // A first eviction clears every mark.
    processes.insert(process(5, 0));
    let survivors: Vec<u32> = processes.iter().map(|process| process.key.pid).collect();
    for &pid in &survivors[1..] {
        processes.find_mut(key(pid));
    }
    processes.insert(process(6, 0));
    assert!(processes.find(key(survivors[0])).is_none());
    assert_eq!(processes.evicted(), (2, 0));
    assert_eq!(processes.live(), 4);
}

#[test]
fn the_ended_stay_until_their_time() {
    let mut processes = table(8, 1..3);
    processes.end(key(1), Time(5), Time(100));
    processes.expire(Time(99));
    assert!(processes.find(key(1)).is_some());
    assert_eq!(processes.next_expiry(), Some(Time(100)));
    processes.expire(Time(100));
    assert!(processes.find(key(1)).is_none());
    assert_eq!((processes.live(), processes.ended_count()), (1, 0));
}

#[test]
fn a_doubted_process_that_is_heard_of_stays() {
    let mut processes = table(8, 1..3);
    processes.doubt(key(1), Time(100));
    processes.doubt(key(2), Time(100));
    processes.find_mut(key(2));
    processes.expire(Time(100));
    assert!(processes.find(key(1)).is_none());
    assert!(processes.find(key(2)).is_some());
}

#[test]
fn a_pid_that_is_used_again_is_another_process() {
    let mut processes = table(8, 1..2);
    let again = ProcessKey { pid: 1, start: 9 };
    processes.insert(Process::new(
        again,
        None,
        Arc::new(Program::unknown()),
        Time(9),
    ));
    processes.end(key(1), Time(5), Time(6));
    processes.expire(Time(6));
    assert!(processes.find(again).is_some());
}

#[test]
fn a_ring_of_parents_ends() {
    let mut processes = Processes::new(8);
    processes.insert(process(1, 2));
    processes.insert(process(2, 1));
    assert!(processes.ancestors(key(1)).count() <= 32);
}
