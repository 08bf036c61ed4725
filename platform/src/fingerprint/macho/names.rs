//! The names of what an image takes from libraries.
//!
//! Step: source, for the enrichment. They are in the table of symbols, and where that was stripped
//! away in the list of what is to be bound at the start (chained fixups).

use std::io::{self, Read, Seek};

use object::Endianness;
use object::macho::Nlist64;
use object::pod;

use super::image::Commands;
use super::{ENDIAN, Reader};
use crate::fingerprint::elf::read;

/// Where tables are, from the image's beginning on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tables {
    pub(super) symbols: u64,
    pub(super) count: u32,
    pub(super) strings: u64,
    pub(super) strings_size: u64,
    /// Number of the first imported symbol, and how many there are.
    pub(super) imports: Option<(u32, u32)>,
    /// Place and size of the chained fixups.
    pub(super) fixups: Option<(u64, u64)>,
}

impl<R: Read + Seek> Reader<'_, R> {
    /// Looks for packing functions among the imports of an image.
    pub(super) fn imports_of(
        &mut self,
        commands: &Commands,
        offset: u64,
        end: u64,
    ) -> io::Result<()> {
        if !self.symbols(commands, offset, end)? {
            self.fixups(commands, offset, end)?;
        }
        Ok(())
    }

    /// Says whether there were any.
    fn symbols(&mut self, commands: &Commands, offset: u64, end: u64) -> io::Result<bool> {
        let tables = &commands.tables;
        let (first, count) = tables.imports.unwrap_or((0, tables.count));
        if count == 0 || first >= tables.count {
            return Ok(false);
        }
        let size = size_of::<Nlist64<Endianness>>() as u64;
        let count = u64::from(count.min(tables.count - first));
        let place = offset + tables.symbols + u64::from(first) * size;
        let symbols = self.piece(place, count * size, end)?;
        let strings = self.piece(offset + tables.strings, tables.strings_size, end)?;
        let whole = symbols.len() / size as usize;
        let Ok((symbols, _)) = pod::slice_from_bytes::<Nlist64<Endianness>>(&symbols, whole) else {
            return Ok(false);
        };
        for symbol in symbols {
            // Of debuggers', or defined here.
            if symbol.n_type & (STAB | TYPE) != 0 {
                continue;
            }
            let name = named(&strings, symbol.n_strx.get(ENDIAN) as usize);
            let ordinal = symbol.n_desc.get(ENDIAN) >> 8;
            self.met(
                name,
                commands.libraries.get(usize::from(ordinal).wrapping_sub(1)),
            );
        }
        Ok(!symbols.is_empty())
    }

    /// The header: version, where the starts are, the imports and the names, how many imports, in
    /// which layout, and whether names are packed.
    fn fixups(&mut self, commands: &Commands, offset: u64, end: u64) -> io::Result<()> {
        let Some((place, size)) = commands.tables.fixups else {
            return Ok(());
        };
        let fixups = self.piece(offset + place, size, end)?;
        let number = |at: usize| -> Option<u32> {
            Some(u32::from_le_bytes(*fixups.get(at..)?.first_chunk()?))
        };
        let header = || {
            let (imports, names) = (number(8)? as usize, number(12)? as usize);
            // Packed names were never seen.
            (number(24)? == 0).then_some((imports, names, number(16)?, number(20)?))
        };
        let Some((imports, names, count, layout)) = header() else {
            return Ok(());
        };
        // Library and flags, then where the name is: 8 + 1 + 23 bits, with an addend behind them in
        // the second layout; in the third 16 + 1 + 15 + 32 bits and an addend.
        let width = match layout {
            1 => 4,
            2 => 8,
            3 => 16,
            _ => return Ok(()),
        };
        let names = fixups.get(names..).unwrap_or_default();
        for index in 0..count as usize {
            let at = imports.saturating_add(index.saturating_mul(width));
            let Some(word) = number(at) else { break };
            let (ordinal, name) = if layout == 3 {
                (word & 0xffff, number(at + 4).unwrap_or(u32::MAX))
            } else {
                (word & 0xff, word >> 9)
            };
            let library = commands.libraries.get((ordinal as usize).wrapping_sub(1));
            self.met(named(names, name as usize), library);
        }
        Ok(())
    }

    /// An imported name was met.
    fn met(&mut self, name: &[u8], library: Option<&Vec<u8>>) {
        let Some(function) = name.strip_prefix(b"_") else {
            return;
        };
        let Some((family, purpose)) = self.imports.find(function) else {
            return;
        };
        if self.code.contains_key(family) {
            return;
        }
        let library = library.map(|library| {
            let at = library.iter().rposition(|byte| *byte == b'/');
            &library[at.map_or(0, |at| at + 1)..]
        });
        let recognised = match library.filter(|library| !library.is_empty()) {
            Some(library) => format!("imports {} of {}", shown(function), shown(library)),
            None => format!("imports {}", shown(function)),
        };
        self.code.insert(family.to_owned(), (purpose, recognised));
    }

    /// Bytes of the file, as long as not too many of them were read.
    fn piece(&mut self, offset: u64, size: u64, end: u64) -> io::Result<Vec<u8>> {
        let there = size.min(end.saturating_sub(offset));
        let kept = there.min(self.names_left);
        self.sound.truncated |= kept < there;
        self.names_left -= kept;
        read(self.file, offset, kept, end)
    }
}

/// The name that begins there; nothing where it does not end, or is longer than any function's.
fn named(names: &[u8], at: usize) -> &[u8] {
    let rest = names.get(at..).unwrap_or_default();
    let rest = &rest[..rest.len().min(LONGEST)];
    let end = rest.iter().position(|byte| *byte == 0);
    &rest[..end.unwrap_or(0)]
}

/// A name for people.
fn shown(name: &[u8]) -> String {
    let printable = |byte: &u8| {
        if byte.is_ascii_graphic() {
            char::from(*byte)
        } else {
            '?'
        }
    };
    name.iter().take(SHOWN).map(printable).collect()
}

/// `N_STAB`: any of these bits is a debugger's.
const STAB: u8 = 0xe0;

/// `N_TYPE`: without any of these bits it is defined elsewhere.
const TYPE: u8 = 0x0e;

/// Longest name of a function that is looked at.
const LONGEST: usize = 256;

/// Characters of a name that are told.
const SHOWN: usize = 48;
