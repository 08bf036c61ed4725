//! The operator's settings: one file, parsed once into a validated [`Settings`].
//!
//! Step: none; every step is given its part of the settings. Invariant: a [`Settings`] that exists
//! is valid, and a file with anything unknown or out of range gives none: each problem is told with
//! file, line and column. This module does not act on a setting.

mod allowance;
mod detection;
pub mod duration;
mod endpoint;
mod file;
mod nearest;
mod overrides;
mod problem;
mod section;

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use correlator::Knobs;
use platform::host::{User, places};

pub use endpoint::Endpoint;
pub use file::default_file;
pub use overrides::{OverridesError, read_overrides};
pub use problem::{ConfigError, Problem};
use section::Document;

/// Where the daemon looks when it is given no file; an absent one there means the defaults.
pub const DEFAULT_PATH: &str = places::CONFIGURATION;

/// Everything an operator may set.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where findings go over the network.
    pub stream: Stream,
    /// What waits on disk for the stream.
    pub spool: Spool,
    /// What survives a restart.
    pub state: State,
    /// What the correlator is told about this fleet.
    pub detection: Knobs,
    /// How much the probes may take.
    pub capture: Capture,
    /// Facts of the operator's own.
    pub catalogue: Catalogue,
    /// How findings are shown.
    pub output: Output,
    /// Where counters can be asked for.
    pub metrics: Metrics,
}

/// `[stream]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// A Unix socket's path, or a named pipe's name.
    pub address: PathBuf,
    /// What is streamed.
    pub what: What,
    /// Users that the collector may run as.
    pub collector_uids: Vec<User>,
    /// A batch is sent when it has so many bytes.
    pub batch_bytes: usize,
    /// Telemetry waits at most so long for a batch to fill.
    pub batch_wait: Duration,
}

/// What is streamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Findings.
    Findings,
    /// Findings, and the records of the processes that they name.
    Evidence,
    /// Findings and every record.
    Telemetry,
}

/// `[spool]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spool {
    /// The directory.
    pub path: PathBuf,
    /// Its bound.
    pub max_bytes: u64,
    /// What is on the disk itself, and not only with the system, before it counts as spooled.
    pub sync: Sync,
}

/// When the spool waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// For everything.
    Always,
    /// For findings.
    Findings,
    /// Never: a power failure may cost what was spooled last.
    Never,
}

/// `[state]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The directory.
    pub path: PathBuf,
    /// Findings older than this are forgotten.
    pub keep_days: u32,
    /// At most so many findings are kept.
    pub keep_findings: u64,
    /// How often the open activities and the baseline are saved.
    pub save_every: Duration,
}

/// `[capture]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// Size of the ring between kernel and daemon.
    pub ring_bytes: u32,
    /// Records that one process may make in a second; 0 for any number.
    pub records_per_second: u32,
    /// Type information to use in place of the kernel's own.
    pub btf: Option<PathBuf>,
    /// Functions of libraries that begin to produce are watched.
    pub library_probes: bool,
    /// Library files that are watched so at a time, at most.
    pub most_libraries: u16,
    /// Where hooks stand.
    pub tier: platform::TierWanted,
}

/// `[catalogue]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// The directory.
    pub directory: PathBuf,
    /// It is another than the default; then it must exist.
    pub named: bool,
}

/// `[output]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Show passwords and keys of command lines.
    pub show_secrets: bool,
}

/// `[metrics]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// Where they can be asked for; nowhere when it is none.
    pub listen: Option<Endpoint>,
    /// Users, by number, that may ask through a socket.
    pub uids: Vec<User>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            stream: Stream {
                address: PathBuf::from(places::COLLECTOR),
                what: What::Findings,
                collector_uids: User::administrators(),
                batch_bytes: 256 << 10,
                batch_wait: Duration::from_secs(1),
            },
            spool: Spool {
                path: PathBuf::from(places::SPOOL),
                max_bytes: 256 << 20,
                sync: Sync::Findings,
            },
            state: State {
                path: PathBuf::from(places::STATE),
                keep_days: 30,
                keep_findings: 10_000,
                save_every: Duration::from_secs(30),
            },
            detection: Knobs::default(),
            capture: Capture {
                ring_bytes: 8 << 20,
                records_per_second: 200_000,
                btf: None,
                library_probes: true,
                most_libraries: 512,
                tier: platform::TierWanted::Auto,
            },
            catalogue: Catalogue {
                directory: PathBuf::from(places::CATALOGUE),
                named: false,
            },
            output: Output::default(),
            metrics: Metrics {
                listen: None,
                uids: User::administrators(),
            },
        }
    }
}

