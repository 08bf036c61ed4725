//! A trace's header, which is its first event: its clock, when it was made, what it lost.
//!
//! Step: source.

use super::events::{TRACE, Traced};

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Logfile {
    pub(super) clock: Clock,
    /// When it began and ended, in nanoseconds since the epoch.
    pub(super) start: u64,
    pub(super) end: u64,
    /// When the host was started, as Windows counts time; none where it is not told.
    pub(super) boot: Option<u64>,
    pub(super) events_lost: u32,
    pub(super) buffers_lost: u32,
}

/// How ticks become times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    /// The tick and the time, in 100 nanoseconds since 1601, of the same moment.
    ticks: u64,
    time: u64,
    /// Ticks in a second.
    frequency: u64,
}

impl Logfile {
    /// Reads the header; none where the event is none.
    pub(super) fn read(event: &Traced<'_>) -> Option<Self> {
        if event.provider != TRACE || event.id != 0 {
            return None;
        }
        let payload = event.payload;
        let u32_at = |at: usize| -> Option<u32> {
            Some(u32::from_le_bytes(*payload.get(at..)?.first_chunk()?))
        };
        let u64_at = |at: usize| -> Option<u64> {
            Some(u64::from_le_bytes(*payload.get(at..)?.first_chunk()?))
        };
        let pointer = u32_at(44)? as usize;
        if !matches!(pointer, 4 | 8) {
            return None;
        }
        // Two pointers and the time zone stand before the times, which stand at multiples of eight.
        let times = (56 + 2 * pointer + 172).next_multiple_of(8);
        let start = u64_at(times + 16)?;
        let frequency = match u32_at(times + 24)? {
            2 => Some(TICKS),
            3 => Some(u64::from(u32_at(52)?) * 1_000_000),
            _ => Some(u64_at(times + 8)?),
        };
        let clock = Clock {
            ticks: event.ticks,
            time: start,
            frequency: frequency
                .filter(|frequency| *frequency > 0)
                .unwrap_or(TICKS),
        };
        Some(Self {
            clock,
            start: nanoseconds(start),
            end: nanoseconds(u64_at(16)?),
            boot: Some(u64_at(times)?).filter(|boot| *boot != 0),
            events_lost: u32_at(48)?,
            buffers_lost: u32_at(times + 28).unwrap_or(0),
        })
    }
}

impl Clock {
    /// The time of a tick, in nanoseconds since the epoch.
    pub(super) fn wall(&self, ticks: u64) -> u64 {
        let begin = i128::from(self.time) * 100;
        let passed = (i128::from(ticks) - i128::from(self.ticks)) * 1_000_000_000;
        let time = begin + passed / i128::from(self.frequency) - EPOCH * 100;
        u64::try_from(time.max(0)).unwrap_or(u64::MAX)
    }
}

/// Nanoseconds since the epoch of a time as Windows counts it.
fn nanoseconds(time: u64) -> u64 {
    let time = (i128::from(time) - EPOCH).max(0) * 100;
    u64::try_from(time).unwrap_or(u64::MAX)
}

/// 1970, in 100 nanoseconds since 1601.
const EPOCH: i128 = 116_444_736_000_000_000;

/// Ticks of Windows' own time in a second.
const TICKS: u64 = 10_000_000;
