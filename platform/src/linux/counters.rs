//! The probes' counters, and the loss records that they call for.
//!
//! Step: source. `counts[kind * OUTCOMES + outcome]` per processor: outcome 0 is "made", others
//! are loss reasons (`probes-ebpf/src/maps.rs`). Whatever the probes dropped since the last look
//! becomes loss records in the stream itself.

use aya::maps::{MapData, PerCpuArray};
use ring_abi::{Encoder, Header, Kind, Loss, LossReason};

use crate::source::KindStats;

/// Reads the counters and remembers what was already told.
pub(super) struct Counters {
    map: PerCpuArray<MapData, [u64; SLOTS]>,
    told: [u64; SLOTS],
    since: u64,
}

impl Counters {
    /// `since` is the boot clock at the probes' start.
    pub(super) fn new(map: PerCpuArray<MapData, [u64; SLOTS]>, since: u64) -> Self {
        Self {
            map,
            told: [0; SLOTS],
            since,
        }
    }

    /// Sums over all processors.
    pub(super) fn read(&self) -> Option<[u64; SLOTS]> {
        let values = self.map.get(&0, 0).ok()?;
        let mut sums = [0; SLOTS];
        for value in values.iter() {
            for (sum, count) in sums.iter_mut().zip(value) {
                *sum += count;
            }
        }
        Some(sums)
    }

    /// Hands out a loss record for every kind and reason that has grown; `now` is the boot clock.
    pub(super) fn losses(&mut self, now: u64, pid: u32, take: &mut dyn FnMut(&[u8])) -> usize {
        let Some(sums) = self.read() else { return 0 };
        let mut records = 0;
        for (slot, (&sum, told)) in sums.iter().zip(&mut self.told).enumerate() {
            let (kind, outcome) = ((slot / OUTCOMES) as u32, (slot % OUTCOMES) as u32);
            if outcome == 0 || sum == *told {
                continue;
            }
            let loss = Loss {
                count: sum - *told,
                from: self.since,
                to: now,
                reason: outcome,
                kind,
                cpu: u32::MAX,
                _pad: 0,
            };
            *told = sum;
            hand_out_loss(&loss, pid, take);
            records += 1;
        }
        self.since = now;
        records
    }
}

/// Hands out the record of a loss that ends now, in this process's name.
pub(super) fn hand_out_loss(loss: &Loss, pid: u32, take: &mut dyn FnMut(&[u8])) {
    let header = Header {
        cpu: u32::MAX,
        time: loss.to,
        pid,
        tid: pid,
        ..Header::default()
    };
    let mut buffer = [0; Header::SIZE + Loss::SIZE];
    let encoder = Encoder::new(&mut buffer, Kind::LOSS, header, &loss.write())
        .expect("header and body fit their own sizes");
    take(encoder.finish());
}

/// Statistics per kind: what the probes made and dropped, and what was handed out.
pub(super) fn kind_stats(
    made: &[u64; SLOTS],
    delivered: &[u64; KINDS],
    told_here: &[u64; KINDS],
) -> Vec<KindStats> {
    (0..KINDS)
        .filter_map(|kind| {
            let row = &made[kind * OUTCOMES..(kind + 1) * OUTCOMES];
            let emitted = row[0] + told_here[kind];
            if emitted == 0 && delivered[kind] == 0 {
                return None;
            }
            let dropped = row
                .iter()
                .enumerate()
                .skip(1)
                .filter(|(_, count)| **count != 0)
                .map(|(reason, count)| (LossReason(reason as u32).0, *count))
                .collect();
            Some(KindStats {
                kind: kind as u16,
                emitted,
                delivered: delivered[kind],
                dropped,
            })
        })
        .collect()
}

pub(super) const KINDS: usize = 32;
const OUTCOMES: usize = 8;
pub(super) const SLOTS: usize = KINDS * OUTCOMES;
