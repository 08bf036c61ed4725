//! Finds functions by name in an ELF file, in bounded time and memory whatever the file says.
//!
//! Step: source. Files come from anyone: headers lie, tables overlap, sizes are absurd. So only
//! ranges that were checked are read, every table has a bound, nothing is followed twice, and what
//! does not fit is an error with a name. The file is read piece by piece and never mapped, since
//! whoever owns it may cut it meanwhile. Nothing is known here of what the names mean.

use std::io;

use object::LittleEndian;
use object::elf::{FileHeader64, ProgramHeader64, SectionHeader64, Sym64};
use object::pod::{Pod, slice_from_all_bytes};

/// Something that can be read at any place.
pub trait ReadAt {
    /// Fills `buffer` from `offset` on.
    ///
    /// # Errors
    /// When fewer bytes are there, or they cannot be read.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

impl ReadAt for [u8] {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let begin = usize::try_from(offset).ok();
        let range = begin.and_then(|begin| Some(begin..begin.checked_add(buffer.len())?));
        let Some(found) = range.and_then(|range| self.get(range)) else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        buffer.copy_from_slice(found);
        Ok(())
    }
}

/// A function that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function {
    /// Where it begins in the file.
    pub offset: u64,
    /// Its symbol.
    pub name: Vec<u8>,
}

/// Why a file gives no functions.
#[derive(Debug)]
#[non_exhaustive]
pub enum ElfError {
    /// It is no ELF file, or one of another kind or machine; nothing is wrong with it.
    Foreign,
    /// What its headers say cannot be.
    Malformed(&'static str),
    /// A table is larger than is looked at.
    TooLarge(&'static str),
    /// It cannot be read, or ends before what its headers name.
    Io(io::Error),
}

impl std::fmt::Display for ElfError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Foreign => f.write_str("no 64-bit ELF program or library of this machine"),
            Self::Malformed(what) => write!(f, "malformed ELF file: {what}"),
            Self::TooLarge(what) => write!(f, "ELF file with too large a table: {what}"),
            Self::Io(error) => write!(f, "cannot be read as its headers say: {error}"),
        }
    }
}

impl std::error::Error for ElfError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Foreign | Self::Malformed(_) | Self::TooLarge(_) => None,
        }
    }
}

/// The machine of an ELF header, as far as probes are built for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine(pub u16);

impl Machine {
    /// The machine that this program was built for.
    pub const HERE: Self = Self(if size_of::<usize>() == 8 && IS_ARM {
        object::elf::EM_AARCH64
    } else {
        object::elf::EM_X86_64
    });
}

/// Whether a file that begins with `head` can hold functions at all: a program or library.
#[must_use]
pub fn is_candidate(head: &[u8], machine: Machine) -> bool {
    let word = |at: usize| head.get(at..at + 2).map(|pair| [pair[0], pair[1]]);
    head.starts_with(&MAGIC)
        && word(16).is_some_and(|kind| matches!(u16::from_le_bytes(kind), EXECUTABLE | SHARED))
        && word(18).is_some_and(|found| u16::from_le_bytes(found) == machine.0)
}

/// The functions whose names `wanted` accepts, by their place in the file and one for each place:
/// from the table that the dynamic linker uses and from the full one, where it was not stripped
/// and is not too large.
///
/// # Errors
/// When the file is not of this kind, or its tables cannot be what they say.
pub fn functions(
    file: &(impl ReadAt + ?Sized),
    machine: Machine,
    wanted: &mut dyn FnMut(&[u8]) -> bool,
) -> Result<Vec<Function>, ElfError> {
    let header = header(file, machine)?;
    let segments = segments(file, &header)?;
    let sections = sections(file, &header)?;
    let mut found = Vec::new();
    let mut bytes_left = SYMBOL_BYTES;
    for section in &sections {
        let kind = section.sh_type.get(ENDIAN);
        if kind != object::elf::SHT_DYNSYM && kind != object::elf::SHT_SYMTAB {
            continue;
        }
        let strings = sections
            .get(section.sh_link.get(ENDIAN) as usize)
            .ok_or(ElfError::Malformed("a symbol table names no strings"))?;
        let size = section.sh_size.get(ENDIAN);
        if size > bytes_left || strings.sh_size.get(ENDIAN) > STRING_BYTES {
            if kind == object::elf::SHT_SYMTAB {
                // What is left for debuggers only may be of any size.
                continue;
            }
            return Err(ElfError::TooLarge("symbols"));
        }
        bytes_left -= size;
        let table = Symbols {
            begin: section.sh_offset.get(ENDIAN),
            size,
            strings: text(file, strings)?,
        };
        table.find(file, &segments, wanted, &mut found)?;
        if found.len() >= MOST_FUNCTIONS {
            return Err(ElfError::TooLarge("functions of interest"));
        }
    }
    found.sort_unstable();
    found.dedup_by_key(|function| function.offset);
    Ok(found)
}

