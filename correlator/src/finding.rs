//! The verdict: what was packed, by whom, how, from where, and why that matters.
//!
//! Step: correlate (its output). A [`Finding`] owns everything that a sink needs, so that it can
//! outlive the correlator's tables. Evidence is typed ([`crate::Evidence`]); text is made at the
//! sink.

use std::sync::Arc;

use crate::event::{FileKey, ProcessKey, Time};
use crate::evidence::Evidence;
use crate::fleet::Pattern;
use crate::maker::{Behind, Maker};

/// One packing, told at least once and updated as more becomes known.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Stays the same over all revisions; unique on this host for good.
    pub uid: FindingUid,
    /// 1 when first told, one more with each update.
    pub revision: u32,
    /// First event of the activity.
    pub first_seen: Time,
    /// Latest event of the activity.
    pub last_seen: Time,
    /// How much it matters.
    pub severity: Severity,
    /// How sure it is that data was packed or staged, 0 to 100.
    pub confidence: u8,
    /// The sum of the evidence's weights that gave the severity.
    pub score: i32,
    /// Techniques, the leading one first.
    pub techniques: Vec<Technique>,
    /// Analytics that the evidence satisfies, the leading one first.
    pub analytics: Vec<Analytic>,
    /// Each piece of evidence, the heaviest first; counter-evidence has a negative weight.
    pub evidence: Vec<Weighed>,
    /// The processes that did it, the one that produced the output first.
    pub processes: Vec<ProcessSummary>,
    /// Who started them: parent first, up to the oldest known ancestor.
    pub lineage: Vec<ProcessSummary>,
    /// What was made.
    pub outputs: Vec<FileSummary>,
    /// Where it was read from.
    pub sources: Vec<Source>,
    /// What was lost of the telemetry in the activity's window.
    pub gaps: Gaps,
    /// Evidence, processes, outputs or sources that did not fit their limit.
    pub omitted: u32,
    /// What to ask the fleet about it, where the program is known.
    pub pattern: Option<Pattern>,
}

/// Names a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingUid(pub u128);

/// How much a finding matters; the numbers are OCSF's `severity_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Severity {
    /// An archive was made, nothing odd.
    Informational = 1,
    /// A little odd.
    Low = 2,
    /// Worth a look today.
    Medium = 3,
    /// Worth a look now.
    High = 4,
    /// Everything points to theft.
    Critical = 5,
}

/// An ATT&CK technique that this product tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Technique {
    /// T1560.001, Archive via Utility.
    Utility,
    /// T1560.002, Archive via Library.
    Library,
    /// T1560.003, Archive via Custom Method.
    Custom,
    /// T1074.001, Local Data Staging.
    LocalStaging,
}

/// An ATT&CK analytic, such as AN0832.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Analytic(pub u16);

/// A piece of evidence and what it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    /// What was observed.
    pub evidence: Evidence,
    /// Its share of the score; negative for counter-evidence.
    pub weight: i32,
    /// When it was observed.
    pub time: Time,
    /// Whose doing it was, where that is known.
    pub process: Option<ProcessKey>,
}

/// A process as a finding tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessSummary {
    /// Which.
    pub key: ProcessKey,
    /// Its program.
    pub image: Option<Vec<u8>>,
    /// Its script, where an interpreter runs one.
    pub script: Option<Vec<u8>>,
    /// Its arguments, each ended by a NUL.
    pub arguments: Option<Vec<u8>>,
    /// Its working directory.
    pub directory: Option<Vec<u8>>,
    /// Its real user.
    pub uid: Option<u32>,
    /// That user's name.
    pub user: Option<String>,
    /// Login user (audit).
    pub login_uid: Option<u32>,
    /// Whether it has a controlling terminal.
    pub terminal: Option<bool>,
    /// What its program's file says of its maker.
    pub maker: Option<Box<Maker<Arc<[u8]>>>>,
    /// The integrity that the system gave it.
    pub integrity: Option<String>,
    /// Who beside the parent had a hand in its start.
    pub behind: Option<Behind>,
    /// Its container.
    pub container: Option<String>,
    /// When its program started, where that was seen.
    pub started: Option<Time>,
    /// When it ended, where that was seen.
    pub ended: Option<Time>,
}

/// A file as a finding tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct FileSummary {
    /// Its latest name.
    pub path: Option<Vec<u8>>,
    /// Its identity.
    pub file: Option<FileKey>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// What it is, in words for people (`7z, encrypted`); `None` where nothing is known.
    pub format: Option<String>,
    /// Shannon entropy of the samples in bits per byte, where there were samples.
    pub entropy: Option<f32>,
    /// It has no name any more.
    pub removed: bool,
}

/// A place that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The directory or file.
    pub path: Vec<u8>,
    /// Why it is of interest (`credentials`), where the catalogue says so.
    pub sensitive: Option<String>,
}

/// What was not seen in a finding's window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    /// Records lost anywhere on the host.
    pub lost: u64,
    /// Records left out by the throttle for the finding's processes.
    pub throttled: u64,
    /// Records of the activity with a cut or unreadable value.
    pub incomplete: u64,
    /// State the correlator itself dropped for its bounds (processes, directories, files).
    pub evicted: u64,
    /// Times that a library was left alone because it was called too often: calls of its
    /// functions were not seen meanwhile.
    pub unwatched: u64,
}
