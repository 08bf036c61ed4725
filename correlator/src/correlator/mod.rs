//! The correlator itself: takes events, keeps the tables, hands out findings.
//!
//! Step: correlate. [`Correlator::step`] is a function of the state, the event and its time.
//! Invariants: what is told of an activity always has the same uid and a revision one higher than
//! before; nothing is told twice without a change that matters; state is bounded by [`Limits`] and
//! every eviction is counted. This file dispatches and keeps time; each kind of event has its own
//! file below.

mod announcing;
mod answering;
mod carrying;
mod joining;
mod naming;
mod news;
mod noting;
mod programs;
mod reading;
mod scripts;
mod serving;
mod staging;
mod starting;
mod suites;
mod telling;
mod unremarkable;
mod using;
mod writing;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

pub(crate) use scripts::Pieces;
use scripts::Scripts;
use unremarkable::Unremarkable;

use crate::activity::{Activities, Activity, ActivityId, Observation};
use crate::baseline::{Baseline, Habit};
use crate::catalogue::{Catalogue, Rank};
use crate::event::{Detail, Event, FileKey, Lost, ProcessKey, Time};
use crate::evidence::Evidence;
use crate::finding::Finding;
use crate::fleet::Fleet;
use crate::gathering::Gatherings;
use crate::inside::{CodeFiles, Rest};
use crate::knobs::Knobs;
use crate::limits::{Evictions, Limits, Usage};
use crate::policy::Policy;
use crate::process::{Images, Interner, Processes, Program};

/// Turns events into findings.
#[derive(Debug)]
pub struct Correlator {
    pub(crate) policy: Policy,
    pub(crate) limits: Limits,
    pub(crate) now: Time,
    /// Nothing expires before this time.
    pub(crate) due: Time,
    pub(crate) names: Interner,
    pub(crate) images: Images,
    pub(crate) processes: Processes,
    pub(crate) activities: Activities,
    pub(crate) gatherings: Gatherings,
    pub(crate) baseline: Baseline,
    pub(crate) inside: CodeFiles,
    pub(crate) fleet: Fleet,
    pub(crate) losses: VecDeque<Gap>,
    pub(crate) directories_evicted: u64,
    uses_evicted: u64,
    /// Activities that the current event changed.
    changed: BTreeSet<ActivityId>,
    /// Findings of activities that left the table during the current event.
    parting: Vec<Finding>,
    pub(crate) unknown: Arc<Program>,
    /// For paths that are put together only to be looked up.
    scratch: Vec<u8>,
    /// Paths that were looked up and say nothing.
    unremarkable: Unremarkable,
    /// Scripts of which only some pieces have come.
    pub(crate) scripts: Scripts,
}

/// A stretch of time in which records were lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) from: Time,
    pub(crate) to: Time,
    pub(crate) count: u64,
}

impl Correlator {
    /// A correlator that has seen nothing yet.
    #[must_use]
    pub fn new(catalogue: Arc<Catalogue>, knobs: Knobs, limits: Limits) -> Self {
        Self {
            policy: Policy::new(catalogue, knobs),
            now: Time::default(),
            due: Time(u64::MAX),
            names: Interner::default(),
            images: Images::default(),
            processes: Processes::new(limits.processes),
            activities: Activities::new(limits.activities),
            gatherings: Gatherings::new(limits.gatherings),
            baseline: Baseline::new(limits.habits),
            inside: CodeFiles::new(limits.code_files),
            fleet: Fleet::new(limits.answers),
            losses: VecDeque::new(),
            directories_evicted: 0,
            uses_evicted: 0,
            changed: BTreeSet::new(),
            parting: Vec::new(),
            unknown: Arc::new(Program::unknown()),
            scratch: Vec::new(),
            unremarkable: Unremarkable::default(),
            scripts: Scripts::default(),
            limits,
        }
    }