/// Reads the settings from `file`, or from [`DEFAULT_PATH`] where none is named.
///
/// # Errors
/// When a named file is absent, a file cannot be read, or anything in it is not valid.
pub fn load(file: Option<&Path>) -> Result<Settings, ConfigError> {
    let path = file.unwrap_or(Path::new(DEFAULT_PATH));
    let name = path.display().to_string();
    let unreadable = |reason: String| ConfigError::Unreadable {
        file: name.clone(),
        reason,
    };
    match std::fs::read(path) {
        Ok(bytes) if bytes.len() > MAX_FILE => Err(unreadable(format!(
            "{} bytes are more than a configuration ever has ({MAX_FILE})",
            bytes.len()
        ))),
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => parse(&name, &text),
            Err(error) => Err(unreadable(format!(
                "not UTF-8 text from byte {} on",
                error.utf8_error().valid_up_to()
            ))),
        },
        Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            Ok(Settings::default())
        }
        Err(error) => Err(unreadable(error.to_string())),
    }
}

/// Parses a configuration; `name` is the file's name for messages.
///
/// # Errors
/// Every problem of the text at once, each with its place.
pub fn parse(name: &str, text: &str) -> Result<Settings, ConfigError> {
    let mut document = Document::new(text);
    let mut settings = Settings::default();
    if let Some(mut root) = document.root() {
        root.section("stream", |section| {
            let stream = &mut settings.stream;
            section.path("address", &mut stream.address);
            section.choice("what", &WHAT, &mut stream.what);
            section.users("collector_uids", &mut stream.collector_uids);
            section.integer("batch_bytes", BATCH_BYTES, &mut stream.batch_bytes);
            section.duration("batch_wait", BATCH_WAIT, &mut stream.batch_wait);
        });
        root.section("spool", |section| {
            section.path("path", &mut settings.spool.path);
            section.integer("max_bytes", SPOOL_BYTES, &mut settings.spool.max_bytes);
            section.choice("sync", &SYNC, &mut settings.spool.sync);
        });
        root.section("state", |section| {
            section.path("path", &mut settings.state.path);
            section.integer("keep_days", 1..=3_650, &mut settings.state.keep_days);
            section.integer("keep_findings", KEPT, &mut settings.state.keep_findings);
            section.duration("save_every", SAVING, &mut settings.state.save_every);
        });
        root.section("capture", |section| {
            section.checked(
                "ring_bytes",
                "a power of two from 65536 to 268435456",
                |value| {
                    let bytes = u32::try_from(value.as_integer()?).ok()?;
                    let fits = bytes.is_power_of_two() && RING_BYTES.contains(&bytes);
                    fits.then(|| settings.capture.ring_bytes = bytes)
                },
            );
            let rate = &mut settings.capture.records_per_second;
            section.integer("records_per_second", 0..=10_000_000, rate);
            section.boolean("library_probes", &mut settings.capture.library_probes);
            let most = &mut settings.capture.most_libraries;
            section.integer("most_libraries", 1..=8_192, most);
            section.choice(
                "tier",
                &platform::TierWanted::NAMES,
                &mut settings.capture.tier,
            );
            let mut btf = PathBuf::new();
            if section.path("btf", &mut btf) {
                settings.capture.btf = Some(btf);
            }
        });
        root.section("catalogue", |section| {
            let default = settings.catalogue.directory.clone();
            section.path("directory", &mut settings.catalogue.directory);
            // Stating the default must mean the default, and that one may be absent.
            settings.catalogue.named = settings.catalogue.directory != default;
        });
        root.section("output", |section| {
            section.boolean("show_secrets", &mut settings.output.show_secrets);
        });
        root.section("metrics", |section| {
            section.checked("listen", endpoint::ENDPOINT, |value| {
                settings.metrics.listen = Some(value.as_text()?.parse().ok()?);
                Some(())
            });
            section.users("uids", &mut settings.metrics.uids);
        });
        root.section("detection", |section| {
            detection::read(section, &mut settings.detection);
        });
        root.finish();
    }
    let problems = document.into_problems();
    if problems.is_empty() {
        return Ok(settings);
    }
    Err(ConfigError::Invalid {
        file: name.to_owned(),
        problems,
    })
}

/// A larger file is not a configuration.
const MAX_FILE: usize = 1 << 20;

/// Bounds of the ring: below, a burst of one process overruns it; above, it is no longer locked
/// memory that a server can spare.
const RING_BYTES: RangeInclusive<u32> = 65_536..=268_435_456;

/// Bounds of the spool.
const SPOOL_BYTES: RangeInclusive<u64> = 1_048_576..=1_099_511_627_776;

/// Names of what is streamed.
const WHAT: [(&str, What); 3] = [
    ("findings", What::Findings),
    ("evidence", What::Evidence),
    ("telemetry", What::Telemetry),
];

/// Names of what is synced.
const SYNC: [(&str, Sync); 3] = [
    ("always", Sync::Always),
    ("findings", Sync::Findings),
    ("never", Sync::Never),
];

/// Bounds of a batch: a frame must take it.
const BATCH_BYTES: RangeInclusive<usize> = 4_096..=524_288;

/// Bounds of the wait for a batch to fill.
const BATCH_WAIT: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_mins(1);

/// Bounds of the number of kept findings.
const KEPT: RangeInclusive<u64> = 1..=10_000_000;

/// Bounds of the time between two savings: a crash forgets what was learnt since the last one.
const SAVING: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(1);

#[cfg(test)]
mod tests;
