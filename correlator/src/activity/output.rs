//! A file that an activity made: its names through time and what its content and place say.
//!
//! Step: correlate. What depends on the name (place, mismatch) is judged anew with every rename;
//! what depends on the content stays. Keeps no content.

use crate::catalogue::Rank;
use crate::content::{self, Density, Examination, Recognised};
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
    pub(crate) format: Option<Recognised>,
    pub(crate) entropy: Option<f32>,
    /// As good as random and of no known format; with what random bytes would reach.
    pub(crate) dense: Option<f32>,
    /// The key that hides known content, and what it reveals.
    pub(crate) obfuscation: Option<(Vec<u8>, Text)>,
    /// Its content was seen.
    pub(crate) examined: bool,
    /// The extension that promises something else.
    pub(crate) mismatch: Option<Vec<u8>>,
    pub(crate) place: Option<(Text, Rank)>,
    /// The name before it was disguised.
    pub(crate) disguised_from: Option<Name>,
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
            format: None,
            entropy: None,
            dense: None,
            obfuscation: None,
            examined: false,
            mismatch: None,
            place: None,
            disguised_from: None,
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
        if examination.sampled == 0 {
            return;
        }
        self.examined = true;
        self.entropy = examination.entropy;
        self.dense = dense(&examination, threshold);
        self.obfuscation = examination
            .obfuscation
            .map(|found| (found.key, found.reveals));
        self.format = examination.format;
    }

    pub(crate) fn is_named(&self, path: &[u8]) -> bool {
        self.names.iter().any(|name| **name == *path)
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
        let before = self.path.clone();
        self.names.retain(|name| **name != *from);
        self.name(to, policy);
        let hides = self
            .path
            .as_deref()
            .is_some_and(|path| !policy.is_packed_name(path))
            && self.mismatch.is_some();
        if told_before && hides {
            self.disguised_from = before;
            return Disguise::New;
        }
        Disguise::None
    }

    /// Takes a name away.
    pub(crate) fn remove(&mut self, path: &[u8]) {
        self.names.retain(|name| **name != *path);
        if let Some(last) = self.names.last() {
            self.path = Some(last.clone());
        }
    }

    /// Judges the name that the output is going to have instead of the one it has: temporary names
    /// say nothing about where it goes.
    pub(crate) fn judge_name(&mut self, name: &[u8], policy: &Policy) {
        self.place = policy.place(name);
        self.mismatch = None;
        if self.examined && !self.directory {
            self.mismatch =
                content::extension_mismatch(&policy.catalogue, name, self.format.as_ref()).map(
                    |_| {
                        path::extension(name)
                            .unwrap_or_default()
                            .to_ascii_lowercase()
                    },
                );
        }
    }

    /// Whether its content says that it is encrypted.
    pub(crate) fn encrypted(&self) -> bool {
        self.format
            .as_ref()
            .is_some_and(|format| format.encrypted == Some(true))
    }

    pub(crate) fn summary(&self) -> FileSummary {
        FileSummary {
            path: self.path.as_deref().map(<[u8]>::to_vec),
            file: self.file,
            size: self.size,
            format: self.description(),
            entropy: self.entropy,
            removed: self.removed(),
        }
    }

    fn description(&self) -> Option<String> {
        if self.directory {
            return Some("directory".to_owned());
        }
        if let Some(format) = &self.format {
            let flag = if format.encrypted == Some(true) {
                ", encrypted"
            } else {
                ""
            };
            return Some(format!("{}{flag}", format.format));
        }
        if let Some((_, reveals)) = &self.obfuscation {
            return Some(format!("obfuscated {reveals}"));
        }
        self.dense.map(|_| "no known format, dense".to_owned())
    }
}

/// What random bytes of that number would reach, where the content is dense, of no known format
/// and above the operator's threshold.
pub(crate) fn dense(examination: &Examination, threshold: f32) -> Option<f32> {
    let entropy = examination.entropy?;
    if examination.format.is_some() || examination.density != Density::Dense {
        return None;
    }
    let random = random_entropy(examination.sampled);
    (entropy >= threshold / 8.0 * random).then_some(random)
}

/// The entropy that `count` bytes drawn evenly by lot reach on average, bits per byte.
///
/// Each value then appears about `count / 256` times, spread as Poisson has it; a sample has
/// visibly less entropy than its source while those numbers are small.
fn random_entropy(count: usize) -> f32 {
    let mean = count as f64 / 256.0;
    let mut probability = (-mean).exp();
    let mut repeated = 0.0;
    let most = (mean + 12.0 * mean.sqrt() + 12.0) as u32;
    for times in 1..=most {
        let times = f64::from(times);
        probability *= mean / times;
        repeated += probability * times * times.log2();
    }
    let entropy = (count.max(1) as f64).log2() - repeated / mean.max(f64::MIN_POSITIVE);
    entropy.clamp(0.0, 8.0) as f32
}

/// Hard links beyond these say nothing more.
const MOST_NAMES: usize = 4;

#[cfg(test)]
mod tests;
