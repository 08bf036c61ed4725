//! The tables of the probe on producing functions: what a cookie stands for, and how often it met.
//!
//! Step: source. The layouts are those of `probes-ebpf/src/maps.rs`. Invariant: a row is written
//! before a probe that names it is set, and a slot is given away again only after its probes are
//! gone, so the probe never reads of one function or file what belongs to another.

use std::collections::HashMap;

use aya::Ebpf;
use aya::maps::{Array, MapData};

use super::catalogue::Place;

/// Both tables, and what is in them.
pub(super) struct Tables {
    entry_points: Array<MapData, [u64; ROW_WORDS]>,
    libraries: Array<MapData, [u64; LIBRARY_WORDS]>,
    calls: Array<MapData, u64>,
    rows: HashMap<Vec<u8>, u16>,
    free: Vec<u16>,
}

/// A library's slot.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Slot(u16);

/// What the records say of a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Library {
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) path: Vec<u8>,
}

impl Tables {
    /// Takes over the maps, for at most so many libraries.
    pub(super) fn take(ebpf: &mut Ebpf, most_libraries: u16) -> Result<Self, String> {
        let mut map = |name| {
            let map = ebpf.take_map(name);
            map.ok_or_else(|| format!("the probe object lacks the map {name}"))
        };
        let entry_points = Array::try_from(map("ENTRY_POINTS")?).map_err(super::describe)?;
        let libraries = Array::try_from(map("LIBRARIES")?).map_err(super::describe)?;
        let calls = Array::try_from(map("CALLS")?).map_err(super::describe)?;
        let most = u32::from(most_libraries).min(Array::len(&libraries)) as u16;
        Ok(Self {
            entry_points,
            libraries,
            calls,
            rows: HashMap::new(),
            free: (0..most).rev().collect(),
        })
    }

    /// Writes a library into a free slot; none is left when it gives none.
    pub(super) fn hold(&mut self, library: &Library) -> Result<Option<Slot>, String> {
        let Some(slot) = self.free.pop() else {
            return Ok(None);
        };
        let written = self
            .libraries
            .set(u32::from(slot), library_words(library), 0);
        match written {
            Ok(()) => Ok(Some(Slot(slot))),
            Err(error) => {
                self.free.push(slot);
                Err(super::describe(error))
            }
        }
    }

    /// Gives a slot away; its probes are gone.
    pub(super) fn release(&mut self, Slot(slot): Slot) {
        self.free.push(slot);
    }

    /// How many calls have met a probe of the slot since the start.
    pub(super) fn calls(&self, Slot(slot): &Slot) -> u64 {
        self.calls.get(&u32::from(*slot), 0).unwrap_or(0)
    }

    /// The cookie of a probe at `place` in the library of `slot`.
    pub(super) fn cookie(&mut self, place: &Place, slot: &Slot) -> Result<u64, String> {
        let mut key = place.entry.family.clone();
        key.push(0);
        key.extend_from_slice(&place.function);
        if let Some(row) = self.rows.get(&key) {
            return Ok(cookie(place, *row, slot));
        }
        let row = self.rows.len() as u32;
        if row >= Array::len(&self.entry_points) {
            return Err("more functions than the probe's table holds".to_owned());
        }
        self.entry_points
            .set(row, row_words(place), 0)
            .map_err(super::describe)?;
        self.rows.insert(key, row as u16);
        Ok(cookie(place, row as u16, slot))
    }
}

/// See `Cookie` in `probes-ebpf/src/uses.rs`.
fn cookie(place: &Place, row: u16, slot: &Slot) -> u64 {
    let entry = &place.entry;
    let (test, argument) = entry.test.map_or((0, 0), |(test, argument)| {
        (test as u64, u64::from(argument))
    });
    let each = entry.output.is_some() || entry.passphrase.is_some();
    u64::from(row)
        | u64::from(slot.0) << 16
        | test << 32
        | argument << 36
        | u64::from(one_more(entry.needs)) << 40
        | u64::from(each) << 44
}

/// `struct EntryPoint` of the probes.
fn row_words(place: &Place) -> [u64; ROW_WORDS] {
    let entry = &place.entry;
    let format = entry.format.as_deref().unwrap_or_default();
    let mut bytes = Vec::with_capacity(ROW_WORDS * 8);
    let mut lengths = Vec::new();
    for (value, room) in [
        (&*place.function, FUNCTION),
        (&*entry.family, FAMILY),
        (format, FORMAT),
    ] {
        let kept = &value[..value.len().min(room)];
        lengths.push(kept.len() as u32);
        bytes.extend_from_slice(kept);
        bytes.resize(bytes.len() + room - kept.len(), 0);
    }
    lengths.extend([
        entry.purpose.0,
        one_more(entry.output),
        one_more(entry.level),
        one_more(entry.passphrase),
        one_more(entry.format_argument),
    ]);
    bytes.extend(lengths.iter().flat_map(|number| number.to_ne_bytes()));
    words(&bytes)
}

/// `struct Library` of the probes. A path that does not fit is left out: its file is named still.
fn library_words(library: &Library) -> [u64; LIBRARY_WORDS] {
    let path = Some(&*library.path).filter(|path| path.len() <= PATH);
    let path = path.unwrap_or_default();
    let mut bytes = Vec::with_capacity(LIBRARY_WORDS * 8);
    for number in [library.device, library.inode, path.len() as u64] {
        bytes.extend_from_slice(&number.to_ne_bytes());
    }
    bytes.extend_from_slice(path);
    words(&bytes)
}

/// Bytes as a map's value, padded with zeros.
fn words<const N: usize>(bytes: &[u8]) -> [u64; N] {
    let mut words = [0; N];
    for (word, chunk) in words.iter_mut().zip(bytes.chunks(8)) {
        let mut whole = [0; 8];
        whole[..chunk.len()].copy_from_slice(chunk);
        *word = u64::from_ne_bytes(whole);
    }
    words
}

/// An argument's index as the tables have it: plus one, 0 for none.
fn one_more(argument: Option<u8>) -> u32 {
    argument.map_or(0, |index| u32::from(index) + 1)
}

const FUNCTION: usize = 64;
const FAMILY: usize = 32;
const FORMAT: usize = 32;
const ROW_WORDS: usize = (FUNCTION + FAMILY + FORMAT + 8 * 4) / 8;
const PATH: usize = 1024;
const LIBRARY_WORDS: usize = 3 + PATH / 8;

#[cfg(test)]
mod tests;