    /// Takes one event; the findings that it gives rise to, first told or revised.
    pub fn step(&mut self, event: &Event<'_>) -> Vec<Finding> {
        self.now = self.now.max(event.time);
        if self.now >= self.due {
            self.expire();
        }
        match &event.detail {
            Detail::ProcessStart(start) => self.started(event, start),
            Detail::Fork { child } => self.forked(event, *child),
            Detail::Exit(exit) => self.exited(event, exit),
            Detail::LibraryLoad { path, file } => self.loaded(event, *path, *file),
            Detail::LibraryUse(used) => self.used(event, used),
            Detail::Script(script) => self.script(event, script),
            Detail::CodeInside(inside) => self.code_found(inside),
            Detail::Answered(answered) => self.answered(answered),
            Detail::FileOpened { .. } => {}
            Detail::FileWritten(written) => self.written(event, written),
            Detail::FileContent {
                path,
                file,
                size,
                content,
            } => {
                self.content_read(*path, *file, *size, content);
            }
            Detail::Renamed { from, to, file } => self.renamed(event, *from, *to, *file),
            Detail::Linked { from, to, file } => self.linked(*from, *to, *file),
            Detail::Removed {
                path,
                file,
                directory,
            } => {
                self.removed(event, *path, *file, *directory);
            }
            Detail::DirectoryRead { path, name, .. } => self.directory_read(event, *path, *name),
            Detail::FlowOpened(_) => self.flow_opened(event),
            Detail::FlowClosed(flow) => self.flow_closed(event, flow),
            Detail::Throttled { left_out, .. } => self.throttled(event.process, *left_out),
            Detail::Lost(lost) => self.lost(lost),
        }
        self.tell_changed()
    }

    /// Lets time pass without an event: what is settled by `now` leaves, and is told of once more
    /// where more became known since.
    pub fn advance(&mut self, now: Time) -> Vec<Finding> {
        self.now = self.now.max(now);
        self.expire();
        self.tell_changed()
    }

    /// Whether it was told, and remembers, that packing code is linked into the file.
    #[must_use]
    pub fn knows_code_in(&self, file: FileKey) -> bool {
        self.inside.find(file).is_some()
    }

