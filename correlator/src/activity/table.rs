//! The open activities, and the files by which later events find them.
//!
//! Step: correlate. Invariant: every path, file and directory in an index belongs to an activity
//! that is in the table; an activity that leaves takes its entries along. The number of activities
//! is bounded: beyond it the untold one that is nearest its end goes, else the told one that is,
//! and both are counted. Expiry costs the same however many are open.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::hash::Hash;

use rustc_hash::FxHashMap;

use super::{Activity, ActivityId};
use crate::event::{FileKey, Time};
use crate::process::Name;

/// All open activities.
#[derive(Debug)]
pub(crate) struct Activities {
    activities: FxHashMap<ActivityId, Box<Activity>>,
    /// By deadline, told ones apart, for expiry and eviction.
    untold: BTreeSet<(Time, ActivityId)>,
    told: BTreeSet<(Time, ActivityId)>,
    outputs: Index<Name>,
    files: Index<FileKey>,
    output_directories: Index<Name>,
    inputs: Index<Name>,
    next: u64,
    limit: usize,
    evicted: u64,
}

/// Which activities have to do with a file. It is a function of the activities alone, whatever the
/// order in which they came, so that a restored table answers as the one that was saved.
#[derive(Debug)]
struct Index<K>(FxHashMap<K, Vec<ActivityId>>);

impl Activities {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            activities: FxHashMap::default(),
            untold: BTreeSet::new(),
            told: BTreeSet::new(),
            outputs: Index::default(),
            files: Index::default(),
            output_directories: Index::default(),
            inputs: Index::default(),
            next: 0,
            limit: limit.max(1),
            evicted: 0,
        }
    }

    pub(crate) fn find(&self, id: ActivityId) -> Option<&Activity> {
        self.activities.get(&id).map(|activity| &**activity)
    }

    pub(crate) fn find_mut(&mut self, id: ActivityId) -> Option<&mut Activity> {
        self.activities.get_mut(&id).map(|activity| &mut **activity)
    }

    /// Opens an activity; returns the one that must go for it.
    pub(crate) fn open(&mut self, mut activity: Activity, deadline: Time) -> Opened {
        let evicted = (self.activities.len() >= self.limit)
            .then(|| self.evict())
            .flatten();
        let id = ActivityId(self.next);
        self.next += 1;
        activity.deadline = deadline;
        self.queue(&activity).insert((deadline, id));
        self.reindex(id, &activity);
        self.activities.insert(id, Box::new(activity));
        Opened { id, evicted }
    }

    /// Moves the time at which an activity is forgotten.
    pub(crate) fn keep_until(&mut self, id: ActivityId, deadline: Time) {
        let Some(activity) = self.activities.get_mut(&id) else {
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
        let Some(activity) = self.activities.get_mut(&id) else {
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
        let activity = self.activities.remove(&id)?;
        self.queue(&activity).remove(&(activity.deadline, id));
        for output in &activity.outputs {
            for name in output.names.iter().chain(&output.path) {
                self.outputs.forget(name, id);
                if let Some(directory) = crate::path::parent(name) {
                    self.output_directories.forget(directory, id);
                }
            }
            if let Some(file) = &output.file {
                self.files.forget(file, id);
            }
        }
        for input in &activity.inputs {
            self.inputs.forget(input, id);
        }
        Some(*activity)
    }

    /// Registers the names of an activity's outputs and inputs, after they changed.
    pub(crate) fn index(&mut self, id: ActivityId) {
        if let Some(activity) = self.activities.remove(&id) {
            self.reindex(id, &activity);
            self.activities.insert(id, activity);
        }
    }

    /// Takes a name out of the index of outputs.
    pub(crate) fn forget_output(&mut self, path: &[u8], id: ActivityId) {
        self.outputs.forget(path, id);
        if let Some(directory) = crate::path::parent(path) {
            self.output_directories.forget(directory, id);
        }
        // Other outputs may lie in the same directory still.
        self.index(id);
    }

    /// Whose output has this name or is this file.
    pub(crate) fn of_output(
        &self,
        path: Option<&[u8]>,
        file: Option<FileKey>,
    ) -> Option<ActivityId> {
        if self.outputs.0.is_empty() {
            return None;
        }
        let by_path = path.and_then(|path| self.outputs.latest(path));
        by_path.or_else(|| file.and_then(|file| self.files.latest(&file)))
    }

    /// Whose output lies in this directory.
    pub(crate) fn of_output_directory(&self, directory: &[u8]) -> Option<ActivityId> {
        self.output_directories.latest(directory)
    }

    /// Whose source has this name, or is a directory above it.
    pub(crate) fn of_input(&self, path: &[u8]) -> Option<ActivityId> {
        if self.inputs.0.is_empty() {
            return None;
        }
        crate::path::ancestors(path).find_map(|ancestor| self.inputs.latest(ancestor))
    }

    pub(crate) fn has_outputs(&self) -> bool {
        !self.outputs.0.is_empty()
    }

    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.told.len(), self.untold.len())
    }

    pub(crate) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// All ids in the order in which the activities were opened.
    pub(crate) fn ids(&self) -> Vec<ActivityId> {
        let mut ids: Vec<ActivityId> = self.activities.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// Puts a restored activity back under its id.
    pub(crate) fn restore(&mut self, id: ActivityId, activity: Activity) {
        if self.activities.len() >= self.limit {
            self.evict();
        }
        self.next = self.next.max(id.0 + 1);
        self.queue(&activity).insert((activity.deadline, id));
        self.reindex(id, &activity);
        self.activities.insert(id, Box::new(activity));
    }

    /// Bytes that the table takes, estimated.
    pub(crate) fn bytes(&self) -> usize {
        self.activities.len() * ACTIVITY_BYTES
            + (self.outputs.0.capacity()
                + self.inputs.0.capacity()
                + self.output_directories.0.capacity())
                * (size_of::<(Name, Vec<ActivityId>)>() + 1 + size_of::<ActivityId>())
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

    fn reindex(&mut self, id: ActivityId, activity: &Activity) {
        for output in &activity.outputs {
            if output.directory {
                continue;
            }
            for name in &output.names {
                self.outputs.add(name.clone(), id);
                if let Some(directory) = crate::path::parent(name) {
                    self.output_directories.add(directory.into(), id);
                }
            }
            if let Some(file) = output.file
                && !output.removed()
            {
                self.files.add(file, id);
            }
        }
        for input in &activity.inputs {
            self.inputs.add(input.clone(), id);
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

impl<K> Default for Index<K> {
    fn default() -> Self {
        Self(FxHashMap::default())
    }
}

impl<K: Eq + Hash> Index<K> {
    fn add(&mut self, key: K, id: ActivityId) {
        let ids = self.0.entry(key).or_default();
        if let Err(at) = ids.binary_search(&id) {
            ids.insert(at, id);
        }
    }

    fn forget<Q>(&mut self, key: &Q, id: ActivityId)
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if let Some(ids) = self.0.get_mut(key) {
            ids.retain(|&other| other != id);
            if ids.is_empty() {
                self.0.remove(key);
            }
        }
    }

    fn latest<Q>(&self, key: &Q) -> Option<ActivityId>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.0.get(key).and_then(|ids| ids.last().copied())
    }
}

/// What an activity with a few members and outputs takes, with its boxes.
const ACTIVITY_BYTES: usize = 4_096;

#[cfg(test)]
mod tests;
