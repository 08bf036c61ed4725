//! Calendar words in file names.
//!
//! Step: sink. Always UTC.

use crate::sink::calendar::utc;

/// Nanoseconds since the epoch.
pub(super) fn now() -> u64 {
    crate::spool::now()
}

/// `2026-11-22` from nanoseconds since the epoch.
pub(super) fn day(nanoseconds: u64) -> String {
    utc(nanoseconds / 1_000_000)[..10].to_owned()
}

/// `20261122T140322Z` from nanoseconds since the epoch.
pub(super) fn stamp(nanoseconds: u64) -> String {
    let text = utc(nanoseconds / 1_000_000);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    format!("{}T{}Z", &digits[..8], &digits[8..])
}
