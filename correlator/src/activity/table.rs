//! The open activities: bounded, expiring, found by id and by their files.
//!
//! Step: correlate. Invariant: the index of files agrees with the activities, because outputs and
//! sources change through [`Activities::update`] alone. The number of activities is bounded: beyond it the untold one that is nearest its end goes, else the told one that is,
//! and both are counted. Expiry costs the same however many are open.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::index::FileIndex;
use super::{Activity, ActivityId};
use crate::event::{FileKey, Time};

/// All open activities.
#[derive(Debug)]
pub(crate) struct Activities {
    open: FxHashMap<ActivityId, Box<Activity>>,
    /// By deadline, told ones apart, for expiry and eviction.
    untold: BTreeSet<(Time, ActivityId)>,
    told: BTreeSet<(Time, ActivityId)>,
    index: FileIndex,
    next: u64,
    limit: usize,
    evicted: u64,
}

impl Activities {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            open: FxHashMap::default(),
            untold: BTreeSet::new(),
            told: BTreeSet::new(),
            index: FileIndex::default(),
            next: 0,
            limit: limit.max(1),
            evicted: 0,
        }
    }

    pub(crate) fn find(&self, id: ActivityId) -> Option<&Activity> {
        self.open.get(&id).map(|activity| &**activity)
    }

    pub(crate) fn find_mut(&mut self, id: ActivityId) -> Option<&mut Activity> {
        self.open.get_mut(&id).map(|activity| &mut **activity)
    }

    /// Opens an activity; returns the one that must go for it.
    pub(crate) fn open(&mut self, mut activity: Activity, deadline: Time) -> Opened {
        let evicted = (self.open.len() >= self.limit)
            .then(|| self.evict())
            .flatten();
        let id = ActivityId(self.next);
        self.next = self.next.wrapping_add(1);
        activity.deadline = deadline;
        self.queue(&activity).insert((deadline, id));
        self.index.add(id, &activity);
        self.open.insert(id, Box::new(activity));
        Opened { id, evicted }
    }

    /// Moves the time at which an activity is forgotten.
    pub(crate) fn keep_until(&mut self, id: ActivityId, deadline: Time) {
        let Some(activity) = self.open.get_mut(&id) else {
            return;
        };
        let before = std::mem::replace(&mut activity.deadline, deadline);
        let queue = if activity.told.is_some() {
            &mut self.told
        } else {
            &mut self.untold
        };
        queue.remove(&(before, id));
        queue.insert((deadline, id));
    }

    /// Remembers that an activity was told of.
    pub(crate) fn mark_told(&mut self, id: ActivityId, told: super::Told) {
        let Some(activity) = self.open.get_mut(&id) else {
            return;
        };
        activity.told = Some(told);
        self.untold.remove(&(activity.deadline, id));
        self.told.insert((activity.deadline, id));
    }

    /// Takes out the next activity whose time is over.
    pub(crate) fn pop_due(&mut self, now: Time) -> Option<Activity> {
        let first = |queue: &BTreeSet<(Time, ActivityId)>| queue.first().copied();
        let due = [first(&self.untold), first(&self.told)]
            .into_iter()
            .flatten()
            .min()?;
        (due.0 <= now).then(|| self.remove(due.1)).flatten()
    }

    /// When the next one is due.
    pub(crate) fn next_expiry(&self) -> Option<Time> {
        let first = |queue: &BTreeSet<(Time, ActivityId)>| queue.first().map(|&(time, _)| time);
        [first(&self.untold), first(&self.told)]
            .into_iter()
            .flatten()
            .min()
    }

    pub(crate) fn remove(&mut self, id: ActivityId) -> Option<Activity> {
        let activity = self.open.remove(&id)?;
        self.queue(&activity).remove(&(activity.deadline, id));
        self.index.remove(id, &activity);
        Some(*activity)
    }

    /// Changes an activity's outputs or sources. What changes them otherwise makes the index lie.
    pub(crate) fn update<R>(
        &mut self,
        id: ActivityId,
        change: impl FnOnce(&mut Activity) -> R,
    ) -> Option<R> {
        let activity = self.open.get_mut(&id)?;
        self.index.remove(id, activity);
        let result = change(activity);
        self.index.add(id, activity);
        Some(result)
    }

    /// Whose output has this name, else whose output is this file.
    pub(crate) fn of_output(
        &self,
        path: Option<&[u8]>,
        file: Option<FileKey>,
    ) -> Option<ActivityId> {
        self.index.output(path, file)
    }

    /// Whose output lies in this directory.
    pub(crate) fn of_output_directory(&self, directory: &[u8]) -> Option<ActivityId> {
        self.index.output_directory(directory)
    }

    /// Whose source has this name, or is a directory above it.
    pub(crate) fn of_input(&self, path: &[u8]) -> Option<ActivityId> {
        self.index.input(path)
    }

    pub(crate) fn has_outputs(&self) -> bool {
        self.index.has_outputs()
    }

    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.told.len(), self.untold.len())
    }

    pub(crate) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// All ids in the order in which the activities were opened.
    pub(crate) fn ids(&self) -> Vec<ActivityId> {
        let mut ids: Vec<ActivityId> = self.open.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// The number of the next activity. Numbers are never used twice, not even over a restart: a
    /// process may remember one that is over.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Goes on numbering from here.
    pub(crate) fn restore_next(&mut self, next: u64) {
        self.next = self.next.max(next);
    }

    /// Puts a restored activity back under its id.
    pub(crate) fn restore(&mut self, id: ActivityId, activity: Activity) {
        if self.open.len() >= self.limit {
            self.evict();
        }
        self.restore_next(id.0.saturating_add(1));
        self.queue(&activity).insert((activity.deadline, id));
        self.index.add(id, &activity);
        self.open.insert(id, Box::new(activity));
    }

    /// Bytes that the table takes, estimated.
    pub(crate) fn bytes(&self) -> usize {
        self.open.len() * ACTIVITY_BYTES + self.index.bytes()
    }

    fn evict(&mut self) -> Option<Activity> {
        let (_, id) = self.untold.first().or_else(|| self.told.first()).copied()?;
        self.evicted += 1;
        self.remove(id)
    }

    fn queue(&mut self, activity: &Activity) -> &mut BTreeSet<(Time, ActivityId)> {
        if activity.told.is_some() {
            &mut self.told
        } else {
            &mut self.untold
        }
    }
}

/// A newly opened activity.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) id: ActivityId,
    /// The one that went for it.
    pub(crate) evicted: Option<Activity>,
}

/// What an activity with a few members and outputs takes, with its boxes.
const ACTIVITY_BYTES: usize = 4_096;

#[cfg(test)]
mod tests;
