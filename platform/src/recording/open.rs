//! Opens a recording of any format.
//!
//! Step: source. A format that was not named is recognised by the file's first bytes.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use ring_abi::RECORDING_MAGIC;

use super::{RingFileReader, read_eslogger, read_etl, read_evtx, read_sysmon_json};
use crate::source::{Source, SourceError};

/// A format of recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Packhound's own.
    Ring,
    /// Event traces of Windows.
    Etl,
    /// Event logs of Windows.
    Evtx,
    /// Sysmon's events as JSON.
    SysmonJson,
    /// Messages of macOS, as `eslogger` writes them.
    Eslogger,
}

/// Opens a recording, of the named format or else of the one that it looks like.
///
/// # Errors
/// `Io` when it cannot be read, `Format` when it is of no or another format.
pub fn open(path: &Path, format: Option<Format>) -> Result<Box<dyn Source>, SourceError> {
    let name = path.display().to_string();
    let failed = |what: &str, source| SourceError::Io {
        what: format!("{what} {name}"),
        source,
    };
    let file = || File::open(path).map_err(|source| failed("opening", source));
    let format = if let Some(format) = format {
        format
    } else {
        let mut first = Vec::new();
        let read = file()?.take(FIRST).read_to_end(&mut first);
        read.map_err(|source| failed("reading", source))?;
        recognised(&first).ok_or_else(|| {
            SourceError::Format(format!(
                "{name}: no recording that is known here: it begins neither as one of packhound \
                 record, nor as an ETL or EVTX file, nor as JSON; --from names the format"
            ))
        })?
    };
    Ok(match format {
        Format::Ring => Box::new(RingFileReader::open(path)?),
        Format::Etl => Box::new(read_etl(&name, &mut BufReader::new(file()?))?),
        Format::Evtx => Box::new(read_evtx(&name, BufReader::new(file()?))?),
        Format::SysmonJson => Box::new(read_sysmon_json(&name, &mut file()?)?),
        Format::Eslogger => Box::new(read_eslogger(&name, &mut file()?)?),
    })
}

/// The format that a file with such first bytes has.
fn recognised(first: &[u8]) -> Option<Format> {
    if first.starts_with(&RECORDING_MAGIC) {
        return Some(Format::Ring);
    }
    if first.starts_with(b"ElfFile\0") {
        return Some(Format::Evtx);
    }
    // A trace begins with a buffer of the header's kind, whose first event is marked as such.
    if first.get(54..56) == Some(&[4, 0]) && matches!(first.get(74..76), Some([1 | 2, 0xc0])) {
        return Some(Format::Etl);
    }
    let text = first
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(first)
        .trim_ascii_start();
    match text.first()? {
        b'{' if has_any(text, &ESLOGGER) => Some(Format::Eslogger),
        b'{' | b'[' => Some(Format::SysmonJson),
        _ => None,
    }
}

/// Whether any of these words stands in a text.
fn has_any(text: &[u8], words: &[&str]) -> bool {
    words
        .iter()
        .any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
}

/// Members that every message of `eslogger` has, of which one is near any message's beginning, and
/// that no event of Windows has.
const ESLOGGER: [&str; 7] = [
    "\"audit_token\"",
    "\"codesigning_flags\"",
    "\"event_type\"",
    "\"global_seq_num\"",
    "\"is_es_client\"",
    "\"mach_time\"",
    "\"schema_version\"",
];

/// Bytes that are looked at.
const FIRST: u64 = 16 << 10;
