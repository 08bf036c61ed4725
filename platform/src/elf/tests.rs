//! Functions of small files built here, and files that lie.

use std::cell::Cell;
use std::io;

use proptest::prelude::*;

use super::*;

/// A library with one executable segment (address 0x1000, at 0x400 of the file) and these symbols:
/// name, value, whether it is defined and a function.
fn library(symbols: &[(&str, u64, bool)]) -> Vec<u8> {
    let mut strings = vec![0];
    let mut table = vec![0; 24];
    for (name, value, is_function) in symbols {
        table.extend((strings.len() as u32).to_le_bytes());
        table.extend([if *is_function { 0x12 } else { 0x11 }, 0, 1, 0]);
        table.extend(value.to_le_bytes());
        table.extend(16_u64.to_le_bytes());
        strings.extend(name.as_bytes());
        strings.push(0);
    }
    let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let machine = Machine::HERE.0;
    for half in [SHARED, machine] {
        file.extend(half.to_le_bytes());
    }
    file.extend(1_u32.to_le_bytes());
    for word in [0_u64, 64, 0x800] {
        file.extend(word.to_le_bytes());
    }
    file.extend(0_u32.to_le_bytes());
    for half in [64_u16, 56, 1, 64, 3, 0] {
        file.extend(half.to_le_bytes());
    }
    file.extend(object::elf::PT_LOAD.to_le_bytes());
    file.extend((object::elf::PF_X | 4).to_le_bytes());
    for word in [0x400_u64, 0x1000, 0x1000, 0x100, 0x100, 0x1000] {
        file.extend(word.to_le_bytes());
    }
    file.resize(0x400, 0);
    file.resize(0x500, 0x90);
    let table_at = file.len() as u64;
    file.extend(&table);
    let strings_at = file.len() as u64;
    file.extend(&strings);
    file.resize(0x800, 0);
    file.extend([0; 64]);
    for (kind, at, size, link) in [
        (object::elf::SHT_DYNSYM, table_at, table.len(), 2_u32),
        (object::elf::SHT_STRTAB, strings_at, strings.len(), 0),
    ] {
        file.extend(0_u32.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend([0; 16]);
        file.extend(at.to_le_bytes());
        file.extend((size as u64).to_le_bytes());
        file.extend(link.to_le_bytes());
        file.extend([0; 20]);
    }
    file
}

fn found(file: &[u8]) -> Result<Vec<(String, u64)>, String> {
    functions(file, Machine::HERE, &mut |name| name.starts_with(b"pack"))
        .map(|functions| {
            let named = |it: Function| (String::from_utf8_lossy(&it.name).into_owned(), it.offset);
            functions.into_iter().map(named).collect()
        })
        .map_err(|error| error.to_string())
}

/// Bytes that count what is read of them, behind which a file of any size seems to lie.
struct Counting<'b> {
    bytes: &'b [u8],
    read: Cell<u64>,
}

impl ReadAt for Counting<'_> {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.read.set(self.read.get() + buffer.len() as u64);
        buffer.fill(0xa5);
        let begin = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = self.bytes.get(begin..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(())
    }
}

#[test]
fn functions_by_their_place_in_the_file() {
    let file = library(&[
        ("pack_second", 0x1040, true),
        ("unpack", 0x1010, true),
        ("pack_first", 0x1000, true),
        ("pack_table", 0x1020, false),
        ("pack_elsewhere", 0x9000, true),
        ("pack_alias", 0x1040, true),
    ]);
    let expected = vec![
        ("pack_first".to_owned(), 0x400),
        ("pack_alias".to_owned(), 0x440),
    ];
    assert_eq!(found(&file), Ok(expected));
}

