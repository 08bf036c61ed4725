//! What became of every record between the ring and the correlator.
//!
//! Step: enrich. Invariant: every record that a source handed out is counted exactly once, as read
//! by its kind or as undecodable by its reason.

use ring_abi::{Body, DecodeError, Kind, Record, decode};

/// Counters of one stream of records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    /// Records that the source handed out.
    pub(crate) read: u64,
    /// Of these, decoded, by wire code of the kind.
    pub(crate) kinds: [u64; KINDS],
    /// Of these, not decodable, by reason.
    pub(crate) undecodable: [u64; REASONS.len()],
    /// Fields that this version does not know.
    pub(crate) unknown_fields: u64,
    /// Records that the stream itself says were lost.
    pub(crate) lost: u64,
    /// Records that the stream itself says were left out by the throttle.
    pub(crate) left_out: u64,
    /// Findings and updates that the correlator made.
    pub(crate) findings: u64,
}

impl Counters {
    /// Decodes a record as the ring held it, and counts it with what it tells of losses; one that is
    /// none is counted as that.
    pub(crate) fn see<'a>(&mut self, bytes: &'a [u8]) -> Option<Record<'a>> {
        self.read += 1;
        let record = match decode(bytes) {
            Ok(record) => record,
            Err(error) => {
                self.undecodable[reason(error)] += 1;
                return None;
            }
        };
        if let Some(count) = self.kinds.get_mut(usize::from(record.header.kind)) {
            *count += 1;
        }
        self.unknown_fields += u64::from(record.tail.unknown());
        match &record.body {
            Body::Loss(loss) => self.lost += loss.count,
            Body::Throttle(throttle) => self.left_out += throttle.left_out,
            _ => {}
        }
        Some(record)
    }

    /// All records that are none.
    pub(crate) fn all_undecodable(&self) -> u64 {
        self.undecodable.iter().sum()
    }

    /// Adds the counters of another stream.
    pub(crate) fn add(&mut self, other: &Self) {
        self.read += other.read;
        for (sum, count) in self.kinds.iter_mut().zip(other.kinds) {
            *sum += count;
        }
        for (sum, count) in self.undecodable.iter_mut().zip(other.undecodable) {
            *sum += count;
        }
        self.unknown_fields += other.unknown_fields;
        self.lost += other.lost;
        self.left_out += other.left_out;
        self.findings += other.findings;
    }
}

fn reason(error: DecodeError) -> usize {
    match error {
        DecodeError::Truncated { .. } => 0,
        DecodeError::Trailing { .. } => 1,
        DecodeError::Length(_) => 2,
        DecodeError::Version(_) => 3,
        DecodeError::UnknownKind(_) => 4,
        DecodeError::ShortBody { .. } => 5,
        DecodeError::ShortField { .. } => 6,
        DecodeError::RepeatedField(_) => 7,
        _ => 8,
    }
}

/// Why a record is none, in the order of [`Counters::undecodable`].
pub(crate) const REASONS: [&str; 9] = [
    "truncated",
    "trailing",
    "length",
    "version",
    "unknown_kind",
    "short_body",
    "short_field",
    "repeated_field",
    "other",
];

/// One counter per kind, and the unused code 0.
pub(crate) const KINDS: usize = Kind::ALL.len() + 1;
