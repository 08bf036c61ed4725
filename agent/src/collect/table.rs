//! Telemetry as Parquet, one folder for each day and class of record.
//!
//! Step: sink. Names are `day=2026-11-22/class=FILE_WRITTEN/part-N.parquet`, as `DuckDB`, pandas and
//! Spark read partitions; records whose time is no date are in the partition that stands for null.
//!
//! A Parquet file can be read only once its footer is written, so a row group never counts as
//! kept: what is acknowledged lies in the journal, and the journal is deleted after every table
//! that was made of it is whole and on disk. Which file a record goes into depends on the journal
//! alone, so making the tables again after a kill makes the same files. Until a file is whole its
//! name begins with a dot, which readers of a folder of tables pass over.
//!
//! Memory is bounded by one group of rows for all open tables, and by the number of tables. Snappy
//! and not zstd: the latter would link a C library.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::TypePtr;
use platform::host::sync_directory;

use super::columns::{COLUMNS, Kind};
use super::day;
use super::journal::Entry;
use super::rows::{Cell, Row};

/// The tables that one journal becomes.
pub(super) struct Tables<'d> {
    directory: &'d Path,
    number: u64,
    schema: TypePtr,
    properties: Arc<WriterProperties>,
    open: BTreeMap<(String, &'static str), Table>,
    /// Rows and bytes that wait in memory, of all tables.
    rows: usize,
    bytes: usize,
}

impl<'d> Tables<'d> {
    pub(super) fn new(directory: &'d Path, number: u64) -> anyhow::Result<Self> {
        Ok(Self {
            directory,
            number,
            schema: Arc::new(parse_message_type(&schema()).context("the schema of telemetry")?),
            properties: Arc::new(properties()),
            open: BTreeMap::new(),
            rows: 0,
            bytes: 0,
        })
    }

    /// Adds a record to its table.
    pub(super) fn add(&mut self, entry: &Entry<'_>) -> anyhow::Result<()> {
        let (class, row) = Row::of(entry);
        let mut key = (entry.wall().map_or(NO_DAY.to_owned(), day::day), class);
        if !self.open.contains_key(&key) && self.open.len() >= TABLES {
            // Only a clock gone wild makes so many days; their rows tell the time all the same.
            NO_DAY.clone_into(&mut key.0);
        }
        let table = match self.open.entry(key) {
            std::collections::btree_map::Entry::Occupied(table) => table.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                let (day, class) = place.key();
                let folder = self.directory.join(format!("day={day}/class={class}"));
                let table = Table::begin(&folder, self.number, &self.schema, &self.properties)?;
                place.insert(table)
            }
        };
        self.bytes += table.add(row);
        self.rows += 1;
        if self.rows >= ROWS || self.bytes >= BYTES {
            self.rows = 0;
            self.bytes = 0;
            for table in self.open.values_mut() {
                table.end_group()?;
            }
        }
        Ok(())
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
    writer: SerializedFileWriter<File>,
    early: PathBuf,
    path: PathBuf,
    columns: Vec<Values>,
    rows: usize,
}

impl Table {
    fn begin(
        folder: &Path,
        number: u64,
        schema: &TypePtr,
        properties: &Arc<WriterProperties>,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let early = folder.join(format!(".part-{number:016x}.tmp"));
        let file = File::create(&early).with_context(|| early.display().to_string())?;
        let (schema, properties) = (Arc::clone(schema), Arc::clone(properties));
        Ok(Self {
            writer: SerializedFileWriter::new(file, schema, properties)?,
            early,
            path: folder.join(format!("part-{number:016x}.parquet")),
            columns: COLUMNS.iter().map(|(_, kind)| Values::new(*kind)).collect(),
            rows: 0,
        })
    }

    /// Takes a row over; gives about how many bytes of memory it takes.
    fn add(&mut self, row: Row<'_>) -> usize {
        self.rows += 1;
        let columns = self.columns.iter_mut().zip(row.cells());
        columns.map(|(values, cell)| values.push(cell)).sum()
    }

    fn end_group(&mut self) -> anyhow::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        self.rows = 0;
        let mut group = self.writer.next_row_group()?;
        for values in &mut self.columns {
            let mut column = group.next_column()?.context("a column of the schema")?;
            values.write(&mut column)?;
            column.close()?;
        }
        group.close()?;
        Ok(())
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.end_group()?;
        self.writer.into_inner()?.sync_all()?;
        std::fs::rename(&self.early, &self.path)?;
        let folder = self.path.parent().context("a table has a folder")?;
        sync_directory(folder)?;
        Ok(())
    }
}

/// A column's part of a group of rows.
struct Values {
    /// Rows of the group so far.
    rows: usize,
    /// One for each row up to the last that is not null: 1 for a value, 0 for null. So a column
    /// that is null throughout takes nothing.
    levels: Vec<i16>,
    held: Held,
}