#[test]
fn a_file_of_another_kind_is_foreign() {
    let whole = library(&[("pack", 0x1000, true)]);
    for (at, value) in [(0, 0), (4, 1), (5, 2), (16, 1), (18, 3)] {
        let mut file = whole.clone();
        file[at] = value;
        assert!(
            found(&file).unwrap_err().starts_with("no 64-bit"),
            "byte {at}"
        );
        assert!(!is_candidate(&file, Machine::HERE));
    }
    assert!(found(b"").is_err());
    assert!(is_candidate(&whole, Machine::HERE));
}

#[test]
fn a_cut_file_is_told_as_such() {
    let whole = library(&[("pack", 0x1000, true)]);
    for length in [70, 0x4ff, 0x520, 0x7ff, whole.len() - 1] {
        let error = found(&whole[..length]).unwrap_err();
        assert!(error.starts_with("cannot be read"), "{length}: {error}");
    }
}

#[test]
fn tables_of_absurd_size_are_not_read() {
    let whole = library(&[("pack", 0x1000, true)]);
    // The size of the symbols, then of the names.
    for at in [0x800 + 64 + 32, 0x800 + 128 + 32] {
        let mut file = whole.clone();
        file[at..at + 8].copy_from_slice(&(1_u64 << 40).to_le_bytes());
        assert!(found(&file).unwrap_err().contains("too large"));
    }
    let mut file = whole;
    file[60..62].copy_from_slice(&u16::MAX.to_le_bytes());
    assert!(found(&file).unwrap_err().contains("too large"));
}

#[test]
fn a_table_that_is_its_own_names_ends() {
    let mut file = library(&[("pack", 0x1000, true)]);
    let link = 0x800 + 64 + 40;
    file[link..link + 4].copy_from_slice(&1_u32.to_le_bytes());
    assert_eq!(found(&file), Ok(Vec::new()));
    file[link..link + 4].copy_from_slice(&77_u32.to_le_bytes());
    assert!(found(&file).unwrap_err().starts_with("malformed"));
}

#[test]
fn what_a_file_makes_us_read_is_bounded() {
    let mut bytes = library(&[("pack", 0x1000, true)]);
    // As many sections as are looked at, each a table of symbols as large as is read.
    let count = MOST_SECTIONS as u16;
    bytes[60..62].copy_from_slice(&count.to_le_bytes());
    let section = bytes[0x840..0x880].to_vec();
    bytes.truncate(0x800);
    for _ in 0..count {
        let mut section = section.clone();
        section[32..40].copy_from_slice(&(SYMBOL_BYTES / 2).to_le_bytes());
        section[40..44].copy_from_slice(&0_u32.to_le_bytes());
        bytes.extend(section);
    }
    let file = Counting {
        bytes: &bytes,
        read: Cell::new(0),
    };
    let outcome = functions(&file, Machine::HERE, &mut |_| true);
    assert!(matches!(outcome, Err(ElfError::TooLarge(_))), "{outcome:?}");
    let bound = 2 * SYMBOL_BYTES + 3 * STRING_BYTES + (MOST_SECTIONS << 6) + (1 << 20);
    assert!(file.read.get() <= bound, "{} bytes", file.read.get());
}

#[test]
fn this_very_program_has_its_functions() {
    let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let outcome = functions(&*own, Machine::HERE, &mut |name| name == b"main");
    // A debug build may have more names than are read; then it says nothing, and no more.
    if let Ok(functions) = outcome {
        assert!(functions.len() <= 1);
    }
}

proptest! {
    #[test]
    fn changed_bytes_do_no_harm(
        changes in prop::collection::vec((0_usize..0x8c0, any::<u8>()), 1..24),
        length in 0_usize..0x900,
    ) {
        let mut file = library(&[("pack", 0x1000, true), ("pack_again", 0x10f0, true)]);
        for (at, value) in changes {
            if let Some(byte) = file.get_mut(at) {
                *byte = value;
            }
        }
        file.truncate(length);
        if let Ok(functions) = found(&file) {
            prop_assert!(functions.len() <= MOST_FUNCTIONS);
        }
    }
}
