//! Events of live sessions on their way to records.
//!
//! Step: source. In: what the queue's lanes hold, what ran before, what the system says it lost.
//! Out: records in the order of their times, numbered, each counted by kind. Invariants: it does no
//! I/O and has no clock of its own; what it holds is bounded, and beyond the bound it takes nothing
//! more out of the queue, which drops and counts; every loss becomes a record.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ring_abi::{Flags, Kind, Known, Loss, LossReason, ProcessStart, System, Tag};

use super::intake::Taken;
use super::order::Order;
use super::plan;
use crate::encode::etw::{Bounds, Session};
use crate::encode::{Records, Volumes, Who, opening, split};
use crate::looks::{LONGEST, Looking, Outgoing};
use crate::pe::Pe;
use crate::source::SourceStats;

/// The way of events.
#[derive(Debug)]
pub struct Live {
    order: Order,
    session: Session,
    records: Records,
    outgoing: Outgoing,
    counts: Counts,
    /// When losses were last told, by session, in nanoseconds since 1970.
    since: Vec<u64>,
}

/// Bounds of what is followed.
#[derive(Clone, Copy, Debug)]
pub struct LiveBounds {
    /// File objects that are open.
    pub open_files: usize,
    /// Names of files that were open before.
    pub names: usize,
    /// Directories that are told of one process.
    pub directories_per_process: usize,
    /// Records that a process may make in a second; 0 for no limit.
    pub records_per_second: u32,
    /// Whether somebody takes looks ([`Live::outgoing`]).
    pub looking: bool,
}

/// A process that ran before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Running {
    /// Its number.
    pub pid: u32,
    /// Who started it, if that one still runs.
    pub parent: Option<u32>,
    /// When it started, in nanoseconds since 1970; 0 where that is not known.
    pub start: u64,
    /// Its session.
    pub session: Option<u32>,
    /// Its program.
    pub image: Option<Vec<u8>>,
    /// Its command line.
    pub line: Option<Vec<u8>>,
    /// Its user.
    pub user: Option<Vec<u8>>,
    /// Its integrity, as the identifier of the label.
    pub integrity: Option<Vec<u8>>,
    /// What its program's file says of itself.
    pub program: Option<Arc<Pe>>,
}

/// What a session has lost since the last time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Events that found no buffer.
    pub events: u64,
    /// Buffers that could not be delivered, each with an unknown number of events.
    pub buffers: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    events: u64,
    dropped: u64,
    failed: u64,
    lost: Lost,
    running: u64,
}

impl Live {
    /// Begins at the time `now`, in nanoseconds since 1970.
    #[must_use]
    pub fn new(host: Option<&str>, boot: Option<&str>, now: u64, bounds: &LiveBounds) -> Self {
        let mut outgoing = Outgoing::new(if bounds.looking {
            Looking::AtBoth
        } else {
            Looking::Nowhere
        });
        let (host, boot) = (host.map(str::as_bytes), boot.map(str::as_bytes));
        let opening = opening(now, System::WINDOWS, host, boot);
        outgoing.push(&opening, Instant::now());
        let mut records = Records::default();
        records.number_from(1);
        records.throttle(bounds.records_per_second);
        let sessions = plan::SESSIONS.len();
        Self {
            order: Order::new(sessions, plan::patience()),
            session: Session::live(Bounds {
                open: bounds.open_files,
                names: bounds.names,
                directories: bounds.directories_per_process.saturating_mul(64),
                of_process: bounds.directories_per_process,
            }),
            records,
            outgoing,
            counts: Counts::default(),
            since: vec![now; sessions],
        }
    }

    /// What the kernel's names of volumes stand for from now on.
    pub fn translate(&mut self, volumes: Volumes) {
        self.records.translate(volumes);
    }

    /// A session does not run.
    pub fn leave_out(&mut self, lane: usize) {
        self.order.leave_out(lane);
    }

    /// Tells of what ran before; the oldest must come first.
    pub fn runs(&mut self, running: &Running, now: u64) {
        if !self.session.runs(running.pid, running.start) {
            return;
        }
        self.counts.running += 1;
        let mut words = Vec::new();
        split(running.line.as_deref().unwrap_or_default(), &mut words);
        let mut known = Known(0);
        let mut body = ProcessStart {
            arguments_length: words.len() as u32,
            ..ProcessStart::default()
        };
        if let Some(parent) = running.parent {
            body.parent_pid = parent;
            body.parent_start = self.session.start_of(parent);
            known = known.with(Known::PARENT);
        }
        if let Some(session) = running.session {
            (body.session, body.terminal) = (session, session);
            known = known.with(Known::SESSION);
        }
        let program = running.program.as_deref();
        known = program.map_or(known, |program| known.with(program.signature()));
        body.known = known.0;
        let who = Who {
            time: now,
            pid: running.pid,
            tid: 0,
            start: running.start,
        };
        let fields = [
            (Tag::PATH, running.image.as_deref()),
            (Tag::ARGUMENTS, (!words.is_empty()).then_some(&*words)),
            (Tag::USER, running.user.as_deref()),
            (Tag::INTEGRITY, running.integrity.as_deref()),
        ];
        let mut fields = fields.to_vec();
        fields.extend(program.into_iter().flat_map(Pe::fields));
        let (kind, body) = (Kind::PROCESS_START, body.write());
        self.records.put(kind, who, Flags::RUNDOWN, &body, &fields);
        self.send(Instant::now());
    }

