//! The other end of the state: anyone who may read it, beside a running daemon or without one.
//!
//! Step: sink (its readers). It changes nothing, with one exception that redb asks for: after a
//! crash the database is repaired by the first that opens it, and that may be a reader.

use std::path::{Path, PathBuf};

use redb::ReadableTable;
use redb::{Database, DatabaseError, ReadOnlyDatabase, ReadTransaction, ReadableDatabase};

use super::store::SCAN_COUNTERS;
use super::{ABOUT, BY_TIME, FINDINGS, LAYOUT, SAVED, StateError, builder, file, scans};
use crate::inspect::KeptScan;

/// The state, for reading.
pub(crate) struct Archive {
    opened: Opened,
    path: PathBuf,
}

enum Opened {
    Shared(ReadOnlyDatabase),
    Repaired(Database),
}

impl Archive {
    /// Opens the state below a directory.
    ///
    /// # Errors
    /// When there is none, or this user may not read it.
    pub(crate) fn open(directory: &Path) -> Result<Self, StateError> {
        let path = file(directory);
        let opened = match builder().open_read_only(&path) {
            Ok(database) => Opened::Shared(database),
            // The daemon was killed and none runs now: a reader may not repair, a writer does.
            Err(DatabaseError::RepairAborted) => match builder().open(&path) {
                Ok(database) => Opened::Repaired(database),
                Err(error) => return Err(StateError::opening(&path, error)),
            },
            Err(error) => return Err(StateError::opening(&path, error)),
        };
        let archive = Self { opened, path };
        let layout = archive.read(|transaction| {
            let about = transaction.open_table(ABOUT)?;
            Ok(about.get("layout")?.map(|value| value.value()))
        })?;
        match layout {
            Some(LAYOUT) => Ok(archive),
            other => Err(StateError::Layout(archive.path, other.unwrap_or(0))),
        }
    }

    /// The JSON of every finding whose identifier begins with these hexadecimal digits, at most
    /// `most`. The digits must be lower or upper case hexadecimal, at most 32.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn beginning(&self, digits: &str, most: usize) -> Result<Vec<Vec<u8>>, StateError> {
        let Some((first, last)) = range(digits) else {
            return Ok(Vec::new());
        };
        self.read(|transaction| {
            let table = transaction.open_table(FINDINGS)?;
            let mut found = Vec::new();
            for entry in table.range(first..=last)?.take(most) {
                found.push(entry?.1.value().1.to_vec());
            }
            Ok(found)
        })
    }

    /// The JSON of the latest findings, the latest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn latest(&self, most: usize) -> Result<Vec<Vec<u8>>, StateError> {
        self.read(|transaction| {
            let findings = transaction.open_table(FINDINGS)?;
            let by_time = transaction.open_table(BY_TIME)?;
            let mut found = Vec::new();
            for entry in by_time.iter()?.rev().take(most) {
                let (_, uid) = entry?.0.value();
                if let Some(finding) = findings.get(uid)? {
                    found.push(finding.value().1.to_vec());
                }
            }
            Ok(found)
        })
    }

    /// What was saved under a name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn saved(&self, name: &str) -> Result<Option<Vec<u8>>, StateError> {
        self.read(|transaction| {
            let table = transaction.open_table(SAVED)?;
            Ok(table.get(name)?.map(|found| found.value().to_vec()))
        })
    }

    /// What was found in executables, and the counters of the run that saved last.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn scans(&self) -> Result<(Vec<KeptScan>, Option<String>), StateError> {
        let about = self.saved(SCAN_COUNTERS)?;
        let about = about.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let found = self.read(|transaction| match transaction.open_table(scans::SCANS) {
            Ok(table) => scans::all(&table),
            // The state is of a version that looked into nothing.
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        })?;
        Ok((found, about))
    }

    fn read<T>(
        &self,
        look: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StateError> {
        let transaction = match &self.opened {
            Opened::Shared(database) => database.begin_read(),
            Opened::Repaired(database) => database.begin_read(),
        };
        transaction
            .map_err(redb::Error::from)
            .and_then(|transaction| look(&transaction))
            .map_err(|error| StateError::new(&self.path, error))
    }
}

/// The identifiers that begin with these digits.
fn range(digits: &str) -> Option<(u128, u128)> {
    if digits.len() > 32 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let first = u128::from_str_radix(&format!("{digits:0<32}"), 16).ok()?;
    let last = u128::from_str_radix(&format!("{digits:f<32}"), 16).ok()?;
    Some((first, last))
}
