//! Telemetry as tables of JSON lines, one folder for each day and class of record.
//!
//! Step: sink. Names are `day=2026-11-22/class=FILE_WRITTEN/part-N.ndjson.gz`, as `DuckDB` and pandas
//! read partitions. A file has its name only when it is whole; which file a record goes into
//! depends on the journal alone, so doing it again makes the same files. Memory is bounded by the
//! number of open tables.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use platform::host::sync_directory;
use serde_json::{Map, Value as Json};

use super::day;
use super::journal::Entry;
use super::rows::{COLUMNS, Value, row};

/// The tables that one journal becomes.
pub(super) struct Tables<'d> {
    directory: &'d Path,
    number: u64,
    open: BTreeMap<(String, &'static str), Table>,
}

impl<'d> Tables<'d> {
    pub(super) fn new(directory: &'d Path, number: u64) -> Self {
        Self {
            directory,
            number,
            open: BTreeMap::new(),
        }
    }

    /// Adds a record to its table; one that does not decode was counted when it came.
    pub(super) fn add(&mut self, entry: &Entry<'_>) -> anyhow::Result<()> {
        let Some((class, values)) = row(entry) else {
            return Ok(());
        };
        let mut key = (day::day(entry.time), class);
        if !self.open.contains_key(&key) && self.open.len() >= TABLES {
            // Only a clock gone wild makes so many days.
            "other".clone_into(&mut key.0);
        }
        let table = match self.open.entry(key) {
            std::collections::btree_map::Entry::Occupied(table) => table.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                let (day, class) = place.key();
                let folder = self.directory.join(format!("day={day}/class={class}"));
                let table = Table::begin(&folder, self.number)?;
                place.insert(table)
            }
        };
        table.add(values)
    }

    /// Finishes every table; each gets its name when it is on disk.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        for table in self.open.into_values() {
            table.finish()?;
        }
        Ok(())
    }
}

struct Table {
    encoder: GzEncoder<BufWriter<File>>,
    early: PathBuf,
    path: PathBuf,
}

impl Table {
    fn begin(folder: &Path, number: u64) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join(format!("part-{number:016x}.ndjson.gz"));
        let early = path.with_extension("tmp");
        let file = BufWriter::new(File::create(&early)?);
        Ok(Self {
            encoder: GzEncoder::new(file, Compression::fast()),
            early,
            path,
        })
    }

    fn add(&mut self, values: Vec<Value>) -> anyhow::Result<()> {
        let mut object = Map::new();
        for (name, value) in COLUMNS.iter().zip(values) {
            let json = match value {
                Value::Null => Json::Null,
                Value::Number(number) => number.into(),
                Value::Text(text) => text.into(),
                Value::Bytes(bytes) => hexadecimal(&bytes).into(),
            };
            object.insert((*name).to_owned(), json);
        }
        serde_json::to_writer(&mut self.encoder, &object)?;
        self.encoder.write_all(b"\n")?;
        Ok(())
    }

    fn finish(self) -> anyhow::Result<()> {
        let file = self.encoder.finish()?.into_inner()?;
        file.sync_all()?;
        std::fs::rename(&self.early, &self.path)?;
        let folder = self.path.parent().context("a table has a folder")?;
        sync_directory(folder)?;
        Ok(())
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// Tables that one journal may become.
const TABLES: usize = 256;
