//! The daemon's end of the state: it alone writes.
//!
//! Step: sink. Invariants: both finding tables change in the same commit; at most the configured
//! number of findings and days are kept, the oldest go first.

use std::path::{Path, PathBuf};

use platform::host::make_private_directory;
use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, WriteTransaction};

use super::{ABOUT, BY_TIME, FINDINGS, LAYOUT, SAVED, StateError, builder, file, scans};
use crate::config;
use crate::inspect::KeptScan;

/// The open state.
pub(crate) struct Store {
    database: Database,
    path: PathBuf,
}

/// A finding to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Its identifier.
    pub(crate) uid: u128,
    /// Its time, in milliseconds since the epoch.
    pub(crate) time: u64,
    /// Its document as JSON.
    pub(crate) json: Vec<u8>,
}

impl Store {
    /// Opens the state below a directory, and makes both where they are absent.
    ///
    /// # Errors
    /// When another daemon has it, or it cannot be made or read.
    pub(crate) fn open(directory: &Path) -> Result<Self, StateError> {
        let path = file(directory);
        make_private_directory(directory).map_err(|error| match error.kind() {
            std::io::ErrorKind::PermissionDenied => StateError::Forbidden(path.clone()),
            _ => StateError::Directory(directory.to_owned(), error),
        })?;
        let database = builder()
            .create(&path)
            .map_err(|error| StateError::opening(&path, error))?;
        let store = Self { database, path };
        store.check_layout()?;
        Ok(store)
    }

    /// States the layout in a new database, and refuses one of another version.
    fn check_layout(&self) -> Result<(), StateError> {
        self.write(|transaction| {
            // Opening a table makes it, so that readers never meet a database without them.
            transaction.open_table(FINDINGS)?;
            transaction.open_table(BY_TIME)?;
            transaction.open_table(SAVED)?;
            transaction.open_table(scans::SCANS)?;
            let mut about = transaction.open_table(ABOUT)?;
            let found = about.get("layout")?.map(|value| value.value());
            match found {
                None => {
                    about.insert("layout", LAYOUT)?;
                    Ok(LAYOUT)
                }
                Some(found) => Ok(found),
            }
        })
        .and_then(|found| match found {
            LAYOUT => Ok(()),
            other => Err(StateError::Layout(self.path.clone(), other)),
        })
    }

    /// Keeps findings, each in place of its earlier revision; then lets go what is too old or too
    /// much. All of it or nothing.
    ///
    /// # Errors
    /// When the disk does not take it; the state stays as it was.
    pub(crate) fn keep(&self, findings: &[Kept], bounds: &config::State) -> Result<(), StateError> {
        self.write(|transaction| {
            let mut by_uid = transaction.open_table(FINDINGS)?;
            let mut by_time = transaction.open_table(BY_TIME)?;
            for finding in findings {
                let value = (finding.time, finding.json.as_slice());
                let before = by_uid
                    .insert(finding.uid, value)?
                    .map(|before| before.value().0);
                if let Some(before) = before {
                    by_time.remove((before, finding.uid))?;
                }
                by_time.insert((finding.time, finding.uid), ())?;
            }
            let latest = by_time.last()?.map_or(0, |(key, _)| key.value().0);
            let kept_since = latest.saturating_sub(u64::from(bounds.keep_days) * DAY);
            loop {
                let oldest = by_time.first()?.map(|(key, _)| key.value());
                let Some(oldest) = oldest else { break };
                if oldest.0 >= kept_since && by_time.len()? <= bounds.keep_findings {
                    break;
                }
                by_time.remove(oldest)?;
                by_uid.remove(oldest.1)?;
            }
            Ok(())
        })
    }

    /// The JSON of the finding's last revision.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn finding(&self, uid: u128) -> Result<Option<Vec<u8>>, StateError> {
        let read = || -> Result<Option<Vec<u8>>, redb::Error> {
            let table = self.database.begin_read()?.open_table(FINDINGS)?;
            Ok(table.get(uid)?.map(|found| found.value().1.to_vec()))
        };
        read().map_err(|error| StateError::new(&self.path, error))
    }

    /// Saves a named state in place of the earlier one.
    ///
    /// # Errors
    /// When the disk does not take it; the earlier one stays.
    pub(crate) fn save(&self, name: &str, bytes: &[u8]) -> Result<(), StateError> {
        self.write(|transaction| {
            transaction.open_table(SAVED)?.insert(name, bytes)?;
            Ok(())
        })
    }

    /// What was saved under a name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn saved(&self, name: &str) -> Result<Option<Vec<u8>>, StateError> {
        let read = || -> Result<Option<Vec<u8>>, redb::Error> {
            let table = self.database.begin_read()?.open_table(SAVED)?;
            Ok(table.get(name)?.map(|found| found.value().to_vec()))
        };
        read().map_err(|error| StateError::new(&self.path, error))
    }

    /// Keeps what was found in executables, with a line about it; gives how many older ones went.
    ///
    /// # Errors
    /// When the disk does not take it; the state stays as it was.
    pub(crate) fn keep_scans(
        &self,
        found: &[KeptScan],
        now: u64,
        about: &str,
    ) -> Result<u64, StateError> {
        self.write(|transaction| {
            transaction
                .open_table(SAVED)?
                .insert(SCAN_COUNTERS, about.as_bytes())?;
            scans::keep(transaction, found, now)
        })
    }

    /// What was found in executables.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn scans(&self) -> Result<Vec<KeptScan>, StateError> {
        let read = || -> Result<Vec<KeptScan>, redb::Error> {
            scans::all(&self.database.begin_read()?.open_table(scans::SCANS)?)
        };
        read().map_err(|error| StateError::new(&self.path, error))
    }

    /// Does all of `change` in one commit that is on disk when this returns, or nothing.
    fn write<T>(
        &self,
        change: impl FnOnce(&WriteTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StateError> {
        let commit = || -> Result<T, redb::Error> {
            let transaction = self.database.begin_write()?;
            let done = change(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        commit().map_err(|error| StateError::new(&self.path, error))
    }
}

/// The name of the last run's counters of scans in the table of saved states.
pub(super) const SCAN_COUNTERS: &str = "scan counters";

/// A day in milliseconds.
const DAY: u64 = 86_400_000;
