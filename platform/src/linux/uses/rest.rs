//! Tells, in the stream itself, that calls of a library are not seen for a while.
//!
//! Step: source. The thread that sets probes notes it, the source hands it out as a loss record
//! among the others, so that whoever judges knows what a missing call is worth.

use std::time::Duration;

use ring_abi::{Encoder, Header, Kind, Loss, LossReason, MAX_RECORD, Tag};

use super::tables::Library;

/// A library that is left alone from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rest {
    pub(super) library: Library,
    pub(super) lasts: Duration,
}

impl Rest {
    /// Hands out its record; `now` is the boot clock, `pid` this process.
    pub(super) fn tell(&self, now: u64, pid: u32, take: &mut dyn FnMut(&[u8])) {
        let lasts = u64::try_from(self.lasts.as_nanos()).unwrap_or(u64::MAX);
        let loss = Loss {
            count: 0,
            from: now,
            to: now.saturating_add(lasts),
            reason: LossReason::RESTING.0,
            kind: u32::from(Kind::LIBRARY_USE.0),
            cpu: u32::MAX,
            _pad: 0,
        };
        let header = Header {
            cpu: u32::MAX,
            time: now,
            pid,
            tid: pid,
            ..Header::default()
        };
        let mut buffer = [0; MAX_RECORD];
        let encoder = Encoder::new(&mut buffer, Kind::LOSS, header, &loss.write());
        let Ok(mut encoder) = encoder else { return };
        // A path that no record can hold leaves the field out, as everywhere.
        let _ = encoder.field(Tag::PATH, &self.library.path);
        take(encoder.finish());
    }
}
