//! What survives a restart: findings of the last days, and the correlator's open activities.
//!
//! Step: sink. One redb database below the state directory: pure Rust, copy-on-write, so that a
//! kill at any time leaves the last commit. It is opened in redb's single-writer mode, in which the
//! daemon writes while any number of other processes read its commits; `explain` therefore needs
//! no conversation with the daemon, and works as well without one. A commit returns only when it is
//! on disk; findings are committed before they are told, in groups, so that a storm of them costs
//! one wait and not one each. This module does not know what a finding or a snapshot says.

mod reader;
mod scans;
mod store;

use std::fmt;
use std::path::{Path, PathBuf};

use redb::{Builder, ConcurrencyMode, DatabaseError, TableDefinition};

pub(crate) use reader::Archive;
pub(crate) use store::{Kept, Store};

/// Findings by identifier: (milliseconds since the epoch, the document as JSON).
const FINDINGS: TableDefinition<u128, (u64, &[u8])> = TableDefinition::new("findings");

/// Findings by time, for expiry and for the latest ones.
const BY_TIME: TableDefinition<(u64, u128), ()> = TableDefinition::new("findings_by_time");

/// The correlator's saved state, by name.
const SAVED: TableDefinition<&str, &[u8]> = TableDefinition::new("saved");

/// The layout's version, by name.
const ABOUT: TableDefinition<&str, u64> = TableDefinition::new("about");

/// Version of the tables above.
const LAYOUT: u64 = 1;

/// Memory that the database may use to keep pages: the tables are written far more than read.
const CACHE: usize = 2 << 20;

fn file(directory: &Path) -> PathBuf {
    directory.join("state.redb")
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder
        .set_cache_size(CACHE)
        .set_concurrency_mode(ConcurrencyMode::SingleWriter);
    builder
}

/// Why the state cannot be used.
#[derive(Debug)]
pub(crate) enum StateError {
    /// Another daemon has it.
    InUse(PathBuf),
    /// There is none yet.
    Absent(PathBuf),
    /// This user may not.
    Forbidden(PathBuf),
    /// It was written by another version.
    Layout(PathBuf, u64),
    /// The database failed.
    Failed(PathBuf, Box<redb::Error>),
    /// The directory failed.
    Directory(PathBuf, std::io::Error),
}

impl StateError {
    fn new(path: &Path, error: impl Into<redb::Error>) -> Self {
        Self::Failed(path.to_owned(), Box::new(error.into()))
    }

    /// Tells the failures apart that an operator can do something about.
    fn opening(path: &Path, error: DatabaseError) -> Self {
        use std::io::ErrorKind::{NotFound, PermissionDenied};
        match error {
            DatabaseError::DatabaseAlreadyOpen => Self::InUse(path.to_owned()),
            DatabaseError::Storage(redb::StorageError::Io(io)) if io.kind() == NotFound => {
                Self::Absent(path.to_owned())
            }
            DatabaseError::Storage(redb::StorageError::Io(io)) if io.kind() == PermissionDenied => {
                Self::Forbidden(path.to_owned())
            }
            other => Self::new(path, other),
        }
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse(path) => write!(
                f,
                "{}: another packhound uses this state; stop it, or set another [state] path",
                path.display()
            ),
            Self::Absent(path) => write!(
                f,
                "{}: there is no state yet; it is made by packhound run",
                path.display()
            ),
            Self::Forbidden(path) => write!(
                f,
                "{}: this user may not open the state; use sudo",
                path.display()
            ),
            Self::Layout(path, found) => write!(
                f,
                "{}: written by another version (layout {found}, this one reads {LAYOUT}); move it \
                 away to start afresh",
                path.display()
            ),
            Self::Failed(path, error) => write!(
                f,
                "{}: {error}; if it is damaged, move it away to start afresh",
                path.display()
            ),
            Self::Directory(path, error) => write!(
                f,
                "{}: the state directory cannot be made or entered: {error}",
                path.display()
            ),
        }
    }
}

impl std::error::Error for StateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(_, error) => Some(error),
            Self::Directory(_, error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
