//! The waits grow, stay within their bounds and differ.

use super::*;

#[test]
fn waits_double_up_to_half_a_minute() {
    let mut backoff = Backoff::default();
    let waits: Vec<u128> = (0..10).map(|_| backoff.next(0).as_millis()).collect();
    assert_eq!(
        waits,
        [
            100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 15_000, 15_000
        ]
    );
    backoff.reset();
    assert_eq!(backoff.next(999), Duration::from_micros(199_900));
    for _ in 0..1_000 {
        assert!(backoff.next(u64::MAX) <= LONGEST);
    }
}
