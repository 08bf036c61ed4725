//! The bounded queue between the system's callbacks and the thread that takes records.
//!
//! Step: source. Each session has a lane of its own, so that a storm in one cannot push out what
//! another tells. A callback copies its event into the lane and leaves; it never waits for the
//! thread that takes, which swaps a whole lane for an empty one. Invariants: a lane never holds
//! more bytes than its bound; what finds no room is dropped, the newest first, and counted.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::encode::etw::Event;

/// The queue.
#[derive(Debug)]
pub struct Intake {
    lanes: Vec<Mutex<Lane>>,
    /// Whether something came since the last wait.
    rung: Mutex<bool>,
    bell: Condvar,
}

/// An event as the system hands it over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'e> {
    /// The provider's GUID in its binary layout.
    pub provider: [u8; 16],
    /// The event's number; of a classic event its type.
    pub id: u16,
    /// Version of its layout.
    pub version: u8,
    /// Size of a pointer in the payload.
    pub pointer: u8,
    /// When, in 100 nanoseconds since 1601.
    pub time: u64,
    /// In whose thread.
    pub pid: u32,
    /// In which thread.
    pub tid: u32,
    /// Everything else.
    pub payload: &'e [u8],
}

/// What was taken out of a lane.
#[derive(Debug, Default)]
pub struct Taken {
    /// Events back to back, as [`read`] takes them.
    pub(super) bytes: Vec<u8>,
    /// How many.
    pub events: u64,
    /// Time of the latest of them; 0 where there are none.
    pub latest: u64,
    /// Events that found no room since the last time.
    pub dropped: u64,
    /// Callbacks that failed since the last time, which is a mistake of ours.
    pub failed: u64,
    /// The session is over, with the number that the system gave.
    pub ended: Option<i32>,
}

#[derive(Debug)]
struct Lane {
    most: usize,
    taken: Taken,
}

impl Intake {
    /// A queue with a lane for each bound in bytes.
    #[must_use]
    pub fn new(bounds: &[usize]) -> Self {
        let lane = |most: &usize| {
            Mutex::new(Lane {
                most: *most,
                taken: Taken::default(),
            })
        };
        Self {
            lanes: bounds.iter().map(lane).collect(),
            rung: Mutex::new(false),
            bell: Condvar::new(),
        }
    }

    /// Puts an event into a lane; says whether there was room.
    pub fn put(&self, lane: usize, raw: &Raw<'_>) -> bool {
        let Some(lane) = self.lanes.get(lane) else {
            return false;
        };
        let mut lane = held(lane);
        let most = lane.most;
        let taken = &mut lane.taken;
        let Ok(length) = u32::try_from(raw.payload.len()) else {
            taken.dropped += 1;
            return false;
        };
        if taken.bytes.len() + HEAD + raw.payload.len() > most {
            taken.dropped += 1;
            return false;
        }
        let is_first = taken.bytes.is_empty();
        let time = nanoseconds(raw.time);
        let mut head = [0; HEAD];
        head[..16].copy_from_slice(&raw.provider);
        head[16..18].copy_from_slice(&raw.id.to_le_bytes());
        head[18] = raw.version;
        head[19] = raw.pointer;
        head[20..28].copy_from_slice(&time.to_le_bytes());
        head[28..32].copy_from_slice(&raw.pid.to_le_bytes());
        head[32..36].copy_from_slice(&raw.tid.to_le_bytes());
        head[36..].copy_from_slice(&length.to_le_bytes());
        taken.bytes.extend_from_slice(&head);
        taken.bytes.extend_from_slice(raw.payload);
        taken.events += 1;
        taken.latest = taken.latest.max(time);
        drop(lane);
        if is_first {
            self.ring();
        }
        true
    }

    /// A callback has failed.
    pub fn failed(&self, lane: usize) {
        if let Some(lane) = self.lanes.get(lane) {
            held(lane).taken.failed += 1;
        }
    }

    /// A session is over.
    pub fn ended(&self, lane: usize, code: i32) {
        if let Some(lane) = self.lanes.get(lane) {
            held(lane).taken.ended = Some(code);
        }
        self.ring();
    }

    /// Takes everything out of a lane.
    #[must_use]
    pub fn take(&self, lane: usize) -> Taken {
        let Some(lane) = self.lanes.get(lane) else {
            return Taken::default();
        };
        std::mem::take(&mut held(lane).taken)
    }

    /// Waits until something comes, or at most so long.
    pub fn wait(&self, longest: Duration) {
        let rung = held(&self.rung);
        let waited = self
            .bell
            .wait_timeout_while(rung, longest, |rung| !*rung)
            .unwrap_or_else(PoisonError::into_inner);
        let (mut rung, _) = waited;
        *rung = false;
    }

    /// Ends a wait: something else is to be done.
    pub fn ring(&self) {
        *held(&self.rung) = true;
        self.bell.notify_one();
    }
}

/// The event that `bytes` begin with, and what follows it.
pub(super) fn read(bytes: &[u8]) -> Option<(Event<'_>, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
    let number = |at: usize| {
        let part = head.get(at..at + 4)?.first_chunk()?;
        Some(u32::from_le_bytes(*part))
    };
    let (payload, rest) = rest.split_at_checked(number(36)? as usize)?;
    let event = Event {
        provider: *head.first_chunk()?,
        id: u16::from_le_bytes([head[16], head[17]]),
        version: head[18],
        time: u64::from(number(24)?) << 32 | u64::from(number(20)?),
        pid: number(28)?,
        tid: number(32)?,
        pointer: usize::from(head[19]),
        payload,
    };
    Some((event, rest))
}

/// Nothing that holds a lock here can fail halfway.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Nanoseconds since 1970 of a time as Windows counts it.
#[must_use]
fn nanoseconds(ticks: u64) -> u64 {
    ticks.saturating_sub(EPOCH).saturating_mul(100)
}

/// 1970 in 100 nanoseconds since 1601.
const EPOCH: u64 = 116_444_736_000_000_000;

/// Bytes before a payload.
const HEAD: usize = 40;

#[cfg(test)]
mod tests;
