//! The bytes of one spool segment: a header twice, then entries.
//!
//! Step: sink. Invariants: whatever is intact is found again, wherever the file was cut or a bit
//! flipped; nothing that was in an item's payload can pass for an entry, because checksums begin
//! with a number that only this file knows. This file does no I/O.
//!
//! All integers are little-endian. The header is 36 bytes: `PHSPOOL` and 1; lane (u8) and three
//! zeros; salt (u32); epoch (u64); sequence of the first entry (u64); checksum of the 32 bytes
//! before it (u32). The same 36 bytes follow once more. An entry is the marker `f1 50 48 69`; the
//! payload's length (u32); its sequence (u64); checksum of these twelve bytes (u32); checksum of
//! the payload (u32); the payload. Checksums are CRC-32; those of entries begin with the salt.

use crc32fast::Hasher;

use crate::wire::{Lane, MAX_ITEM};

/// What a segment says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) lane: Lane,
    pub(super) salt: u32,
    pub(super) epoch: u64,
    /// The first entry's sequence.
    pub(super) first: u64,
}

impl Header {
    /// Size of both copies.
    pub(super) const SIZE: usize = 2 * COPY;

    pub(super) fn write(self) -> [u8; Self::SIZE] {
        let mut copy = [0; COPY];
        copy[..8].copy_from_slice(&MAGIC);
        copy[8] = u8::from(self.lane == Lane::Telemetry);
        copy[12..16].copy_from_slice(&self.salt.to_le_bytes());
        copy[16..24].copy_from_slice(&self.epoch.to_le_bytes());
        copy[24..32].copy_from_slice(&self.first.to_le_bytes());
        let sum = crc32fast::hash(&copy[..32]);
        copy[32..].copy_from_slice(&sum.to_le_bytes());
        let mut both = [0; Self::SIZE];
        both[..COPY].copy_from_slice(&copy);
        both[COPY..].copy_from_slice(&copy);
        both
    }

    /// The first intact copy.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut copies = bytes.get(..Self::SIZE.min(bytes.len()))?.chunks_exact(COPY);
        copies.find_map(Self::read_copy)
    }

    fn read_copy(copy: &[u8]) -> Option<Self> {
        let stated = u32_at(copy, 32)?;
        if crc32fast::hash(copy.get(..32)?) != stated || !copy.starts_with(&MAGIC) {
            return None;
        }
        Some(Self {
            lane: *Lane::ALL.get(usize::from(copy[8]))?,
            salt: u32_at(copy, 12)?,
            epoch: u64_at(copy, 16)?,
            first: u64_at(copy, 24)?,
        })
    }
}

/// Appends an entry.
pub(super) fn put(bytes: &mut Vec<u8>, salt: u32, sequence: u64, payload: &[u8]) {
    let mut numbers = [0; 12];
    numbers[..4].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    numbers[4..].copy_from_slice(&sequence.to_le_bytes());
    bytes.extend_from_slice(&MARKER);
    bytes.extend_from_slice(&numbers);
    bytes.extend_from_slice(&sum(salt, &numbers).to_le_bytes());
    bytes.extend_from_slice(&sum(salt, payload).to_le_bytes());
    bytes.extend_from_slice(payload);
}

/// What stands at a place of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found<'b> {
    /// An intact item.
    Item {
        sequence: u64,
        payload: &'b [u8],
        /// Where the next entry begins.
        end: usize,
    },
    /// Bytes that are none, up to `end`.
    Damage { end: usize },
}

/// Looks at `bytes` from `at` on; `least` is the smallest sequence that may come. None at the end.
pub(super) fn look(bytes: &[u8], at: usize, salt: u32, least: u64) -> Option<Found<'_>> {
    if at >= bytes.len() {
        return None;
    }
    match entry(bytes, at, salt, least) {
        Entry::Item {
            sequence,
            payload,
            end,
        } => Some(Found::Item {
            sequence,
            payload,
            end,
        }),
        // The numbers hold, so the entry's end is known although its payload is damaged.
        Entry::Spoilt { end } => Some(Found::Damage { end }),
        Entry::None => {
            let next = (at + 1..bytes.len()).find(|at| {
                bytes[*at..].starts_with(&MARKER)
                    && !matches!(entry(bytes, *at, salt, least), Entry::None)
            });
            Some(Found::Damage {
                end: next.unwrap_or(bytes.len()),
            })
        }
    }
}

enum Entry<'b> {
    Item {
        sequence: u64,
        payload: &'b [u8],
        end: usize,
    },
    Spoilt {
        end: usize,
    },
    None,
}

fn entry(bytes: &[u8], at: usize, salt: u32, least: u64) -> Entry<'_> {
    read_entry(&bytes[at..], at, salt, least).unwrap_or(Entry::None)
}

fn read_entry(rest: &[u8], at: usize, salt: u32, least: u64) -> Option<Entry<'_>> {
    let (head, rest) = rest.split_at_checked(ENTRY)?;
    let numbers = head.get(4..16)?;
    if !head.starts_with(&MARKER) || u32_at(head, 16)? != sum(salt, numbers) {
        return None;
    }
    let (length, sequence) = (u32_at(head, 4)? as usize, u64_at(head, 8)?);
    if length > MAX_ITEM || sequence < least {
        return None;
    }
    let end = at + ENTRY + length;
    match rest.get(..length) {
        Some(payload) if sum(salt, payload) == u32_at(head, 20)? => Some(Entry::Item {
            sequence,
            payload,
            end,
        }),
        Some(_) => Some(Entry::Spoilt { end }),
        None => None,
    }
}

fn sum(salt: u32, bytes: &[u8]) -> u32 {
    let mut hasher = Hasher::new_with_initial(salt);
    hasher.update(bytes);
    hasher.finalize()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*four))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let eight = bytes.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*eight))
}

/// Bytes of an entry before its payload.
pub(super) const ENTRY: usize = 24;

const COPY: usize = 36;
const MAGIC: [u8; 8] = *b"PHSPOOL\x01";
const MARKER: [u8; 4] = [0xf1, b'P', b'H', b'i'];