/// Reads and checks the file's own header.
fn header(
    file: &(impl ReadAt + ?Sized),
    machine: Machine,
) -> Result<FileHeader64<LittleEndian>, ElfError> {
    let mut bytes = [0; size_of::<FileHeader64<LittleEndian>>()];
    file.read_exact_at(&mut bytes, 0)
        .map_err(|_| ElfError::Foreign)?;
    if !is_candidate(&bytes, machine) {
        return Err(ElfError::Foreign);
    }
    first(&bytes).ok_or(ElfError::Malformed("its header"))
}

/// Where executable code lies: address, size, place in the file.
#[derive(Clone, Copy)]
struct Segment {
    address: u64,
    size: u64,
    offset: u64,
}

fn segments(
    file: &(impl ReadAt + ?Sized),
    header: &FileHeader64<LittleEndian>,
) -> Result<Vec<Segment>, ElfError> {
    let count = u64::from(header.e_phnum.get(ENDIAN));
    if count > MOST_SEGMENTS {
        return Err(ElfError::TooLarge("segments"));
    }
    if usize::from(header.e_phentsize.get(ENDIAN)) != size_of::<ProgramHeader64<LittleEndian>>() {
        return Err(ElfError::Malformed("the size of a segment's header"));
    }
    let table: Vec<ProgramHeader64<LittleEndian>> =
        entries(file, header.e_phoff.get(ENDIAN), count)?;
    Ok(table
        .iter()
        .filter(|segment| {
            segment.p_type.get(ENDIAN) == object::elf::PT_LOAD
                && segment.p_flags.get(ENDIAN) & object::elf::PF_X != 0
        })
        .map(|segment| Segment {
            address: segment.p_vaddr.get(ENDIAN),
            size: segment.p_filesz.get(ENDIAN),
            offset: segment.p_offset.get(ENDIAN),
        })
        .collect())
}

fn sections(
    file: &(impl ReadAt + ?Sized),
    header: &FileHeader64<LittleEndian>,
) -> Result<Vec<SectionHeader64<LittleEndian>>, ElfError> {
    let place = header.e_shoff.get(ENDIAN);
    let count = u64::from(header.e_shnum.get(ENDIAN));
    if place == 0 || count == 0 {
        // Stripped of its sections; only the loader's own tables are left, which are not followed.
        return Ok(Vec::new());
    }
    if count > MOST_SECTIONS {
        return Err(ElfError::TooLarge("sections"));
    }
    if usize::from(header.e_shentsize.get(ENDIAN)) != size_of::<SectionHeader64<LittleEndian>>() {
        return Err(ElfError::Malformed("the size of a section's header"));
    }
    entries(file, place, count)
}

/// A table of symbols.
struct Symbols {
    begin: u64,
    size: u64,
    strings: Vec<u8>,
}

