//! From the clock of records to the calendar.
//!
//! Step: enrich. Records count nanoseconds of the boot clock; the capture's first record names one
//! moment in both clocks. A later step of the host's calendar does not move what was already told.

use correlator::Time;

/// The relation between both clocks, where the capture told it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    anchor: Option<(u64, u64)>,
}

impl Clock {
    /// A clock that read `boot` when the calendar read `wall`.
    pub(crate) fn anchored(wall: u64, boot: u64) -> Self {
        Self {
            anchor: Some((wall, boot)),
        }
    }

    /// Whether the relation is known.
    pub(crate) fn is_anchored(self) -> bool {
        self.anchor.is_some()
    }

    /// The calendar time; without a relation the boot clock's own count, which keeps the order and
    /// the distances that correlation needs.
    pub(crate) fn wall(self, boot: u64) -> Time {
        let Some((wall, anchor)) = self.anchor else {
            return Time(boot);
        };
        Time(if boot >= anchor {
            wall.saturating_add(boot - anchor)
        } else {
            wall.saturating_sub(anchor - boot)
        })
    }
}
