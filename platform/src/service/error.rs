//! Why a service cannot be installed, removed or asked.
//!
//! Step: source, beside it. Each says what, where, and what to do.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a service cannot be installed, removed or asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServiceError {
    /// The system is not run by a service manager that is known here.
    Manager(String),
    /// It takes root; the text says what does.
    Privilege(String),
    /// A package brought the service.
    Packaged {
        /// The package's unit.
        unit: PathBuf,
        /// The unit to enable.
        enabled: &'static str,
    },
    /// A file of this name is there that is not ours.
    Foreign(PathBuf),
    /// The program cannot be run as a service; the text says why, and what to do.
    Program(String),
    /// The service manager refused.
    Refused {
        /// The command that it was asked with.
        asked: String,
        /// What it said.
        said: String,
        /// The command that tells more.
        more: &'static str,
    },
    /// An operation of the system failed.
    Io {
        /// What was being done.
        what: String,
        /// The system's error.
        source: io::Error,
    },
}

impl ServiceError {
    /// That an operation of the system failed, by what was being done.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            what: what.into(),
            source,
        }
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manager(text) | Self::Program(text) => f.write_str(text),
            Self::Privilege(what) => write!(
                f,
                "{what} takes root: run it with sudo, on Windows as Administrator"
            ),
            Self::Packaged { unit, enabled } => write!(
                f,
                "{} belongs to a package: let it start with `systemctl enable --now {enabled}`, \
                 remove it with the package",
                unit.display()
            ),
            Self::Foreign(path) => write!(
                f,
                "{} was not written by packhound: look at it, and move it away",
                path.display()
            ),
            Self::Refused { asked, said, more } => write!(
                f,
                "the service manager refused `{asked}`: {said} (more in `{more}`)"
            ),
            Self::Io { what, source } => write!(f, "{what}: {source}"),
        }
    }
}

impl std::error::Error for ServiceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
