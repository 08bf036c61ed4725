//! A service of the system, whichever the system is: which there are, and how one is.
//!
//! Step: source, beside it. How it is installed, removed and asked is [`crate::host::service`]'s.

pub mod entries;
mod error;
pub mod launchd;
pub mod plan;

use std::path::PathBuf;

pub use error::ServiceError;

/// Which service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Watches this host.
    Agent,
    /// Takes the streams of agents.
    Collector,
}

impl Role {
    /// What the service manager calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Agent => "packhound",
            Self::Collector => "packhound-collector",
        }
    }
}

/// How a service is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceStatus {
    /// Where the service manager has it from; absent where it is not installed.
    pub place: Option<PathBuf>,
    /// Whether a package brought it.
    pub packaged: bool,
    /// Whether it starts with the system.
    pub enabled: bool,
    /// Whether it runs now.
    pub activity: Activity,
    /// Its state in the service manager's words, such as `active (running)`.
    pub state: String,
    /// Since when it is in this state, as the service manager writes it.
    pub since: Option<String>,
    /// Its process.
    pub pid: Option<u32>,
    /// How often it was started anew since it was last started by hand.
    pub restarts: u64,
    /// Why it ended, where it did not end well.
    pub failure: Option<String>,
    /// What the service itself says of how it goes.
    pub text: Option<String>,
    /// Its memory in bytes.
    pub memory: Option<u64>,
}

/// Whether a service runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activity {
    /// It runs.
    Running,
    /// It is started by the first who connects.
    Listening,
    /// It does not run.
    #[default]
    Stopped,
}