    /// Whether there is room for more events.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.order.bytes() < MOST_WAITING && self.outgoing.has_room()
    }

    /// Takes in what a session has handed over.
    pub fn take(&mut self, lane: usize, taken: Taken, now: u64) {
        self.counts.events += taken.events;
        self.counts.failed += taken.failed;
        self.counts.dropped += taken.dropped;
        let dropped = taken.dropped + taken.failed;
        self.order.take(lane, taken);
        self.tell_loss(lane, dropped, LossReason::QUEUE_FULL, now);
    }

    /// The system says what a session has lost since the last time. A buffer counts as one event,
    /// for at least one was in it.
    pub fn lost(&mut self, lane: usize, lost: Lost, now: u64) {
        self.counts.lost.events += lost.events;
        self.counts.lost.buffers += lost.buffers;
        self.tell_loss(lane, lost.events + lost.buffers, LossReason::SYSTEM, now);
        if let Some(since) = self.since.get_mut(lane) {
            *since = now;
        }
    }

    fn tell_loss(&mut self, lane: usize, count: u64, reason: LossReason, now: u64) {
        if count == 0 {
            return;
        }
        // Events wait in buffers before they are lost, so the gap begins before the last look.
        let waited = u64::try_from(plan::patience().as_nanos()).unwrap_or(u64::MAX);
        let since = self.since.get(lane).copied().unwrap_or(now);
        let loss = Loss {
            count,
            from: since.saturating_sub(waited),
            to: now,
            reason: reason.0,
            cpu: u32::MAX,
            ..Loss::default()
        };
        let who = Who {
            time: now,
            ..Who::default()
        };
        self.records
            .put(Kind::LOSS, who, Flags(0), &loss.write(), &[]);
        self.send(Instant::now());
    }

    /// Makes records of the events whose turn it is at the time `wall`, in nanoseconds since 1970.
    pub fn step(&mut self, wall: u64, now: Instant) {
        let mut events = 0;
        while events < MOST_IN_A_STEP && self.outgoing.has_room() {
            let Self {
                order,
                session,
                records,
                ..
            } = self;
            let has_left = order.next(wall, |event| {
                // It fails only where more is gathered than memory may hold; nothing is here.
                let _ = session.encode(event, records);
            });
            if !has_left {
                return;
            }
            self.send(now);
            events += 1;
        }
    }

    /// Nothing comes any more: tells what was still open, and waits for no look.
    pub fn end(&mut self, now: Instant) {
        for lane in 0..plan::SESSIONS.len() {
            self.order.leave_out(lane);
        }
        while !self.order.is_empty() && self.outgoing.has_room() {
            self.step(u64::MAX, now);
        }
        if self.order.is_empty() {
            let _ = self.session.finish(&mut self.records);
            self.send(now);
        }
        self.outgoing.stop_looking();
    }

    /// Whether everything was handed out.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.order.is_empty() && self.outgoing.is_empty()
    }

    /// The records on their way out, with the looks that somebody has to take.
    pub fn outgoing(&mut self) -> &mut Outgoing {
        &mut self.outgoing
    }

    /// How long a record may wait for a look.
    #[must_use]
    pub fn longest_look() -> Duration {
        LONGEST
    }

    /// The counters so far.
    #[must_use]
    pub fn stats(&self) -> SourceStats {
        let (counts, tally) = (&self.counts, &self.session.tally);
        let (left, looks) = (self.session.left_out(), &self.outgoing.counts);
        let others = vec![
            ("events", counts.events),
            ("events_passed_over", tally.passed_over),
            ("events_undecodable", tally.undecodable),
            ("events_late", self.order.late),
            ("events_lost_by_the_system", counts.lost.events),
            ("buffers_lost_by_the_system", counts.lost.buffers),
            ("events_dropped_by_the_queue", counts.dropped),
            ("callbacks_failed", counts.failed),
            ("processes_running", counts.running),
            ("file_objects_evicted", left.evicted),
            ("names_left_out", left.names),
            ("directories_left_out", left.directories),
            ("looks", looks.asked),
            ("looks_refused", looks.refused),
            ("looks_late", looks.late),
        ];
        SourceStats {
            kinds: self.outgoing.kinds(),
            others,
        }
    }

    fn send(&mut self, now: Instant) {
        let Self {
            records, outgoing, ..
        } = self;
        records.drain(&mut |record| outgoing.push(record, now));
    }
}

/// Bytes of events that wait for their turn; beyond, they stay in the queue.
const MOST_WAITING: usize = 16 << 20;

/// Events between two looks at what else is to be done.
const MOST_IN_A_STEP: usize = 4096;

#[cfg(test)]
mod tests;
