//! The command line.
//!
//! Step: none. Arguments say what to do once; whatever stays between runs is configuration.

mod nats;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use platform::host::User;

use crate::config::{Endpoint, duration};
pub use nats::Nats;

/// Tells when somebody packs collected data to carry it out.
#[derive(Debug, Parser)]
#[command(name = "packhound", version, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Watch this host and tell findings, in the foreground; services run exactly this
    Run(Run),
    /// Take the streams of many agents and write them to files
    Collect(Box<Collect>),
    /// Write what the kernel tells to a file, to be replayed later or elsewhere
    Record(Record),
    /// Read recordings and tell what would have been found
    Replay(Replay),
    /// Tell what this host can and cannot see, and why
    Doctor(Doctor),
    /// Show a finding with its evidence, weights, lineage and gaps; without one, list the latest
    Explain(Explain),
    /// Check a configuration, or print the default one
    #[command(subcommand)]
    Config(Config),
    /// Show what was learned to be usual on this host
    #[command(subcommand)]
    Baseline(Baseline),
    /// Have this host's service manager run it: install, remove, ask how it is
    #[command(subcommand)]
    Service(Service),
}

/// Arguments of `run`.
#[derive(Args, Debug)]
pub struct Run {
    /// Where the settings come from.
    #[command(flatten)]
    pub configured: Configured,
    /// How findings are told.
    #[command(flatten)]
    pub told: Told,
    /// What to watch
    #[arg(long, value_enum, default_value_t = Origin::Kernel)]
    pub from: Origin,
    /// Do not stream to a collector, whatever the configuration says
    #[arg(long)]
    pub no_stream: bool,
    /// Write the final counters to this file as JSON
    #[arg(long, value_name = "FILE")]
    pub stats: Option<PathBuf>,
    /// The service manager has started it (`service install` writes this)
    #[arg(long, hide = true)]
    pub service: bool,
}

/// Arguments of `collect`.
#[derive(Args, Debug)]
pub struct Collect {
    /// The Unix socket, on Windows the named pipe, that agents connect to
    #[arg(long, value_name = "ADDR")]
    pub listen: PathBuf,
    /// The directory for findings, as JSON lines, and for telemetry, as Parquet
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The socket's permission bits, in octal; not on Windows [default: 600]
    #[arg(long, value_parser = mode)]
    pub mode: Option<u32>,
    /// The socket's owner, by name or number; not on Windows [default: who starts this]
    #[arg(long, value_name = "USER")]
    pub owner: Option<String>,
    /// A user that agents may run as, by number, on Windows by security identifier; may be repeated
    /// [default: administrators and who starts this]
    #[arg(long, value_name = "UID", value_parser = user)]
    pub agent_uid: Vec<User>,
    /// Close a file of findings at this size in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20)]
    pub rotate_bytes: u64,
    /// Close a file of findings, and make tables of telemetry, after this time
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration::parse)]
    pub rotate_every: Duration,
    /// Leave closed files of findings as they are
    #[arg(long)]
    pub no_compress: bool,
    /// Connections at most
    #[arg(long, default_value_t = 4096)]
    pub connections: usize,
    /// End a connection on which nothing came for so long (agents say something every 10 seconds)
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = patience)]
    pub silence: Duration,
    /// End a connection whose first frame, or the rest of one that has begun, takes longer
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = patience)]
    pub frame_time: Duration,
    /// Where counters can be asked for (GET /metrics): a loopback address with a port, or a Unix
    /// socket's path [default: nowhere]
    #[arg(long, value_name = "ADDR")]
    pub metrics: Option<Endpoint>,
    /// A user that may ask through that socket, by number, on Windows by security identifier; may be
    /// repeated [default: administrators and who starts this]
    #[arg(long, value_name = "UID", value_parser = user)]
    pub metrics_uid: Vec<User>,
    /// Write the final counters to this file as JSON
    #[arg(long, value_name = "FILE")]
    pub stats: Option<PathBuf>,
    /// Publishing.
    #[command(flatten)]
    pub publish: Nats,
}

/// A span of time for which somebody can be waited.
fn patience(text: &str) -> Result<Duration, String> {
    let span = duration::parse(text)?;
    if span.is_zero() {
        return Err("no time at all is too little".to_owned());
    }
    Ok(span)
}

fn user(text: &str) -> Result<User, String> {
    User::parse(text).ok_or_else(|| format!("`{text}` names no user; {}", User::EXAMPLE))
}

