//! What was found in executables, kept so that the next run does not search them again.
//!
//! Step: sink. Invariant: at most [`MOST`] files are kept; those that were searched longest ago go
//! first.

use redb::{ReadableTable, ReadableTableMetadata, TableDefinition, WriteTransaction};

use platform::ImageIdentity;

use crate::inspect::KeptScan;

/// By device, inode, size and times: (when it was kept, edition of the fingerprints, what was found).
pub(super) const SCANS: TableDefinition<Key, (u64, u64, &str)> = TableDefinition::new("scans");

/// An [`ImageIdentity`].
pub(super) type Key = (u64, u64, u64, u64, u64);

/// Adds scans and gives how many older ones had to go.
pub(super) fn keep(
    transaction: &WriteTransaction,
    scans: &[KeptScan],
    now: u64,
) -> Result<u64, redb::Error> {
    let mut table = transaction.open_table(SCANS)?;
    for scan in scans {
        table.insert(key(&scan.identity), (now, scan.edition, scan.code.as_str()))?;
    }
    let over = table.len()?.saturating_sub(MOST);
    if over == 0 {
        return Ok(0);
    }
    let mut ages = Vec::new();
    for entry in table.iter()? {
        let (key, value) = entry?;
        ages.push((value.value().0, key.value()));
    }
    ages.sort_unstable();
    // A tenth more, so that not every saving has to look at all of them.
    let going = over.saturating_add(MOST / 10);
    for (_, key) in ages
        .into_iter()
        .take(usize::try_from(going).unwrap_or(usize::MAX))
    {
        table.remove(key)?;
    }
    Ok(going)
}

/// All scans of a table.
pub(super) fn all(
    table: &impl ReadableTable<Key, (u64, u64, &'static str)>,
) -> Result<Vec<KeptScan>, redb::Error> {
    let mut found = Vec::new();
    for entry in table.iter()? {
        let (key, value) = entry?;
        let (_, edition, code) = value.value();
        found.push(KeptScan {
            identity: identity(key.value()),
            edition,
            code: code.to_owned(),
        });
    }
    Ok(found)
}

fn key(identity: &ImageIdentity) -> Key {
    (
        identity.device,
        identity.inode,
        identity.size,
        identity.modified,
        identity.changed,
    )
}

fn identity((device, inode, size, modified, changed): Key) -> ImageIdentity {
    ImageIdentity {
        device,
        inode,
        size,
        modified,
        changed,
    }
}

/// Files of which is kept what is in them.
pub(super) const MOST: u64 = 8_192;
