//! Times as Windows and macOS tell them, as nanoseconds since the epoch.
//!
//! Step: source.

/// A count of 100 nanoseconds since 1601; 0 for times before 1970.
pub(super) fn of_file_time(ticks: u64) -> u64 {
    ticks.saturating_sub(EPOCH).saturating_mul(100)
}

/// `2018-12-04 00:42:45.727` or `2018-12-04T00:42:45.7271234Z`, in UTC.
pub(crate) fn of_text(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<u64> {
        let digits = bytes.get(from..to)?;
        digits.iter().try_fold(0_u64, |sum, digit| {
            digit
                .is_ascii_digit()
                .then(|| sum * 10 + u64::from(digit - b'0'))
        })
    };
    let marks = [
        (4, b"--"),
        (7, b"--"),
        (10, b" T"),
        (13, b"::"),
        (16, b"::"),
    ];
    if marks
        .iter()
        .any(|(at, mark)| !bytes.get(*at).is_some_and(|byte| mark.contains(byte)))
    {
        return None;
    }
    let days = days(number(0, 4)?, number(5, 7)?, number(8, 10)?)?;
    let (hours, minutes, seconds) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let mut nanoseconds = 0;
    if let Some(rest) = bytes.get(19..).and_then(|rest| rest.strip_prefix(b".")) {
        let mut worth = 100_000_000;
        for digit in rest.iter().take_while(|byte| byte.is_ascii_digit()) {
            nanoseconds += u64::from(digit - b'0') * worth;
            worth /= 10;
        }
    }
    let seconds = days * 86_400 + hours * 3_600 + minutes * 60 + seconds;
    // Beyond the year 2554 there is no such number.
    seconds.checked_mul(1_000_000_000)?.checked_add(nanoseconds)
}

/// Days since the epoch of a date from 1970 on.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leaps = year / 4 - year / 100 + year / 400;
    let in_year = (153 * month + 2) / 5 + day - 1;
    (year * 365 + leaps + in_year).checked_sub(719_468)
}

/// 1970 in that count.
const EPOCH: u64 = 116_444_736_000_000_000;
