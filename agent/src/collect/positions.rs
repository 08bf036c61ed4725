//! What was written, and up to where of each agent: the memory that makes a repeat harmless.
//!
//! Step: sink. One redb database below the output directory. Invariant: positions and the lengths of
//! the files that hold the items up to them change in one commit, after the files are on disk; so
//! at a start everything in a file behind its committed length is an unacknowledged repeat, and is
//! cut off. A database that failed once, as on a full disk, refuses to go on; it is opened anew.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use redb::{
    Database, ReadableDatabase as _, ReadableTable as _, TableDefinition, WriteTransaction,
};

use crate::wire::{Acknowledged, Lane};

/// Names a lane of an agent's epoch.
pub(super) type Key = ([u8; 16], u64, Lane);

/// The open memory.
pub(super) struct Positions {
    /// None after a failure.
    database: Option<Database>,
    path: PathBuf,
    known: HashMap<Key, u64>,
}

impl Positions {
    pub(super) fn open(directory: &Path) -> anyhow::Result<Self> {
        let mut positions = Self {
            database: None,
            path: directory.join("positions.redb"),
            known: HashMap::new(),
        };
        positions.refresh()?;
        Ok(positions)
    }

    /// After a failure, opens the database anew and learns what it holds: a commit that failed may
    /// be on disk all the same. Says whether it did so.
    pub(super) fn refresh(&mut self) -> anyhow::Result<bool> {
        if self.database.is_some() {
            return Ok(false);
        }
        let database = opened(&self.path)?;
        let read = || -> Result<HashMap<Key, u64>, redb::Error> {
            let transaction = database.begin_write()?;
            transaction.open_table(FILES)?;
            let mut known = HashMap::new();
            for entry in transaction.open_table(POSITIONS)?.iter()? {
                let (key, through) = entry?;
                let (agent, epoch, lane) = key.value();
                let lane = Lane::ALL[usize::from(lane != 0)];
                known.insert((agent, epoch, lane), through.value());
            }
            transaction.commit()?;
            Ok(known)
        };
        self.known = read().with_context(|| self.path.display().to_string())?;
        self.database = Some(database);
        Ok(true)
    }

    /// Up to where a lane was written.
    pub(super) fn through(&self, key: &Key) -> Option<u64> {
        self.known.get(key).copied()
    }

    /// How many lanes are remembered.
    pub(super) fn number(&self) -> usize {
        self.known.len()
    }

    /// Everything that is known of an agent.
    pub(super) fn of(&self, agent: [u8; 16]) -> Vec<Acknowledged> {
        let own = self.known.iter().filter(|((whose, ..), _)| *whose == agent);
        let mut own: Vec<Acknowledged> = own
            .map(|((_, epoch, lane), through)| Acknowledged {
                epoch: *epoch,
                lane: *lane,
                through: *through,
            })
            .collect();
        own.sort_by_key(|one| (one.epoch, one.lane));
        own
    }

    /// The committed length of a file.
    pub(super) fn length(&self, file: &str) -> anyhow::Result<Option<u64>> {
        let database = self.database.as_ref().context("the database failed")?;
        let read = || -> Result<Option<u64>, redb::Error> {
            let table = database.begin_read()?.open_table(FILES)?;
            Ok(table.get(file)?.map(|length| length.value()))
        };
        read().with_context(|| self.path.display().to_string())
    }

    /// Commits positions and the lengths of the files that are written to; forgets the files in
    /// `gone`. All or nothing, and on disk when this returns.
    pub(super) fn commit(
        &mut self,
        positions: &HashMap<Key, u64>,
        lengths: &[(String, u64)],
        gone: &[String],
    ) -> anyhow::Result<()> {
        self.write(|transaction| {
            let mut table = transaction.open_table(POSITIONS)?;
            for ((agent, epoch, lane), through) in positions {
                let lane = u8::from(*lane == Lane::Telemetry);
                table.insert((*agent, *epoch, lane), *through)?;
            }
            // A name may be used again within its second, so what is gone goes first.
            let mut table = transaction.open_table(FILES)?;
            for file in gone {
                table.remove(file.as_str())?;
            }
            for (file, length) in lengths {
                table.insert(file.as_str(), *length)?;
            }
            Ok(())
        })?;
        self.known.extend(positions);
        Ok(())
    }

    /// Forgets an agent's epochs before `oldest`, of which it holds nothing any more.
    pub(super) fn forget(&mut self, agent: [u8; 16], oldest: u64) -> anyhow::Result<()> {
        let old: Vec<Key> = self
            .known
            .keys()
            .filter(|(whose, epoch, _)| *whose == agent && *epoch < oldest)
            .copied()
            .collect();
        if old.is_empty() {
            return Ok(());
        }
        self.write(|transaction| {
            let mut table = transaction.open_table(POSITIONS)?;
            for (agent, epoch, lane) in &old {
                table.remove((*agent, *epoch, u8::from(*lane == Lane::Telemetry)))?;
            }
            Ok(())
        })?;
        for key in old {
            self.known.remove(&key);
        }
        Ok(())
    }

    /// Does all of `change` in one commit that is on disk when this returns, or nothing.
    fn write(
        &mut self,
        change: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>,
    ) -> anyhow::Result<()> {
        self.refresh()?;
        let database = self.database.take().context("it was just opened")?;
        let commit = || -> Result<(), redb::Error> {
            let transaction = database.begin_write()?;
            change(&transaction)?;
            transaction.commit()?;
            Ok(())
        };
        commit().with_context(|| self.path.display().to_string())?;
        self.database = Some(database);
        Ok(())
    }
}

fn opened(path: &Path) -> anyhow::Result<Database> {
    let mut builder = redb::Builder::new();
    builder.set_cache_size(4 << 20);
    let opened = builder.create(path);
    opened.with_context(|| format!("{}: another collector may use it", path.display()))
}

/// Up to where each lane was written.
const POSITIONS: TableDefinition<([u8; 16], u64, u8), u64> = TableDefinition::new("positions");

/// The committed length of each file that is written to.
const FILES: TableDefinition<&str, u64> = TableDefinition::new("files");

#[cfg(test)]
mod tests;
