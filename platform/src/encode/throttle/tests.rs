//! What passes, what does not, and what is told of that.

use super::*;

fn who(pid: u32, time: u64) -> Who {
    Who {
        time,
        pid,
        tid: 0,
        start: 7,
    }
}

fn left_out(count: u64, since: u64) -> Admission {
    Admission::PassesAfter(Told {
        left_out: count,
        since,
        reason: ThrottleReason::RATE.0,
        kind: Kind::FILE_WRITTEN.0.into(),
    })
}

#[test]
fn what_passes_the_limit_is_told_in_the_next_second() {
    let mut throttle = Throttle::new(2);
    let mut at = |pid, time| throttle.admit(Kind::FILE_WRITTEN, who(pid, time));
    let begin = 5 * SECOND;
    assert_eq!(at(1, begin), Admission::Passes);
    assert_eq!(at(1, begin + 1), Admission::Passes);
    assert_eq!(at(1, begin + 2), Admission::LeftOut);
    assert_eq!(at(2, begin + 3), Admission::Passes, "another process");
    assert_eq!(at(1, begin + 4), Admission::LeftOut);
    assert_eq!(at(1, begin + SECOND + 1), left_out(2, begin + 2));
    assert_eq!(at(1, begin + SECOND + 2), Admission::Passes);
}

#[test]
fn an_end_passes_and_tells_what_did_not() {
    let mut throttle = Throttle::new(0);
    let begin = 5 * SECOND;
    let refused = throttle.admit(Kind::FILE_WRITTEN, who(1, begin));
    assert_eq!(refused, Admission::LeftOut);
    let started = throttle.admit(Kind::PROCESS_START, who(1, begin));
    assert_eq!(started, Admission::Passes);
    let ended = throttle.admit(Kind::EXIT, who(1, begin + 1));
    assert_eq!(ended, left_out(1, begin));
    assert_eq!(
        throttle.admit(Kind::EXIT, who(1, begin + 2)),
        Admission::Passes
    );
    assert!(throttle.processes.is_empty());
}

#[test]
fn processes_that_are_counted_are_bounded() {
    let mut throttle = Throttle::new(1);
    let most = u32::try_from(MOST).unwrap();
    for pid in 0..most + 100 {
        throttle.admit(Kind::FILE_WRITTEN, who(pid, SECOND * 3));
    }
    assert_eq!(throttle.processes.len(), MOST);
    throttle.admit(Kind::FILE_WRITTEN, who(1 << 30, SECOND * 9));
    assert_eq!(
        throttle.processes.len(),
        1,
        "those of seconds past make room"
    );
}
