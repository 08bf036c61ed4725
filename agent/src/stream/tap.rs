//! Where the ring's records leave for the spool.
//!
//! Step: sink. It runs on the thread that drains the ring, so it never waits: records gather in a
//! packet, a full packet goes into a bounded queue, and what the queue does not take is dropped and
//! counted. For "evidence" the records of the last while are kept in memory, bounded, and those of
//! the processes that a finding names are sent with it.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use correlator::{Finding, ProcessKey};
use crossbeam_channel::Sender;
use ring_abi::{Body, Header, Kind, decode};

use super::Shared;
use crate::config::What;
use crate::enrich::Clock;
use crate::wire::{self, Bytes, Content, Item};

/// Encoded items back to back.
#[derive(Debug, Default)]
pub(super) struct Records {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Records {
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn items(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        let ends = self.ends.iter();
        begins
            .zip(ends)
            .map(|(begin, end)| &self.bytes[begin..*end])
    }
}

/// The tap on the records' way.
pub(crate) struct Tap {
    what: What,
    clock: Clock,
    packet: Records,
    since: Instant,
    /// Records that a finding may name yet.
    recent: VecDeque<(ProcessKey, u64, Box<[u8]>)>,
    recent_bytes: usize,
    queue: Sender<Records>,
    /// Waits for room in the queue instead of dropping: for a replay, which nothing overruns.
    patient: bool,
    shared: Arc<Shared>,
}

impl Tap {
    pub(super) fn new(what: What, queue: Sender<Records>, shared: Arc<Shared>) -> Self {
        Self {
            what,
            clock: Clock::default(),
            packet: Records::default(),
            since: Instant::now(),
            recent: VecDeque::new(),
            recent_bytes: 0,
            queue,
            patient: false,
            shared,
        }
    }

    /// Waits for room from now on instead of dropping what finds none.
    pub(crate) fn be_patient(&mut self) {
        self.patient = true;
    }

    /// Takes a record as the source gave it.
    pub(crate) fn record(&mut self, bytes: &[u8]) {
        if self.what == What::Findings {
            return;
        }
        let Some(head) = bytes.first_chunk::<{ Header::SIZE }>() else {
            return;
        };
        let header = Header::read(head);
        if Kind(header.kind) == Kind::CAPTURE_START
            && let Ok(record) = decode(bytes)
            && let Body::CaptureStart(start) = &record.body
        {
            self.clock = Clock::anchored(start.wall_time, start.boot_time);
        }
        let time = self.clock.wall(header.time).0;
        if self.what == What::Telemetry || Kind(header.kind) == Kind::CAPTURE_START {
            return self.send(time, bytes);
        }
        let process = ProcessKey {
            pid: header.pid,
            start: header.start_time,
        };
        self.recent_bytes += bytes.len();
        self.recent.push_back((process, time, bytes.into()));
        while self.recent_bytes > RECENT {
            if let Some((_, _, oldest)) = self.recent.pop_front() {
                self.recent_bytes -= oldest.len();
            }
        }
    }

    /// Sends what is at hand of the processes that a finding names.
    pub(crate) fn finding(&mut self, finding: &Finding) {
        if self.what != What::Evidence {
            return;
        }
        let named = finding.processes.iter().chain(&finding.lineage);
        let named: HashSet<ProcessKey> = named.map(|process| process.key).collect();
        let (sent, kept): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.recent)
            .into_iter()
            .partition(|(process, ..)| named.contains(process));
        self.recent = kept;
        for (_, time, bytes) in sent {
            self.recent_bytes -= bytes.len();
            self.send(time, &bytes);
        }
    }

    /// Hands on what gathered, when it did so for long enough.
    pub(crate) fn pass(&mut self) {
        if !self.packet.ends.is_empty() && self.since.elapsed() >= HOLD {
            self.flush();
        }
    }

    fn send(&mut self, time: u64, bytes: &[u8]) {
        if self.packet.ends.is_empty() {
            self.since = Instant::now();
        }
        let item = Item {
            time,
            content: Content::Record(Bytes::new(bytes)),
        };
        wire::put_item(&mut self.packet.bytes, &item);
        self.packet.ends.push(self.packet.bytes.len());
        if self.packet.bytes.len() >= PACKET {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let packet = std::mem::take(&mut self.packet);
        let refused = if self.patient {
            self.queue.send(packet).map_err(|error| error.0).err()
        } else {
            let sent = self.queue.try_send(packet);
            sent.map_err(crossbeam_channel::TrySendError::into_inner)
                .err()
        };
        if let Some(packet) = refused {
            let lost = packet.ends.len() as u64;
            let overrun = &self.shared.counters.overrun;
            overrun.fetch_add(lost, Ordering::Relaxed);
        }
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        if !self.packet.ends.is_empty() {
            self.flush();
        }
    }
}

/// Bytes after which a packet goes into the queue.
pub(super) const PACKET: usize = 64 << 10;

/// How long a packet gathers at most.
const HOLD: Duration = Duration::from_millis(100);

/// Bytes of records that are kept for findings to come.
const RECENT: usize = 4 << 20;
