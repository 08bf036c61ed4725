//! An item as a message: its subject, its identifier and its text.
//!
//! Step: sink. Invariants: the identifier of an item is the same however often it is published, from
//! whichever collector; a host's name becomes one token of a subject, and can be read back from it.

use std::fmt::Write as _;

use ring_abi::Kind;
use serde_json::{Map, Value as Json, json};

use crate::collect::columns::{COLUMNS, Kind as Column};
use crate::collect::journal::Entry;
use crate::collect::positions::Key;
use crate::collect::rows::{Cell, Row, UNDECODABLE};
use crate::wire::{Lane, Loss};

/// A message that waits to be published.
#[derive(Debug)]
pub(super) struct Message {
    /// Its place in the round.
    pub(super) number: usize,
    pub(super) subject: String,
    pub(super) identifier: String,
    pub(super) payload: Vec<u8>,
}

/// The first token of every subject.
pub(super) const PREFIX: &str = "packhound";

/// The class of findings.
pub(super) const FINDING: &str = "finding";

/// The class of reports of items that will never come (records of kind `LOSS` are telemetry).
pub(super) const GAP: &str = "gap";

/// The classes of telemetry: the kinds of records, and bytes that are none, in lower case.
pub(super) fn telemetry_classes() -> impl Iterator<Item = String> {
    let kinds = Kind::ALL.iter().map(|(_, name)| *name);
    kinds.chain([UNDECODABLE]).map(str::to_ascii_lowercase)
}

/// `packhound.<class>.<host>`.
pub(super) fn subject(class: &str, host: &str) -> String {
    format!("{PREFIX}.{class}.{host}")
}

/// A host's name as a token: what is no letter, digit, `-` or `_` stands as `%` and two hexadecimal
/// digits, as in a URL; a host without a name is `%`.
pub(super) fn token(host: &[u8]) -> String {
    let mut token = String::with_capacity(host.len());
    for byte in host.iter().take(LONGEST_HOST) {
        if byte.is_ascii_alphanumeric() || b"-_".contains(byte) {
            token.push(char::from(*byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(token, "%{byte:02X}");
        }
    }
    if token.is_empty() {
        token.push('%');
    }
    token
}

/// Names an item for good.
pub(super) fn identifier((agent, epoch, lane): &Key, sequence: u64) -> String {
    let agent = u128::from_be_bytes(*agent);
    let lane = match lane {
        Lane::Findings => 'f',
        Lane::Telemetry => 't',
    };
    format!("{agent:032x}-{epoch}-{lane}-{sequence}")
}

/// The class and text of a journal's entry (without its length); none where it is no entry.
pub(super) fn record(entry: &[u8]) -> Option<(String, Vec<u8>)> {
    let entry = Entry::read(entry)?;
    let (class, row) = Row::of(&entry);
    let mut object = Map::new();
    for ((name, kind), cell) in COLUMNS.iter().zip(row.cells()) {
        let json = match cell {
            Cell::Null => continue,
            Cell::Flag(flag) => flag.into(),
            Cell::Number(number) if *kind == Column::Signed => (number as i32).into(),
            Cell::Number(number) => number.into(),
            Cell::Text(text) => text.into_owned().into(),
            Cell::Bytes(bytes) => hexadecimal(bytes).into(),
        };
        object.insert((*name).to_owned(), json);
    }
    let text = Json::Object(object).to_string().into_bytes();
    Some((class.to_ascii_lowercase(), text))
}

/// A report of losses as JSON.
pub(in crate::collect) fn loss(time: u64, host: &[u8], loss: &Loss) -> Vec<u8> {
    let text = json!({
        "time": time,
        "host": crate::sink::escape::lossless(host),
        "lane": loss.lane.name(),
        "cause": loss.cause.name(),
        "epoch": loss.epoch,
        "items": loss.items,
        "bytes": loss.bytes,
        "place": loss.place,
    });
    text.to_string().into_bytes()
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// Bytes of a host's name that are used.
const LONGEST_HOST: usize = 255;

#[cfg(test)]
mod tests;
