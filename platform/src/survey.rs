//! What is said of a host and of its source's hooks, the same on every system.
//!
//! Step: source. Plain data: the system's folder fills it in, the agent shows it.

use std::path::PathBuf;

/// How the kernel is watched.
#[derive(Clone, Debug)]
pub struct Options {
    /// Size of the ring in bytes: a power of two of at least one page.
    pub ring_bytes: u32,
    /// Records that one process may make in a second; 0 for no limit.
    pub records_per_second: u32,
    /// Directories that are told of one process.
    pub directories_per_process: u32,
    /// Type information to use in place of the kernel's own.
    pub btf: Option<PathBuf>,
    /// Whether probes are set on functions of libraries that begin to produce.
    pub library_probes: bool,
    /// Files that have such probes at a time, at most.
    pub most_libraries: u16,
    /// Whether what already runs is told first.
    pub rundown: bool,
    /// Which tier is wanted.
    pub tier: TierWanted,
    /// A folder of the program's own, in which it may make files for a moment.
    pub own_folder: Option<PathBuf>,
    /// Whether the probes' own diagnostics go to the program's log (the `log` crate's).
    pub diagnostics: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ring_bytes: 8 << 20,
            records_per_second: 200_000,
            directories_per_process: 512,
            btf: None,
            library_probes: true,
            most_libraries: 512,
            rundown: true,
            tier: TierWanted::default(),
            own_folder: None,
            diagnostics: false,
        }
    }
}

/// Which tier is to be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TierWanted {
    /// The first that listens.
    #[default]
    Auto,
    /// The second, at system calls.
    Two,
}

impl TierWanted {
    /// As operators name them.
    pub const NAMES: [(&'static str, Self); 2] = [("auto", Self::Auto), ("2", Self::Two)];
}

/// Where the hooks stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// At the kernel's functions; system calls that do not come there pay nothing.
    One,
    /// At system calls, which all become slower.
    Two,
    /// Some at functions, others at system calls.
    Mixed,
}

impl Tier {
    /// As it is told to people and programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Two => "2",
            Self::Mixed => "mixed",
        }
    }
}

/// A place in the kernel where a probe listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The tracepoint's or the function's name.
    pub name: String,
    /// What is seen there; what stays unseen without it.
    pub sees: &'static str,
    /// Whether the product is of use without it.
    pub essential: bool,
    /// Whether it listens.
    pub state: HookState,
}

/// Whether a hook listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookState {
    /// It listens.
    Attached,
    /// This kernel does not have it, or lacks a member that it needs.
    Missing(String),
    /// The kernel refused it.
    Failed(String),
}

/// The facts.
#[derive(Clone, Debug)]
pub struct Survey {
    /// About the system.
    pub lines: Vec<SurveyLine>,
    /// Where the hooks stand, on systems with more than one tier.
    pub tier: Option<Tier>,
    /// About each hook.
    pub hooks: Vec<SurveyLine>,
    /// What stays unseen on this host, and why.
    pub blind_spots: Vec<String>,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyLine {
    /// What it is about.
    pub name: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found.
    pub detail: String,
    /// What to do, where something is to be done.
    pub remedy: Option<String>,
}

impl SurveyLine {
    pub(crate) fn new(
        name: &str,
        ok: bool,
        detail: impl Into<String>,
        remedy: Option<&str>,
    ) -> Self {
        let remedy = remedy.filter(|_| !ok).map(str::to_owned);
        Self {
            name: name.to_owned(),
            ok,
            detail: detail.into(),
            remedy,
        }
    }
}

/// What names this host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Its name.
    pub host: Option<String>,
    /// Its system: `linux`, `windows` or `macos`.
    pub system: &'static str,
    /// Its system's release.
    pub release: Option<String>,
    /// Names the time since it was started.
    pub boot: Option<String>,
}
