//! Sysmon's events as JSON: a list, an object per line, or one object, flat or nested.
//!
//! Step: source. The file is read in pieces, of which one holds at least the longest event.
//! Invariant: what is no JSON ends the reading, with its place; all before it is told.

use std::io::Read;

use super::gathered::Gathered;
use super::json::{self, Found};
use crate::encode::{self, Encoder, Records};
use crate::source::SourceError;

/// Reads a recording; `name` is the file's for messages.
///
/// # Errors
/// When it cannot be read, or begins with no JSON.
pub fn read(name: &str, from: &mut dyn Read) -> Result<Gathered, SourceError> {
    let mut encoder = Encoder::default();
    let mut records = Records::default();
    let mut gathered = encode::Gathered::default();
    let mut buffer: Vec<u8> = Vec::new();
    let mut at = 0;
    let mut passed = 0_u64;
    let mut ended = false;
    let broken = loop {
        match json::next(&buffer[at..], &mut gathered) {
            Found::Object(length) => {
                at += length;
                if let Err(error) = encoder.encode(&gathered.event(), &mut records) {
                    break Some(error);
                }
            }
            Found::Between(length) => at += length,
            Found::Cut if ended && at == buffer.len() => break None,
            Found::Cut if ended || buffer.len() - at > LONGEST => {
                break Some(trouble(name, passed + at as u64, "it ends within an event"));
            }
            Found::Cut => {
                passed += at as u64;
                buffer.drain(..at);
                at = 0;
                let before = buffer.len();
                // A byte order mark stands before some exports.
                let first = passed == 0 && before == 0;
                let piece = from.take(PIECE).read_to_end(&mut buffer);
                piece.map_err(|source| SourceError::Io {
                    what: format!("reading {name}"),
                    source,
                })?;
                ended = buffer.len() == before;
                if first && buffer.starts_with(&MARK) {
                    at = MARK.len();
                }
            }
            Found::Broken(place) => {
                let place = passed + (at + place) as u64;
                break Some(trouble(name, place, "this is no JSON of events"));
            }
        }
    };
    let outcome = encoder.finish(&mut records);
    let broken = broken.or(outcome.err());
    if encoder.tally.events == 0
        && let Some(error) = broken
    {
        return Err(error);
    }
    Ok(Gathered::new(records, encoder.tally, &[], broken))
}

fn trouble(name: &str, at: u64, what: &str) -> SourceError {
    SourceError::Format(format!(
        "{name}: at byte {at}: {what}; everything before it was read"
    ))
}

/// Bytes that are read at a time.
const PIECE: u64 = 1 << 20;

/// A longer event is none.
const LONGEST: usize = 16 << 20;

/// UTF-8's mark.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

#[cfg(test)]
mod tests;
