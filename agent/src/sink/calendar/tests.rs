//! Known moments, and that days follow one another.

use super::*;

#[test]
fn known_moments() {
    assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
    assert_eq!(utc(951_782_399_999), "2000-02-28 23:59:59 UTC");
    assert_eq!(utc(951_782_400_000), "2000-02-29 00:00:00 UTC");
    assert_eq!(utc(1_795_356_202_000), "2026-11-22 14:03:22 UTC");
    assert_eq!(utc(4_107_542_400_000), "2100-03-01 00:00:00 UTC");
}

#[test]
fn every_day_follows_the_one_before() {
    let mut before = date(0);
    for day in 1..200_000 {
        let (year, month, day) = date(day);
        let follows = match day {
            1 if month == 1 => before == (year - 1, 12, 31),
            1 => before.0 == year && before.1 == month - 1 && before.2 >= 28,
            _ => before == (year, month, day - 1),
        };
        assert!(follows, "{before:?} then {year}-{month}-{day}");
        before = (year, month, day);
    }
}