/// The values that are not null, in Parquet's physical types.
enum Held {
    Flags(Vec<bool>),
    Narrow(Vec<i32>),
    Wide(Vec<i64>),
    Bytes(Vec<ByteArray>),
}

impl Values {
    fn new(kind: Kind) -> Self {
        let held = match kind {
            Kind::Flag => Held::Flags(Vec::new()),
            Kind::Port | Kind::Narrow | Kind::Signed => Held::Narrow(Vec::new()),
            Kind::Time | Kind::Wide => Held::Wide(Vec::new()),
            Kind::Text | Kind::Bytes => Held::Bytes(Vec::new()),
        };
        Self {
            rows: 0,
            levels: Vec::new(),
            held,
        }
    }

    /// Takes a cell over; gives about how many bytes of memory it takes.
    fn push(&mut self, cell: Cell<'_>) -> usize {
        self.rows += 1;
        let size = match (&mut self.held, cell) {
            (_, Cell::Null) => return 0,
            (Held::Flags(flags), Cell::Flag(flag)) => {
                flags.push(flag);
                1
            }
            // Parquet stores unsigned numbers as signed ones of the same bits.
            (Held::Narrow(numbers), Cell::Number(number)) => {
                numbers.push(number as u32 as i32);
                4
            }
            (Held::Wide(numbers), Cell::Number(number)) => {
                numbers.push(number as i64);
                8
            }
            (Held::Bytes(values), Cell::Text(text)) => {
                let size = text.len() + size_of::<ByteArray>();
                values.push(ByteArray::from(text.into_owned().into_bytes()));
                size
            }
            (Held::Bytes(values), Cell::Bytes(bytes)) => {
                values.push(ByteArray::from(bytes.to_vec()));
                bytes.len() + size_of::<ByteArray>()
            }
            (Held::Flags(_) | Held::Narrow(_) | Held::Wide(_) | Held::Bytes(_), _) => {
                unreachable!("the columns' kinds and the cells that rows set agree, as tests show")
            }
        };
        let before = self.levels.len();
        self.levels.resize(self.rows - 1, 0);
        self.levels.push(1);
        size + (self.rows - before) * size_of::<i16>()
    }

    /// Writes the values and gives their memory back.
    fn write(&mut self, column: &mut SerializedColumnWriter<'_>) -> anyhow::Result<()> {
        let mut levels = std::mem::take(&mut self.levels);
        levels.resize(std::mem::take(&mut self.rows), 0);
        let levels = Some(levels.as_slice());
        match &mut self.held {
            Held::Flags(flags) => {
                let flags = std::mem::take(flags);
                let typed = column.typed::<BoolType>();
                typed.write_batch(&flags, levels, None)?;
            }
            Held::Narrow(numbers) => {
                let numbers = std::mem::take(numbers);
                let typed = column.typed::<Int32Type>();
                typed.write_batch(&numbers, levels, None)?;
            }
            Held::Wide(numbers) => {
                let numbers = std::mem::take(numbers);
                let typed = column.typed::<Int64Type>();
                typed.write_batch(&numbers, levels, None)?;
            }
            Held::Bytes(values) => {
                let values = std::mem::take(values);
                let typed = column.typed::<ByteArrayType>();
                typed.write_batch(&values, levels, None)?;
            }
        }
        Ok(())
    }
}

fn properties() -> WriterProperties {
    // No two records are alike, and nobody asks which is the least.
    let record = parquet::schema::types::ColumnPath::from("record");
    WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(concat!("packhound ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_column_dictionary_enabled(record.clone(), false)
        .set_column_statistics_enabled(record, EnabledStatistics::None)
        .build()
}

fn schema() -> String {
    let fields = COLUMNS.iter().map(|(name, kind)| match kind {
        Kind::Time => format!("optional int64 {name} (TIMESTAMP(NANOS,true));"),
        Kind::Flag => format!("optional boolean {name};"),
        Kind::Port => format!("optional int32 {name} (INTEGER(16,false));"),
        Kind::Narrow => format!("optional int32 {name} (INTEGER(32,false));"),
        Kind::Wide => format!("optional int64 {name} (INTEGER(64,false));"),
        Kind::Signed => format!("optional int32 {name} (INTEGER(32,true));"),
        Kind::Text => format!("optional binary {name} (STRING);"),
        Kind::Bytes => format!("optional binary {name};"),
    });
    format!("message telemetry {{ {} }}", fields.collect::<String>())
}

/// The value of a partition that is null, as Hive, `DuckDB` and pyarrow have it.
const NO_DAY: &str = "__HIVE_DEFAULT_PARTITION__";

/// Rows that all tables together hold in memory.
const ROWS: usize = 1 << 17;

/// Bytes that all tables together hold in memory.
const BYTES: usize = 32 << 20;

/// Tables that one journal may become.
const TABLES: usize = 256;

#[cfg(test)]
mod tests;
