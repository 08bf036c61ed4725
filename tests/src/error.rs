//! What can go wrong in the harness itself, as opposed to in what it tests.
//!
//! Step: tests. A message says what was being done; the daemon's own last words are part of it.

/// Why the harness could not do its work.
#[derive(Debug)]
#[non_exhaustive]
pub enum HarnessError {
    /// An operation of the system failed.
    Io {
        /// What was being done.
        what: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// Something did not happen in time.
    Timeout(String),
    /// The daemon ended, or said what it must not say.
    Daemon(String),
    /// A scenario's file or script is wrong.
    Scenario(String),
}

impl HarnessError {
    /// Puts what was being done beside an error of the system.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io {
            what: what.into(),
            source,
        }
    }
}

impl std::fmt::Display for HarnessError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io { what, source } => write!(f, "{what}: {source}"),
            Self::Timeout(text) => write!(f, "waited in vain: {text}"),
            Self::Daemon(text) => write!(f, "the daemon: {text}"),
            Self::Scenario(text) => write!(f, "scenario: {text}"),
        }
    }
}

impl std::error::Error for HarnessError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
