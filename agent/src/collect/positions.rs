//! What was written, and up to where of each agent: the memory that makes a repeat harmless.
//!
//! Step: sink. One redb database below the output directory. Invariant: positions and the lengths of
//! the files that hold the items up to them change in one commit, after the files are on disk; so
//! at a start everything in a file behind its committed length is an unacknowledged repeat, and is
//! cut off.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};

use crate::wire::{Acknowledged, Lane};

/// Names a lane of an agent's epoch.
pub(super) type Key = ([u8; 16], u64, Lane);

/// The open memory.
pub(super) struct Positions {
    database: Database,
    path: PathBuf,
    known: HashMap<Key, u64>,
}

impl Positions {
    pub(super) fn open(directory: &Path) -> anyhow::Result<Self> {
        let path = directory.join("positions.redb");
        let named = || path.display().to_string();
        let mut builder = redb::Builder::new();
        builder.set_cache_size(4 << 20);
        let database = builder
            .create(&path)
            .with_context(|| format!("{}: another collector may use it", path.display()))?;
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
        let known = read().with_context(named)?;
        Ok(Self {
            database,
            path,
            known,
        })
    }

    /// Up to where a lane was written.
    pub(super) fn through(&self, key: &Key) -> Option<u64> {
        self.known.get(key).copied()
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
        let read = || -> Result<Option<u64>, redb::Error> {
            let table = self.database.begin_read()?.open_table(FILES)?;
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
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            {
                let mut table = transaction.open_table(POSITIONS)?;
                for ((agent, epoch, lane), through) in positions {
                    let lane = u8::from(*lane == Lane::Telemetry);
                    table.insert((*agent, *epoch, lane), *through)?;
                }
                let mut table = transaction.open_table(FILES)?;
                for (file, length) in lengths {
                    table.insert(file.as_str(), *length)?;
                }
                for file in gone {
                    table.remove(file.as_str())?;
                }
            }
            transaction.commit()?;
            Ok(())
        };
        write().with_context(|| self.path.display().to_string())?;
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
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            {
                let mut table = transaction.open_table(POSITIONS)?;
                for (agent, epoch, lane) in &old {
                    table.remove((*agent, *epoch, u8::from(*lane == Lane::Telemetry)))?;
                }
            }
            transaction.commit()?;
            Ok(())
        };
        write().with_context(|| self.path.display().to_string())?;
        for key in old {
            self.known.remove(&key);
        }
        Ok(())
    }
}

/// Up to where each lane was written.
const POSITIONS: TableDefinition<([u8; 16], u64, u8), u64> = TableDefinition::new("positions");

/// The committed length of each file that is written to.
const FILES: TableDefinition<&str, u64> = TableDefinition::new("files");
