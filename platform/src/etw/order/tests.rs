//! Several sessions become one stream in order; nobody waits for ever.

use std::time::Duration;

use proptest::prelude::*;

use super::Order;
use crate::encode::etw::NT_PROCESS;
use crate::etw::intake::{Intake, Raw};

const MS: u64 = 1_000_000;
/// A day, so that nothing begins before the epoch.
const BASE: u64 = 86_400_000;

fn event(time: u64, provider: [u8; 16]) -> Raw<'static> {
    Raw {
        provider,
        id: 1,
        version: 0,
        pointer: 8,
        time: 116_444_736_000_000_000 + (BASE + time) * 10_000,
        pid: 1,
        tid: 1,
        payload: b"",
    }
}

/// Puts events of these milliseconds into a lane.
fn give(order: &mut Order, lane: usize, times: &[u64]) {
    let intake = Intake::new(&[1 << 20]);
    for time in times {
        assert!(intake.put(0, &event(*time, [1; 16])));
    }
    order.take(lane, intake.take(0));
}

/// What leaves at a millisecond.
fn leaving(order: &mut Order, now: u64) -> Vec<u64> {
    let mut left = Vec::new();
    while order.next((BASE + now) * MS, |event| left.push(event.time / MS - BASE)) {}
    left
}

#[test]
fn an_event_waits_until_the_others_have_come_as_far() {
    let mut order = Order::new(2, Duration::from_millis(400));
    give(&mut order, 0, &[10, 20, 30]);
    assert!(leaving(&mut order, 31).is_empty());
    give(&mut order, 1, &[15, 22]);
    // 30 waits for the second session, which may still tell what happened at 25.
    assert_eq!(leaving(&mut order, 32), [10, 15, 20, 22]);
    give(&mut order, 1, &[25, 40]);
    assert_eq!(leaving(&mut order, 41), [25, 30]);
    // Nothing comes from the first any more, and 40 has waited long enough.
    assert!(leaving(&mut order, 439).is_empty());
    assert_eq!(leaving(&mut order, 440), [40]);
    assert!(order.is_empty() && order.late == 0);
}

#[test]
fn a_session_that_is_over_holds_nobody_back() {
    let mut order = Order::new(3, Duration::from_millis(400));
    order.leave_out(2);
    let intake = Intake::new(&[100]);
    intake.ended(0, 0);
    order.take(1, intake.take(0));
    give(&mut order, 0, &[1, 2]);
    assert_eq!(leaving(&mut order, 2), [1, 2]);
    assert_eq!(order.bytes(), 0);
}

#[test]
fn what_comes_too_late_is_counted_and_still_told() {
    let mut order = Order::new(2, Duration::from_millis(400));
    give(&mut order, 0, &[100]);
    assert_eq!(leaving(&mut order, 600), [100]);
    give(&mut order, 1, &[50]);
    assert_eq!(leaving(&mut order, 600), [50]);
    assert_eq!(order.late, 1);
}

#[test]
fn the_classic_event_of_a_start_goes_first() {
    let mut order = Order::new(2, Duration::from_millis(400));
    give(&mut order, 0, &[10]);
    let intake = Intake::new(&[1000]);
    assert!(intake.put(0, &event(12, NT_PROCESS)));
    order.take(1, intake.take(0));
    assert_eq!(leaving(&mut order, 500), [12, 10]);
    assert_eq!(order.late, 0);
}

proptest! {
    /// Whatever is delivered within the patience leaves in order, and everything leaves.
    #[test]
    fn everything_leaves_in_order(
        lanes in prop::collection::vec(prop::collection::vec((0_u64..200, 0_u64..100), 0..40), 1..4)
    ) {
        let mut order = Order::new(lanes.len(), Duration::from_millis(200));
        let mut expected = Vec::new();
        let mut queues: Vec<Vec<(u64, u64)>> = Vec::new();
        for lane in &lanes {
            let (mut at, mut comes) = (0, 0);
            let mut queue = Vec::new();
            for (step, delay) in lane {
                at += step;
                // A session delivers in order.
                comes = comes.max(at + delay);
                queue.push((comes, at));
                expected.push(at);
            }
            queues.push(queue);
        }
        expected.sort_unstable();
        let end = queues.iter().flatten().map(|(comes, _)| *comes).max().unwrap_or(0) + 201;
        let mut left = Vec::new();
        for now in 0..=end {
            for (lane, queue) in queues.iter().enumerate() {
                let due: Vec<u64> = queue.iter().filter(|(comes, _)| *comes == now).map(|(_, at)| *at).collect();
                if !due.is_empty() {
                    give(&mut order, lane, &due);
                }
            }
            left.extend(leaving(&mut order, now));
        }
        prop_assert_eq!(left, expected);
        prop_assert_eq!(order.late, 0);
    }
}