fn mode(text: &str) -> Result<u32, String> {
    let bits = u32::from_str_radix(text, 8).ok();
    bits.filter(|bits| *bits <= 0o777)
        .ok_or_else(|| format!("`{text}` is no octal mode such as 600"))
}

/// Arguments of `record`.
#[derive(Args, Debug)]
pub struct Record {
    /// Where the settings come from.
    #[command(flatten)]
    pub configured: Configured,
    /// The file to write; it must not exist
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Stop after this time (30s, 5m, 2h) instead of at the first interrupt
    #[arg(long = "for", value_name = "TIME", value_parser = duration::parse)]
    pub span: Option<Duration>,
    /// Write the final counters to this file as JSON
    #[arg(long, value_name = "FILE")]
    pub stats: Option<PathBuf>,
}

/// Arguments of `replay`.
#[derive(Args, Debug)]
pub struct Replay {
    /// Where the settings come from.
    #[command(flatten)]
    pub configured: Configured,
    /// Recordings; several are merged by time
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The format of the recordings
    #[arg(long, value_enum, default_value_t = From::Auto)]
    pub from: From,
    /// How findings are told.
    #[command(flatten)]
    pub told: Told,
    /// Send to the collector what a daemon would have sent, and wait until it has it
    #[arg(long)]
    pub stream: bool,
    /// Write the final counters to this file as JSON
    #[arg(long, value_name = "FILE")]
    pub stats: Option<PathBuf>,
}

/// Arguments of `doctor`.
#[derive(Args, Debug)]
pub struct Doctor {
    /// Where the settings come from.
    #[command(flatten)]
    pub configured: Configured,
    /// One JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `explain`.
#[derive(Args, Debug)]
pub struct Explain {
    /// Where the settings come from.
    #[command(flatten)]
    pub configured: Configured,
    /// The identifier of a finding, or its first digits
    #[arg(value_name = "FINDING")]
    pub finding: Option<String>,
    /// The document as it was told, one per line
    #[arg(long)]
    pub json: bool,
}

/// What `config` does.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Say what is wrong with a configuration, if anything
    Check {
        /// The file [default: packhound.toml in the system's place]
        file: Option<PathBuf>,
    },
    /// Print the default configuration, with comments
    Default,
}

/// What `baseline` does.
#[derive(Debug, Subcommand)]
pub enum Baseline {
    /// For a person, the most practised first
    Show(Configured),
    /// For a program, as JSON lines
    Export(Configured),
}

/// What `service` does.
#[derive(Debug, Subcommand)]
pub enum Service {
    /// Install this very program as a service, and start it; a package does this by itself
    Install {
        /// The collector instead of the agent
        #[arg(long)]
        collector: bool,
        /// Let it start with the system, but not now
        #[arg(long)]
        no_start: bool,
    },
    /// Stop the service and remove what `install` wrote; configuration and state stay
    Uninstall {
        /// The collector instead of the agent
        #[arg(long)]
        collector: bool,
    },
    /// Tell how the services are, what was found last, and what this host cannot see
    Status {
        /// Where the settings come from.
        #[command(flatten)]
        configured: Configured,
        /// One JSON object instead of text
        #[arg(long)]
        json: bool,
    },
}

/// Where the settings come from.
#[derive(Args, Debug)]
pub struct Configured {
    /// The configuration [default: packhound.toml in the system's place, if there is one]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// How findings are told on standard output.
#[derive(Args, Debug)]
pub struct Told {
    /// Text for people, or OCSF JSON lines [default: pretty on a terminal, json elsewhere]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
}

/// How a finding is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people.
    Pretty,
    /// One OCSF Detection Finding per line.
    Json,
}

/// The format of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum From {
    /// By the file's first bytes.
    Auto,
    /// Packhound's own.
    Ring,
    /// Event traces of Windows (ETL).
    Etl,
    /// Event logs of Windows (EVTX): Sysmon, Security, PowerShell.
    Evtx,
    /// Sysmon's events as JSON: a list, or an object per line.
    SysmonJson,
    /// Messages of macOS as `eslogger` writes them: an object of JSON per line.
    Eslogger,
}

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Origin {
    /// This host's kernel.
    Kernel,
    /// Messages of macOS on standard input, as `eslogger exec fork exit mmap open create close
    /// write rename unlink link clone copyfile truncate` writes them; for hosts without the
    /// entitlement.
    Eslogger,
}
