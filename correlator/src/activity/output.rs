//! A file that an activity made: its names through time and what its content and place say.
//!
//! Step: correlate. What depends on the name (place, mismatch) is judged anew with every rename;
//! what depends on the content stays. Keeps no content.

use crate::catalogue::Rank;
use crate::content::{Density, Examination, Recognised};
use crate::event::{FileKey, ProcessKey, Time};
use crate::evidence::Text;
use crate::finding::FileSummary;
use crate::path;
use crate::policy::Policy;
use crate::process::Name;

/// A file that was made.
#[derive(Clone, Debug)]
pub(crate) struct OutputFile {
    /// Its names, the latest last; none when all were removed.
    pub(crate) names: Vec<Name>,
    /// The name that it had last.
    pub(crate) path: Option<Name>,
    pub(crate) file: Option<FileKey>,
    pub(crate) size: Option<u64>,
    /// What its content says, where it was seen.
    pub(crate) examination: Option<Examination>,
    /// It is as good as random, and of no known format.
    pub(crate) dense: bool,
    /// The extension that promises something else.
    pub(crate) mismatch: Option<Vec<u8>>,
    pub(crate) place: Option<(Text, Rank)>,
    /// A context in which such an output is ordinary.
    pub(crate) benign: Option<Text>,
    /// The operator's rule that allows it.
    pub(crate) allowed: Option<Text>,
    /// Made beside its source and under its name.
    pub(crate) in_place: bool,
    /// A directory of gathered files rather than a file.
    pub(crate) directory: bool,
    pub(crate) by: ProcessKey,
    pub(crate) time: Time,
}

/// What a rename did to the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disguise {
    /// The new name says what it is, or as little as the old one.
    None,
    /// The old name told what it is, the new one hides it.
    New,
}

impl OutputFile {
    pub(crate) fn new(by: ProcessKey, time: Time) -> Self {
        Self {
            names: Vec::new(),
            path: None,
            file: None,
            size: None,
            examination: None,
            dense: false,
            mismatch: None,
            place: None,
            benign: None,
            allowed: None,
            in_place: false,
            directory: false,
            by,
            time,
        }
    }

    /// Takes over what the samples say.
    pub(crate) fn examine(&mut self, examination: Examination, threshold: f32) {
        if examination.sampled > 0 {
            self.dense = is_dense(&examination, threshold);
            self.examination = Some(examination);
        }
    }

    pub(crate) fn is_named(&self, path: &[u8]) -> bool {
        self.names.iter().any(|name| path::same(name, path))
    }

    pub(crate) fn removed(&self) -> bool {
        self.names.is_empty() && self.path.is_some()
    }

    /// Gives it its first or a further name and judges that.
    pub(crate) fn name(&mut self, name: Name, policy: &Policy) {
        self.judge_name(&name, policy);
        if !self.is_named(&name) && self.names.len() < MOST_NAMES {
            self.names.push(name.clone());
        }
        self.path = Some(name);
    }

    /// Puts another name in place of one that it had.
    pub(crate) fn rename(&mut self, from: &[u8], to: Name, policy: &Policy) -> Disguise {
        let told_before = self
            .path
            .as_deref()
            .is_some_and(|path| policy.is_packed_name(path));
        self.names.retain(|name| !path::same(name, from));
        self.name(to, policy);
        let hides = self
            .path
            .as_deref()
            .is_some_and(|path| !policy.is_packed_name(path))
            && self.mismatch.is_some();
        if told_before && hides {
            return Disguise::New;
        }
        Disguise::None
    }

    /// Marks it as made beside its source and under its name; in a telling place that excuses
    /// nothing.
    pub(crate) fn mark_in_place(&mut self) {
        let place = self.place.as_ref().map(|(_, rank)| *rank);
        self.in_place = place.is_none_or(|rank| rank < Rank::Medium);
    }

    /// Takes a name away.
    pub(crate) fn remove(&mut self, path: &[u8]) {
        self.names.retain(|name| !path::same(name, path));
        if let Some(last) = self.names.last() {
            self.path = Some(last.clone());
        }
    }

    /// Judges the name that the output is going to have instead of the one it has: temporary names
    /// say nothing about where it goes.
    pub(crate) fn judge_name(&mut self, name: &[u8], policy: &Policy) {
        self.place = policy.place(name);
        let examination = self.examination.as_ref().filter(|_| !self.directory);
        self.mismatch = examination.and_then(|seen| policy.belied(name, seen));
    }

    pub(crate) fn format(&self) -> Option<&Recognised> {
        self.examination.as_ref()?.format.as_ref()
    }

    /// Whether its content says that it is encrypted.
    pub(crate) fn encrypted(&self) -> bool {
        self.format()
            .is_some_and(|format| format.encrypted == Some(true))
    }

    pub(crate) fn summary(&self) -> FileSummary {
        FileSummary {
            path: self.path.as_deref().map(<[u8]>::to_vec),
            file: self.file,
            size: self.size,
            format: self.description(),
            entropy: self.examination.as_ref().and_then(|seen| seen.entropy),
            removed: self.removed(),
        }
    }

    fn description(&self) -> Option<String> {
        if self.directory {
            return Some("directory".to_owned());
        }
        let seen = self.examination.as_ref()?;
        if let Some(format) = &seen.format {
            let flag = if self.encrypted() { ", encrypted" } else { "" };
            let held = seen
                .holds
                .as_ref()
                .map(|held| format!(" of {held}"))
                .unwrap_or_default();
            return Some(format!("{}{held}{flag}", format.format));
        }
        if let Some(obfuscation) = &seen.obfuscation {
            return Some(format!("obfuscated {}", obfuscation.reveals));
        }
        self.dense.then(|| "no known format, dense".to_owned())
    }
}

/// Whether content is as good as random, of no known format, and above the operator's threshold,
/// which is stated for large samples and scaled to what random bytes of this one reach.
pub(crate) fn is_dense(examination: &Examination, threshold: f32) -> bool {
    let scaled = |random: f32| threshold / 8.0 * random;
    examination.format.is_none()
        && examination.density == Density::Dense
        && examination
            .entropy
            .zip(examination.random)
            .is_some_and(|(entropy, random)| entropy >= scaled(random))
}

/// Hard links beyond these say nothing more.
const MOST_NAMES: usize = 4;
