//! Files of which a scan told that packing code is linked into them, and libraries of which calls
//! were seen.
//!
//! Step: correlate. Keyed by the file's identity, so that what is told late holds for processes
//! that run already, and what is known holds at once for those that start later. Bounded: the file
//! that was asked for longest ago goes first and is counted; the scanner tells it again when it is
//! run again. It judges nothing.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::event::{CodeInside, FileKey, LinkedCode, Time, UsePurpose};
use crate::evidence::Text;
use crate::process::{Interner, Name};

/// A file with packing code in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Inside {
    pub(crate) path: Option<Name>,
    pub(crate) code: Vec<Linked>,
}

/// A family of code in a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Linked {
    pub(crate) family: Text,
    pub(crate) purpose: UsePurpose,
    pub(crate) recognised: Text,
}

/// All files that are known to hold such code.
#[derive(Debug)]
pub(crate) struct CodeFiles {
    files: FxHashMap<FileKey, (u64, Arc<Inside>)>,
    /// Counts tellings and look-ups that matter; the smallest number is the oldest.
    tick: u64,
    limit: usize,
    evicted: u64,
    watched: FxHashSet<Name>,
    rests: VecDeque<Rest>,
}

/// A while in which calls of a library were not seen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rest {
    pub(crate) library: Name,
    pub(crate) from: Time,
    pub(crate) to: Time,
}

impl CodeFiles {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            files: FxHashMap::default(),
            tick: 0,
            limit: limit.max(1),
            evicted: 0,
            watched: FxHashSet::default(),
            rests: VecDeque::new(),
        }
    }

    /// Takes over what a scan told; says whether that changes anything.
    pub(crate) fn tell(&mut self, told: &CodeInside<'_>, names: &mut Interner) -> bool {
        if told.code.is_empty() {
            return self.files.remove(&told.file).is_some();
        }
        let code = told.code.iter().take(MOST_FAMILIES);
        let inside = Inside {
            path: told.path.map(|path| names.name(path)),
            code: code.map(|code| Linked::of(code, names)).collect(),
        };
        self.tick += 1;
        if let Some((asked, known)) = self.files.get_mut(&told.file) {
            *asked = self.tick;
            if known.code == inside.code {
                return false;
            }
            *known = Arc::new(inside);
            return true;
        }
        self.insert(told.file, inside);
        true
    }

    fn insert(&mut self, file: FileKey, inside: Inside) {
        if self.files.len() >= self.limit {
            let oldest = self.files.iter().min_by_key(|(_, (asked, _))| *asked);
            if let Some(oldest) = oldest.map(|(file, _)| *file) {
                self.files.remove(&oldest);
                self.evicted += 1;
            }
        }
        self.files.insert(file, (self.tick, Arc::new(inside)));
    }

    /// The file was written: what was in it says nothing of what is, even less where the number is
    /// that of a file long gone.
    pub(crate) fn forget(&mut self, file: FileKey) {
        if !self.files.is_empty() {
            self.files.remove(&file);
        }
    }

    pub(crate) fn find(&self, file: FileKey) -> Option<&Inside> {
        self.files.get(&file).map(|(_, inside)| &**inside)
    }

    /// Remembers that calls of this library are seen on this host: a process that loads it and of
    /// which none is told has called nothing.
    pub(crate) fn watch(&mut self, library: &Name) {
        if self.watched.len() >= MOST_WATCHED && !self.watched.contains(library) {
            self.watched.clear();
        }
        self.watched.insert(library.clone());
    }

    /// Whether calls of the library by a process that started then would have been seen.
    pub(crate) fn is_watched(&self, library: &[u8], started: Time) -> bool {
        self.watched.contains(library)
            && !self
                .rests
                .iter()
                .any(|rest| *rest.library == *library && rest.to >= started)
    }

    /// Remembers that calls of the library are not seen for a while. Beyond the bound the oldest
    /// such while is taken for longer than it was.
    pub(crate) fn rest(&mut self, rest: Rest) {
        if self.rests.len() >= MOST_RESTS
            && let Some(oldest) = self.rests.pop_front()
            && let Some(next) = self.rests.front_mut()
        {
            next.from = next.from.min(oldest.from);
        }
        self.rests.push_back(rest);
    }

    /// Forgets what ended before.
    pub(crate) fn expire(&mut self, before: Time) {
        while self.rests.front().is_some_and(|rest| rest.to < before) {
            self.rests.pop_front();
        }
    }

    pub(crate) fn rests(&self) -> &VecDeque<Rest> {
        &self.rests
    }

    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    pub(crate) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// All files, the one asked for longest ago first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (FileKey, &Inside)> {
        let mut files: Vec<_> = self.files.iter().collect();
        files.sort_unstable_by_key(|(file, (asked, _))| (*asked, **file));
        files
            .into_iter()
            .map(|(file, (_, inside))| (*file, &**inside))
    }

    /// The libraries of which calls were seen, in order.
    pub(crate) fn watched(&self) -> Vec<&Name> {
        let mut watched: Vec<_> = self.watched.iter().collect();
        watched.sort_unstable();
        watched
    }

    /// Puts a saved file back.
    pub(crate) fn restore(&mut self, file: FileKey, inside: Inside) {
        self.tick += 1;
        self.insert(file, inside);
    }
}

impl Linked {
    fn of(code: &LinkedCode<'_>, names: &mut Interner) -> Self {
        Self {
            family: names.text(cut(code.family)),
            purpose: code.purpose,
            recognised: names.text(cut(code.recognised)),
        }
    }
}

/// What comes from a scanned file is cut before it is kept.
fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Families told of one file.
const MOST_FAMILIES: usize = 24;

/// More libraries than a host has copies of that are called; beyond it all are learned anew.
const MOST_WATCHED: usize = 512;

/// Longest family name or text about its recognition.
const LONGEST_TEXT: usize = 96;

/// Whiles in which a library was not watched, within one window.
const MOST_RESTS: usize = 256;

#[cfg(test)]
mod tests;