    /// When [`Correlator::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Time> {
        (self.due != Time(u64::MAX)).then_some(self.due)
    }

    /// Takes another catalogue and other knobs; what is known stays.
    pub fn reconfigure(&mut self, catalogue: Arc<Catalogue>, knobs: Knobs) {
        self.policy = Policy::new(catalogue, knobs);
        self.images.clear();
        self.unremarkable = Unremarkable::default();
    }

    /// The baseline.
    #[must_use]
    pub fn habits(&self) -> Vec<Habit> {
        self.baseline.habits()
    }

    /// What is held at the moment, and what had to go so far.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let (told_activities, untold_activities) = self.activities.counts();
        let (live_processes, ended_processes) = self.processes.evicted();
        Usage {
            live_processes: self.processes.live(),
            ended_processes: self.processes.ended_count(),
            told_activities,
            untold_activities,
            habits: self.baseline.len(),
            gatherings: self.gatherings.len(),
            code_files: self.inside.len(),
            answers: self.fleet.len(),
            bytes: self.processes.bytes()
                + self.names.bytes()
                + self.images.bytes()
                + self.activities.bytes()
                + self.baseline.len() * HABIT_BYTES
                + self.gatherings.len() * GATHERING_BYTES
                + self.inside.len() * CODE_FILE_BYTES
                + self.fleet.len() * HABIT_BYTES,
            evictions: Evictions {
                live_processes,
                ended_processes,
                activities: self.activities.evicted(),
                habits: self.baseline.evicted(),
                gatherings: self.gatherings.evicted(),
                directories: self.directories_evicted,
                code_files: self.inside.evicted(),
                uses: self.uses_evicted,
            },
        }
    }

    /// Forgets everything but the settings.
    pub(crate) fn clear(&mut self) {
        let catalogue = self.policy.catalogue.clone();
        *self = Self::new(catalogue, self.policy.knobs.clone(), self.limits);
    }

    /// Forgets what is over.
    fn expire(&mut self) {
        let window = self.policy.window();
        while let Some(activity) = self.activities.pop_due(self.now) {
            self.settle(&activity);
        }
        self.processes.expire(self.now);
        let begin = Time(self.now.0.saturating_sub(window));
        self.gatherings.expire(begin);
        while self.losses.front().is_some_and(|gap| gap.to < begin) {
            self.losses.pop_front();
        }
        self.inside.expire(begin);
        self.due = [
            self.activities.next_expiry(),
            self.processes.next_expiry(),
            self.gatherings
                .oldest()
                .map(|last| Time(last.0.saturating_add(window).saturating_add(1))),
        ]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(Time(u64::MAX));
    }

    /// When something that happens now has lain back for the whole window.
    fn window_end(&mut self) -> Time {
        let end = Time(self.now.0.saturating_add(self.policy.window()));
        self.due = self.due.min(end);
        end
    }

    /// Opens an activity that begins with this process.
    fn open_activity(&mut self, key: ProcessKey, path: Option<&[u8]>) -> ActivityId {
        let uid = telling::uid(key, self.now, path);
        let mut activity = Activity::new(uid, self.now);
        activity.lineage = self.lineage(key);
        let deadline = self.window_end();
        let opened = self.activities.open(activity, deadline);
        if let Some(evicted) = opened.evicted {
            self.settle(&evicted);
        }
        opened.id
    }

    /// Marks an activity as going on, and as to be told of where that is due.
    fn changed(&mut self, id: ActivityId) {
        let deadline = self.window_end();
        if let Some(activity) = self.activities.find_mut(id) {
            activity.last_seen = activity.last_seen.max(self.now);
            self.activities.keep_until(id, deadline);
            self.changed.insert(id);
        }
    }

    /// Notes evidence of an activity.
    fn note(&mut self, id: ActivityId, evidence: Evidence, rank: Rank, by: Option<ProcessKey>) {
        let observation = Observation {
            evidence,
            rank,
            time: self.now,
            process: by,
        };
        let limits = self.limits;
        if let Some(activity) = self.activities.find_mut(id) {
            activity.note(observation, &limits);
        }
    }

    /// The activity, if it is open still.
    fn open(&self, id: Option<ActivityId>) -> Option<ActivityId> {
        id.filter(|&id| self.activities.find(id).is_some())
    }

    fn throttled(&mut self, key: ProcessKey, left_out: u64) {
        let Some(process) = self.processes.find_mut(key) else {
            return;
        };
        let doings = process.doings();
        doings.throttled = doings.throttled.saturating_add(left_out);
        let id = process.activity;
        if let Some(id) = self.open(id)
            && let Some(activity) = self.activities.find_mut(id)
        {
            activity.gaps.throttled = activity.gaps.throttled.saturating_add(left_out);
            self.changed.insert(id);
        }
    }

    /// Remembers a gap. It bears on every activity whose window it overlaps; those that were told
    /// of are revised when something else happens to them or when they settle, so that a storm of
    /// losses does not become a storm of findings.
    fn lost(&mut self, lost: &Lost<'_>) {
        if let Some(library) = lost.unwatched {
            self.inside.rest(Rest {
                library: self.names.name(library),
                from: lost.from,
                to: lost.to,
            });
            return;
        }
        let gap = Gap {
            from: lost.from,
            to: lost.to,
            count: lost.count,
        };
        let full = self.losses.len() >= MOST_GAPS;
        match self.losses.back_mut() {
            // Gaps that touch are one, and beyond the bound the last ones grow together.
            Some(before) if full || gap.from <= before.to => {
                before.from = before.from.min(gap.from);
                before.to = before.to.max(gap.to);
                before.count = before.count.saturating_add(gap.count);
            }
            _ => self.losses.push_back(gap),
        }
    }
}

/// What a habit takes with its names.
const HABIT_BYTES: usize = 512;

/// What a gathering takes with its names.
const GATHERING_BYTES: usize = 512;

/// What a file with packing code takes with its texts, which are mostly shared.
const CODE_FILE_BYTES: usize = 384;

/// More gaps than these within one window are told as one long gap.
const MOST_GAPS: usize = 256;
