//! Rests of growing length, and their end.

use super::*;

const LOOK: Duration = Duration::from_millis(250);

/// Looks until something is to be done, while so many calls come between two looks.
fn looks(pace: &mut Pace, calls: &mut u64, each: u64) -> (Step, u32) {
    for count in 1..1000 {
        *calls += each;
        match pace.look(*calls, LOOK) {
            Step::Stay => {}
            step => return (step, count),
        }
    }
    (Step::Stay, 0)
}

#[test]
fn a_slow_library_never_rests() {
    let (mut pace, mut calls) = (Pace::new(7), 7);
    assert_eq!(looks(&mut pace, &mut calls, 2_500), (Step::Stay, 0));
}

#[test]
fn a_fast_one_rests_longer_and_longer() {
    let (mut pace, mut calls) = (Pace::new(0), 0);
    for seconds in [4, 8, 16, 32, 64, 64] {
        let rest = Step::Rest(Duration::from_secs(seconds));
        assert_eq!(looks(&mut pace, &mut calls, 2_501), (rest, 1));
        // While the probes rest, no call is counted.
        assert_eq!(
            looks(&mut pace, &mut calls, 0),
            (Step::Resume, seconds as u32 * 4)
        );
    }
    // Once it has slowed down, the next rest is short again.
    assert_eq!(pace.look(calls, LOOK), Step::Stay);
    let rest = Step::Rest(SHORTEST);
    assert_eq!(looks(&mut pace, &mut calls, 2_501), (rest, 1));
    assert_eq!(looks(&mut pace, &mut calls, 0), (Step::Resume, 16));
}
