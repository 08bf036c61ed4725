//! Messages of a live client on their way to records.
//!
//! Step: source. In: copies out of the ring, what ran before, how many messages found no room there.
//! Out: records in the order of the messages, numbered, each counted by kind. Invariants: it does no
//! I/O and has no clock of its own; what it holds is bounded, and beyond the bound it takes nothing
//! more out of the ring, which drops and counts; every loss becomes a record.

use std::collections::HashMap;
use std::time::Instant;

use ring_abi::{Flags, Kind, Known, Loss, LossReason, ProcessStart, System, Tag};

use super::copied;
use super::running::Running;
use crate::encode::endpoint::{Bounds, Session};
use crate::encode::{Records, Who, opening};
use crate::looks::{Looking, Outgoing};
use crate::source::SourceStats;

/// The way of messages.
#[derive(Debug)]
pub struct Live {
    session: Session,
    records: Records,
    outgoing: Outgoing,
    counts: Counts,
    /// When losses were last looked at, in nanoseconds since 1970.
    since: u64,
}

/// Bounds of what is followed.
#[derive(Clone, Copy, Debug)]
pub struct LiveBounds {
    /// Directories that are told of one process.
    pub directories_per_process: usize,
    /// Records that a process may make in a second; 0 for no limit.
    pub records_per_second: u32,
    /// Whether somebody takes looks ([`Live::outgoing`]).
    pub looking: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    copies: u64,
    unreadable: u64,
    dropped: u64,
    running: u64,
}

impl Live {
    /// Begins at the time `now`, in nanoseconds since 1970.
    #[must_use]
    pub fn new(host: Option<&str>, boot: Option<&str>, now: u64, bounds: &LiveBounds) -> Self {
        let mut outgoing = Outgoing::new(if bounds.looking {
            Looking::AtFiles
        } else {
            Looking::Nowhere
        });
        let (host, boot) = (host.map(str::as_bytes), boot.map(str::as_bytes));
        let opening = opening(now, System::MACOS, host, boot);
        outgoing.push(&opening, Instant::now());
        let mut records = Records::default();
        records.number_from(1);
        records.throttle(bounds.records_per_second);
        let following = Bounds {
            directories: bounds.directories_per_process,
            ..Bounds::default()
        };
        Self {
            session: Session::sampled(following),
            records,
            outgoing,
            counts: Counts::default(),
            since: now,
        }
    }

    /// Tells of what ran before, the oldest first.
    pub fn runs(&mut self, running: &[Running], now: u64) {
        let starts: HashMap<u32, u64> = running
            .iter()
            .map(|process| (process.pid, process.start))
            .collect();
        for process in running {
            self.counts.running += 1;
            let parent = starts.get(&process.parent);
            self.tell(process, parent.copied(), now);
        }
    }

    fn tell(&mut self, process: &Running, parent_start: Option<u64>, now: u64) {
        self.session
            .ran(process.pid, process.start, process.version);
        let mut body = ProcessStart {
            uid: process.real_user,
            euid: process.effective_user,
            gid: process.real_group,
            egid: process.effective_group,
            terminal: process.terminal,
            arguments_length: process.arguments.len() as u32,
            ..ProcessStart::default()
        };
        let mut known = Known::USER;
        if let Some(start) = parent_start {
            (body.parent_pid, body.parent_start) = (process.parent, start);
            known = known.with(Known::PARENT);
        }
        if let Some(session) = process.session {
            body.session = session;
            known = known.with(Known::SESSION);
        }
        if let Some((device, inode)) = process.file {
            (body.device, body.inode) = (device, inode);
            known = known.with(Known::FILE);
        }
        body.known = known.0;
        let who = Who {
            time: now,
            pid: process.pid,
            tid: 0,
            start: process.start,
        };
        let arguments = (!process.arguments.is_empty()).then_some(&*process.arguments);
        let fields = [
            (Tag::PATH, process.path.as_deref()),
            (Tag::ARGUMENTS, arguments),
        ];
        let (kind, body) = (Kind::PROCESS_START, body.write());
        self.records.put(kind, who, Flags::RUNDOWN, &body, &fields);
        self.send(Instant::now());
    }

    /// Whether there is room for more messages.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.outgoing.has_room()
    }

    /// Takes in the copy of a message.
    pub fn take(&mut self, copy: &[u8], now: Instant) {
        self.counts.copies += 1;
        let Some(message) = copied::read(copy) else {
            self.counts.unreadable += 1;
            return;
        };
        // It fails only where more is gathered than memory may hold; nothing is here.
        let _ = self.session.encode(&message, &mut self.records);
        self.send(now);
    }

    /// So many messages found no room in the ring since the last time, at the time `now`.
    pub fn dropped(&mut self, count: u64, now: u64) {
        let from = std::mem::replace(&mut self.since, now);
        if count == 0 {
            return;
        }
        self.counts.dropped += count;
        let loss = Loss {
            count,
            from: from.min(now),
            to: now,
            reason: LossReason::QUEUE_FULL.0,
            cpu: u32::MAX,
            ..Loss::default()
        };
        let who = Who {
            time: now,
            ..Who::default()
        };
        let (kind, body) = (Kind::LOSS, loss.write());
        self.records.put(kind, who, Flags(0), &body, &[]);
        self.send(Instant::now());
    }

    /// Nothing comes any more: waits for no look.
    pub fn end(&mut self) {
        let _ = self.session.finish(&mut self.records);
        self.send(Instant::now());
        self.outgoing.stop_looking();
    }

    /// Whether everything was handed out.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.outgoing.is_empty()
    }

    /// The records on their way out, with the looks that somebody has to take.
    pub fn outgoing(&mut self) -> &mut Outgoing {
        &mut self.outgoing
    }

    /// The counters so far.
    #[must_use]
    pub fn stats(&self) -> SourceStats {
        let (counts, tally) = (&self.counts, &self.session.tally);
        let (left, looks) = (self.session.counts(), &self.outgoing.counts);
        let others = vec![
            ("events", counts.copies),
            ("events_passed_over", tally.passed_over),
            ("events_undecodable", tally.undecodable + counts.unreadable),
            ("events_lost_by_the_system", left.lost),
            ("events_dropped_by_the_queue", counts.dropped),
            ("processes_running", counts.running),
            ("processes_left_out", left.processes),
            ("files_left_out", left.files),
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

#[cfg(test)]
mod tests;
