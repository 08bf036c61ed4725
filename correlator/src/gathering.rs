//! Files that are being gathered into one place: batch copies, and collected command output.
//!
//! Step: correlate. Counts until there is something to tell, and remembers for the time window
//! where files were gathered, so that a later packing of that place is recognised. Bounded; the
//! gathering that was quiet for longest goes first and is counted. It judges nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use rustc_hash::FxHashMap;

use crate::activity::ActivityId;
use crate::event::{ProcessKey, Time};
use crate::path;
use crate::process::{Name, Sighting};

/// What names a gathering.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Gathered {
    /// The shell whose children gather, or the program that does it all.
    pub(crate) owner: ProcessKey,
    /// The directory that files are copied to, or the file that output is collected in, by its
    /// [`path::key`].
    pub(crate) root: Name,
}

/// Files that are being gathered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Gathering {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// Commands whose output was collected, each once.
    pub(crate) commands: Vec<Name>,
    pub(crate) sensitive: Vec<Sighting>,
    /// Who gathers, the latest ones.
    pub(crate) processes: Vec<ProcessKey>,
    pub(crate) activity: Option<ActivityId>,
    pub(crate) last: Time,
}

/// All gatherings of the time window.
#[derive(Debug)]
pub(crate) struct Gatherings {
    current: FxHashMap<Gathered, Gathering>,
    ages: BTreeSet<(Time, Gathered)>,
    roots: BTreeMap<Name, BTreeSet<ProcessKey>>,
    limit: usize,
    evicted: u64,
}

impl Gatherings {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            current: FxHashMap::default(),
            ages: BTreeSet::new(),
            roots: BTreeMap::new(),
            limit: limit.max(1),
            evicted: 0,
        }
    }

    /// The gathering of that name, begun if need be, marked as going on.
    pub(crate) fn go_on(
        &mut self,
        gathered: Gathered,
        by: ProcessKey,
        time: Time,
    ) -> &mut Gathering {
        if let Some(known) = self.current.get(&gathered) {
            self.ages.remove(&(known.last, gathered.clone()));
        } else if self.current.len() >= self.limit {
            self.evict();
        }
        self.ages.insert((time, gathered.clone()));
        self.roots
            .entry(gathered.root.clone())
            .or_default()
            .insert(gathered.owner);
        let gathering = self
            .current
            .entry(gathered)
            .or_insert_with(|| Gathering::new(time));
        gathering.last = time;
        if !gathering.processes.contains(&by) {
            if gathering.processes.len() >= MOST_PROCESSES {
                gathering.processes.remove(0);
            }
            gathering.processes.push(by);
        }
        gathering
    }

    pub(crate) fn find_mut(&mut self, gathered: &Gathered) -> Option<&mut Gathering> {
        self.current.get_mut(gathered)
    }

    /// The latest gathering into the path, or into a directory above it; else one into a directory
    /// below it.
    pub(crate) fn holding(&self, path: &[u8]) -> Option<(&Gathered, &Gathering)> {
        if self.roots.is_empty() {
            return None;
        }
        let path = &*path::key(path);
        let owners_of = |root: &[u8]| self.roots.get_key_value(root);
        let below = || {
            let from = Bound::Excluded(path);
            let next = self.roots.range::<[u8], _>((from, Bound::Unbounded)).next();
            next.filter(|(root, _)| path::is_within(root, path))
        };
        let (root, owners) = path::ancestors(path).find_map(owners_of).or_else(below)?;
        owners
            .iter()
            .filter_map(|&owner| {
                let root = root.clone();
                self.current.get_key_value(&Gathered { owner, root })
            })
            .max_by_key(|(gathered, gathering)| (gathering.last, gathered.owner))
    }

    /// Forgets what was quiet since before `time`.
    pub(crate) fn expire(&mut self, time: Time) {
        while self.ages.first().is_some_and(|(last, _)| *last < time) {
            self.remove_oldest();
        }
    }

    /// When the one that is quiet for longest was last seen.
    pub(crate) fn oldest(&self) -> Option<Time> {
        self.ages.first().map(|&(last, _)| last)
    }

    pub(crate) fn len(&self) -> usize {
        self.current.len()
    }

    pub(crate) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// All gatherings, in the order of their age.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Gathered, &Gathering)> {
        self.ages
            .iter()
            .filter_map(|(_, gathered)| self.current.get_key_value(gathered))
    }

    /// Puts a saved gathering back.
    pub(crate) fn restore(&mut self, gathered: Gathered, gathering: Gathering) {
        if self.current.len() >= self.limit {
            self.evict();
        }
        self.ages.insert((gathering.last, gathered.clone()));
        self.roots
            .entry(gathered.root.clone())
            .or_default()
            .insert(gathered.owner);
        self.current.insert(gathered, gathering);
    }

    fn evict(&mut self) {
        if self.remove_oldest() {
            self.evicted += 1;
        }
    }

    fn remove_oldest(&mut self) -> bool {
        let Some((_, gathered)) = self.ages.pop_first() else {
            return false;
        };
        self.current.remove(&gathered);
        if let Some(owners) = self.roots.get_mut(&gathered.root) {
            owners.remove(&gathered.owner);
            if owners.is_empty() {
                self.roots.remove(&gathered.root);
            }
        }
        true
    }
}

impl Gathering {
    fn new(time: Time) -> Self {
        Self {
            files: 0,
            bytes: 0,
            commands: Vec::new(),
            sensitive: Vec::new(),
            processes: Vec::new(),
            activity: None,
            last: time,
        }
    }

    /// Adds what was met, each once.
    pub(crate) fn add_sensitive(&mut self, sightings: &[Sighting]) {
        for sighting in sightings {
            if self.sensitive.len() < MOST_SIGHTINGS && !self.sensitive.contains(sighting) {
                self.sensitive.push(sighting.clone());
            }
        }
    }

    /// Adds a command whose output went there; returns how many different ones there are.
    pub(crate) fn add_command(&mut self, name: &Name) -> u64 {
        if self.commands.len() < MOST_COMMANDS && !self.commands.contains(name) {
            self.commands.push(name.clone());
        }
        self.commands.len() as u64
    }
}

/// A finding names a few of them; the rest would say no more.
const MOST_PROCESSES: usize = 8;
const MOST_SIGHTINGS: usize = 4;
const MOST_COMMANDS: usize = 16;

#[cfg(test)]
mod tests;