impl Symbols {
    /// Goes through the table piece by piece.
    fn find(
        &self,
        file: &(impl ReadAt + ?Sized),
        segments: &[Segment],
        wanted: &mut dyn FnMut(&[u8]) -> bool,
        found: &mut Vec<Function>,
    ) -> Result<(), ElfError> {
        let size = size_of::<Sym64<LittleEndian>>() as u64;
        let mut left = self.size / size;
        let mut place = self.begin;
        while left != 0 && found.len() < MOST_FUNCTIONS {
            let count = left.min(PIECE);
            let piece: Vec<Sym64<LittleEndian>> = entries(file, place, count)?;
            for symbol in &piece {
                if let Some(name) = self.function(symbol)
                    && wanted(name)
                    && let Some(offset) = place_in_file(segments, symbol.st_value.get(ENDIAN))
                {
                    found.push(Function {
                        offset,
                        name: name.to_vec(),
                    });
                }
            }
            left -= count;
            place = place
                .checked_add(count * size)
                .ok_or(ElfError::Malformed("the place of its symbols"))?;
        }
        Ok(())
    }

    /// The name of a symbol that is a function of this file.
    fn function(&self, symbol: &Sym64<LittleEndian>) -> Option<&[u8]> {
        let defined = symbol.st_shndx.get(ENDIAN) != object::elf::SHN_UNDEF;
        if !defined || symbol.st_info & 0xf != object::elf::STT_FUNC {
            return None;
        }
        let rest = self.strings.get(symbol.st_name.get(ENDIAN) as usize..)?;
        let rest = &rest[..rest.len().min(LONGEST_NAME + 1)];
        let length = rest.iter().position(|byte| *byte == 0)?;
        Some(&rest[..length])
    }
}

/// Where an address of code lies in the file.
fn place_in_file(segments: &[Segment], address: u64) -> Option<u64> {
    segments.iter().find_map(|segment| {
        let inside = address.checked_sub(segment.address)?;
        (inside < segment.size)
            .then(|| segment.offset.checked_add(inside))
            .flatten()
    })
}

/// Reads a section of strings, whose size the caller has checked.
fn text(
    file: &(impl ReadAt + ?Sized),
    section: &SectionHeader64<LittleEndian>,
) -> Result<Vec<u8>, ElfError> {
    let size = section.sh_size.get(ENDIAN);
    read(file, section.sh_offset.get(ENDIAN), size as usize)
}

/// Reads `count` entries of a table; the caller has bounded the count.
fn entries<T: Pod + Copy>(
    file: &(impl ReadAt + ?Sized),
    place: u64,
    count: u64,
) -> Result<Vec<T>, ElfError> {
    let bytes = read(file, place, count as usize * size_of::<T>())?;
    slice_from_all_bytes(&bytes)
        .map(<[T]>::to_vec)
        .map_err(|()| ElfError::Malformed("a table"))
}

fn read(file: &(impl ReadAt + ?Sized), place: u64, size: usize) -> Result<Vec<u8>, ElfError> {
    let mut bytes = vec![0; size];
    file.read_exact_at(&mut bytes, place)
        .map_err(ElfError::Io)?;
    Ok(bytes)
}

fn first<T: Pod + Copy>(bytes: &[u8]) -> Option<T> {
    object::pod::from_bytes::<T>(bytes)
        .ok()
        .map(|(value, _)| *value)
}

const ENDIAN: LittleEndian = LittleEndian;
/// ELF, 64 bits, little-endian.
const MAGIC: [u8; 6] = [0x7f, b'E', b'L', b'F', 2, 1];
const EXECUTABLE: u16 = object::elf::ET_EXEC;
const SHARED: u16 = object::elf::ET_DYN;
/// The architecture, without a switch for it: instructions of arm64 are told by the target's name.
const IS_ARM: bool = matches!(std::env::consts::ARCH.as_bytes(), b"aarch64");

/// Names that are longer are not looked up.
const LONGEST_NAME: usize = 255;
/// The kernel itself takes no more than 64 KiB of segment headers.
const MOST_SEGMENTS: u64 = 1024;
const MOST_SECTIONS: u64 = 8192;
/// Symbols that are read at once.
const PIECE: u64 = 2048;
/// Bytes of symbols that are read of one file: a million of them.
const SYMBOL_BYTES: u64 = 24 << 20;
/// Largest table of names that is read.
const STRING_BYTES: u64 = 8 << 20;
/// Functions of interest in one file; no library has a tenth of it.
const MOST_FUNCTIONS: usize = 1024;

#[cfg(test)]
mod tests;
