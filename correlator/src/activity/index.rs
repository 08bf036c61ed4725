//! By which files later events find an activity: its outputs, their directories, its sources.
//!
//! Step: correlate. Invariant: the index is a function of the activities alone, whatever the order
//! in which they came, so that a restored table answers as the one that was saved. Where several
//! activities have to do with a file, the latest one answers. Names are found by their
//! [`path::key`].

use std::borrow::{Borrow, Cow};
use std::hash::Hash;

use rustc_hash::FxHashMap;

use super::{Activity, ActivityId};
use crate::event::FileKey;
use crate::path;
use crate::process::Name;

/// The files of all activities.
#[derive(Debug, Default)]
pub(super) struct FileIndex {
    outputs: Index<Name>,
    files: Index<FileKey>,
    output_directories: Index<Name>,
    inputs: Index<Name>,
}

#[derive(Debug)]
struct Index<K>(FxHashMap<K, Vec<ActivityId>>);

impl FileIndex {
    pub(super) fn add(&mut self, id: ActivityId, activity: &Activity) {
        for output in activity.outputs.iter().filter(|output| !output.directory) {
            for name in &output.names {
                let name = keyed(name);
                if let Some(directory) = path::parent(&name) {
                    self.output_directories.add(directory.into(), id);
                }
                self.outputs.add(name, id);
            }
            if let Some(file) = output.file.filter(|_| !output.removed()) {
                self.files.add(file, id);
            }
        }
        for input in &activity.inputs {
            self.inputs.add(keyed(input), id);
        }
    }

    /// Takes out what [`FileIndex::add`] has put in for the activity as it is.
    pub(super) fn remove(&mut self, id: ActivityId, activity: &Activity) {
        for output in &activity.outputs {
            for name in &output.names {
                let name = path::key(name);
                self.outputs.forget(&*name, id);
                if let Some(directory) = path::parent(&name) {
                    self.output_directories.forget(directory, id);
                }
            }
            if let Some(file) = &output.file {
                self.files.forget(file, id);
            }
        }
        for input in &activity.inputs {
            self.inputs.forget(&*path::key(input), id);
        }
    }

    /// Whose output has this name, else whose output is this file.
    pub(super) fn output(&self, path: Option<&[u8]>, file: Option<FileKey>) -> Option<ActivityId> {
        if !self.has_outputs() {
            return None;
        }
        let by_path = path.and_then(|path| self.outputs.latest(&*path::key(path)));
        by_path.or_else(|| file.and_then(|file| self.files.latest(&file)))
    }

    pub(super) fn output_directory(&self, directory: &[u8]) -> Option<ActivityId> {
        self.output_directories.latest(&*path::key(directory))
    }

    /// Whose source has this name, or is a directory above it.
    pub(super) fn input(&self, path: &[u8]) -> Option<ActivityId> {
        if self.inputs.0.is_empty() {
            return None;
        }
        path::ancestors(&path::key(path)).find_map(|ancestor| self.inputs.latest(ancestor))
    }

    pub(super) fn has_outputs(&self) -> bool {
        !self.outputs.0.is_empty()
    }

    /// Bytes that the index takes, estimated.
    pub(super) fn bytes(&self) -> usize {
        let entries = self.outputs.0.capacity()
            + self.files.0.capacity()
            + self.output_directories.0.capacity()
            + self.inputs.0.capacity();
        entries * (size_of::<(Name, Vec<ActivityId>)>() + 1 + size_of::<ActivityId>())
    }
}

/// A name's key, shared where it is the name itself.
fn keyed(name: &Name) -> Name {
    match path::key(name) {
        Cow::Borrowed(key) if key.len() == name.len() => name.clone(),
        key => (&*key).into(),
    }
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
