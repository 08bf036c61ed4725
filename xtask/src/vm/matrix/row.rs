//! The rows of the matrix as they are written down.
//!
//! Step: tooling. What a row wants stands in `rows.toml`; a key that is not known, or that a row
//! lacks, is an error that names the row.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use toml::{Table, Value};

use crate::vm::architecture::Architecture;
use crate::vm::kernel;

/// A guest, and what is expected of the daemon there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The kernel's series.
    pub(crate) kernel: String,
    /// What it runs on.
    pub(crate) architecture: Architecture,
    /// What tells it from other rows of the same kernel; empty for the plain one.
    pub(crate) case: String,
    /// Added to the kernel's command line.
    pub(crate) command_line: String,
    /// Processors.
    pub(crate) processors: u32,
    /// Memory in MiB.
    pub(crate) memory: u32,
    /// The memory is filled until so many MiB are left; 0 leaves it alone.
    pub(crate) free: u32,
    /// Whether the kernel's type information is hidden and given as a file.
    pub(crate) withheld: bool,
    /// The tier that the daemon is told to take (`[capture] tier`).
    pub(crate) wanted: String,
    /// Whether it is run whenever everything is tested.
    pub(crate) quick: bool,
    /// What is expected.
    pub(crate) expected: Expected,
}

/// What is expected of the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// It watches.
    Watching(Watching),
    /// It ends at once.
    Refusing {
        /// With this exit code.
        code: u32,
        /// And these words.
        why: String,
    },
}

/// What it watches with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Watching {
    /// Which tier sees files, as `doctor` names it.
    pub(crate) tier: String,
    /// How many hooks there are to try.
    pub(crate) hooks: usize,
    /// Those that do not listen, with a part of the reason.
    pub(crate) missing: BTreeMap<String, String>,
    /// A part of how library functions are watched, or of why they are not.
    pub(crate) library: String,
    /// Whether what files hold is sampled.
    pub(crate) content: bool,
    /// Checks that do not hold, with the reason.
    pub(crate) fails: BTreeMap<String, String>,
}

impl Row {
    /// What people call it.
    pub(crate) fn name(&self) -> String {
        let plain = format!("{}-{}", self.kernel, self.architecture.name());
        if self.case.is_empty() {
            plain
        } else {
            format!("{plain}-{}", self.case.replace([' ', ','], "-"))
        }
    }
}

/// All rows of a file.
///
/// # Errors
/// When the file is not as its head says.
pub(crate) fn rows(text: &str) -> Result<Vec<Row>> {
    let mut table: Table = text.parse().context("the matrix is not TOML")?;
    let rows = table.remove("row").context("the matrix has no rows")?;
    ensure!(table.is_empty(), "the matrix holds more than rows");
    let Value::Array(rows) = rows else {
        bail!("the matrix' rows are no list");
    };
    let read = |(at, row): (usize, Value)| {
        let Value::Table(table) = row else {
            bail!("row {at} of the matrix is no table");
        };
        let shown = table.to_string().replace('\n', ", ");
        one(table).with_context(|| format!("row {at} of the matrix ({shown})"))
    };
    rows.into_iter().enumerate().map(read).collect()
}

fn one(table: Table) -> Result<Row> {
    let mut keys = Keys(table);
    let kernel = keys.text("kernel")?.context("it names no kernel")?;
    kernel::series(&kernel)?;
    let architecture = keys.text("arch")?.unwrap_or_else(|| "amd64".to_owned());
    let row = Row {
        kernel,
        architecture: Architecture::named(&architecture)
            .with_context(|| format!("there is no architecture {architecture}"))?,
        case: keys.text("case")?.unwrap_or_default(),
        command_line: keys.text("cmdline")?.unwrap_or_default(),
        processors: keys.number("cpus")?.unwrap_or(1),
        memory: keys.number("memory")?.unwrap_or(1024),
        free: keys.number("free")?.unwrap_or(0),
        withheld: keys.truth("withheld")?.unwrap_or(false),
        wanted: keys.text("wanted")?.unwrap_or_else(|| "auto".to_owned()),
        quick: keys.truth("quick")?.unwrap_or(false),
        expected: expected(&mut keys)?,
    };
    match keys.0.keys().next() {
        None => Ok(row),
        Some(key) => bail!("nobody knows its {key}"),
    }
}

fn expected(keys: &mut Keys) -> Result<Expected> {
    if let Some(code) = keys.number("exit")? {
        let why = keys.text("why")?.context("it does not say why it ends")?;
        return Ok(Expected::Refusing { code, why });
    }
    let hooks = keys.number("hooks")?.context("it names no hooks")?;
    Ok(Expected::Watching(Watching {
        tier: keys.text("tier")?.context("it names no tier")?,
        hooks: hooks as usize,
        missing: keys.texts("missing")?,
        library: keys
            .text("library")?
            .context("it does not say how libraries are watched")?,
        content: keys.truth("content")?.unwrap_or(true),
        fails: keys.texts("fails")?,
    }))
}

/// The keys of a row that were not asked for yet.
struct Keys(Table);

impl Keys {
    fn text(&mut self, key: &str) -> Result<Option<String>> {
        match self.0.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => bail!("its {key} is no text"),
        }
    }

    fn number(&mut self, key: &str) -> Result<Option<u32>> {
        match self.0.remove(key) {
            None => Ok(None),
            Some(Value::Integer(number)) => u32::try_from(number)
                .map(Some)
                .with_context(|| format!("its {key} is out of range")),
            Some(_) => bail!("its {key} is no number"),
        }
    }

    fn truth(&mut self, key: &str) -> Result<Option<bool>> {
        match self.0.remove(key) {
            None => Ok(None),
            Some(Value::Boolean(truth)) => Ok(Some(truth)),
            Some(_) => bail!("its {key} is neither true nor false"),
        }
    }

    fn texts(&mut self, key: &str) -> Result<BTreeMap<String, String>> {
        let Some(found) = self.0.remove(key) else {
            return Ok(BTreeMap::new());
        };
        let Value::Table(table) = found else {
            bail!("its {key} is no table");
        };
        let text = |(name, value): (String, Value)| match value {
            Value::String(text) => Ok((name, text)),
            _ => bail!("{name} in its {key} is no text"),
        };
        table.into_iter().map(text).collect()
    }
}
