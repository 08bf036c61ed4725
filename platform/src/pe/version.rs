//! The version resource: blocks within blocks, each with its length, a key and perhaps a value.
//!
//! Step: source. Total on any bytes: a block is as long as it says, or as the bytes that are left.

use super::{Pe, u16_at};
use crate::encode::utf8;

/// Takes the names out of a resource.
pub(super) fn take(bytes: &[u8], pe: &mut Pe) {
    let Some(root) = Block::read(bytes) else {
        return;
    };
    for file in root.children() {
        if !file.has_key("StringFileInfo") {
            continue;
        }
        for table in file.children() {
            for entry in table.children() {
                let place = if entry.has_key("OriginalFilename") {
                    &mut pe.original_name
                } else if entry.has_key("ProductName") {
                    &mut pe.product
                } else if entry.has_key("CompanyName") {
                    &mut pe.company
                } else {
                    continue;
                };
                // The first language counts.
                if place.is_none() {
                    *place = entry.text();
                }
            }
        }
    }
}

struct Block<'r> {
    key: &'r [u8],
    value: &'r [u8],
    rest: &'r [u8],
}

impl<'r> Block<'r> {
    /// The block that `bytes` are.
    fn read(bytes: &'r [u8]) -> Option<Self> {
        let units = usize::from(u16_at(bytes, 2)?);
        let is_text = u16_at(bytes, 4)? == 1;
        let key = bytes.get(6..)?;
        let length = key
            .as_chunks::<2>()
            .0
            .iter()
            .position(|unit| *unit == [0, 0])?;
        let key = key.get(..2 * length)?;
        let at = (6 + 2 * length + 2).next_multiple_of(4);
        let after = bytes.get(at..).unwrap_or_default();
        let length = if is_text { 2 * units } else { units };
        let value = after.get(..length).unwrap_or(after);
        let at = at + length.next_multiple_of(4);
        Some(Self {
            key,
            value,
            rest: bytes.get(at..).unwrap_or_default(),
        })
    }

    fn has_key(&self, name: &str) -> bool {
        let units = self.key.as_chunks::<2>().0.iter();
        units
            .map(|unit| u16::from_le_bytes(*unit))
            .eq(name.encode_utf16())
    }

    /// The value as text.
    fn text(&self) -> Option<String> {
        let units = self.value.as_chunks::<2>().0;
        let end = units.iter().position(|unit| *unit == [0, 0]);
        let length = 2 * end.unwrap_or(units.len()).min(LONGEST);
        let mut text = Vec::new();
        utf8(self.value.get(..length)?, &mut text);
        let text = String::from_utf8_lossy(&text).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// The blocks within.
    fn children(&self) -> impl Iterator<Item = Block<'r>> {
        let mut rest = self.rest;
        std::iter::from_fn(move || {
            let length = usize::from(u16_at(rest, 0)?);
            // A block has its head at least; one that has not would never end.
            if length < 6 {
                return None;
            }
            let block = rest.get(..length).unwrap_or(rest);
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
            Block::read(block)
        })
    }
}

/// Units of a name that are taken.
const LONGEST: usize = 256;
