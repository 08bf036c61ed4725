//! Which parts of an ELF file hold data rather than code, names of imports or debug information.
//!
//! Step: source, for the enrichment. The layouts are the `object` crate's; what is read is bounded
//! here, because the file may lie about everything: a section may claim to be anywhere, of any
//! size, any number of times. What cannot be made sense of is told, and the caller takes the whole
//! file instead.

use std::io::{self, Read, Seek, SeekFrom};

use object::elf;
use object::endian::Endianness;
use object::pod::{self, Pod};
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};

/// A stretch of the file that is worth searching.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stretch {
    pub(super) offset: u64,
    pub(super) size: u64,
    /// It holds the names of Go's functions.
    pub(super) go: bool,
}

/// What is known of a file's parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parts {
    /// It is no ELF file.
    Foreign,
    /// It is, and does not make sense.
    Malformed(&'static str),
    /// These hold data.
    Data(Vec<Stretch>),
}

/// Finds the parts of a file of this length.
pub(super) fn parts<R: Read + Seek>(file: &mut R, length: u64) -> io::Result<Parts> {
    let size = size_of::<elf::FileHeader64<Endianness>>() as u64;
    let header = read(file, 0, size, length)?;
    match header.get(..5) {
        Some([0x7f, b'E', b'L', b'F', 2]) => {
            of::<elf::FileHeader64<Endianness>, R>(file, &header, length)
        }
        Some([0x7f, b'E', b'L', b'F', 1]) => {
            of::<elf::FileHeader32<Endianness>, R>(file, &header, length)
        }
        Some([0x7f, b'E', b'L', b'F', _]) => Ok(Parts::Malformed("unknown class")),
        _ => Ok(Parts::Foreign),
    }
}

fn of<E, R>(file: &mut R, header: &[u8], length: u64) -> io::Result<Parts>
where
    E: FileHeader<Endian = Endianness>,
    R: Read + Seek,
{
    let Ok((header, _)) = pod::from_bytes::<E>(header) else {
        return Ok(Parts::Malformed("cut header"));
    };
    let Ok(endian) = header.endian() else {
        return Ok(Parts::Malformed("unknown byte order"));
    };
    let sections = sections::<E, R>(file, header, endian, length)?;
    Ok(match sections {
        Ok(found) if !found.is_empty() => Parts::Data(found),
        Ok(_) => match segments::<E, R>(file, header, endian, length)? {
            Ok(found) if !found.is_empty() => Parts::Data(found),
            Ok(_) => Parts::Malformed("neither sections nor segments hold data"),
            Err(problem) => Parts::Malformed(problem),
        },
        Err(problem) => Parts::Malformed(problem),
    })
}

type Found = Result<Vec<Stretch>, &'static str>;

/// The sections that are loaded, hold bytes and no code.
fn sections<E, R>(file: &mut R, header: &E, endian: Endianness, length: u64) -> io::Result<Found>
where
    E: FileHeader<Endian = Endianness>,
    R: Read + Seek,
{
    let count = u64::from(header.e_shnum(endian));
    if count == 0 {
        return Ok(Ok(Vec::new()));
    }
    if usize::from(header.e_shentsize(endian)) != size_of::<E::SectionHeader>() {
        return Ok(Err("section headers of another size"));
    }
    let offset: u64 = header.e_shoff(endian).into();
    let table = table::<E::SectionHeader, R>(file, offset, count, length)?;
    let Some(all) = slice::<E::SectionHeader>(&table, count) else {
        return Ok(Err("section headers beyond the file's end"));
    };
    let names = match all.get(usize::from(header.e_shstrndx(endian))) {
        Some(names) => {
            let size: u64 = names.sh_size(endian).into();
            read(
                file,
                names.sh_offset(endian).into(),
                size.min(LONGEST_NAMES),
                length,
            )?
        }
        None => Vec::new(),
    };
    let mut found = Vec::new();
    for section in all {
        let flags: u64 = section.sh_flags(endian).into();
        let loaded = flags & u64::from(elf::SHF_ALLOC) != 0;
        let code = flags & u64::from(elf::SHF_EXECINSTR) != 0;
        let name = name(&names, section.sh_name(endian));
        let frames = name.starts_with(b".eh_frame") || name.starts_with(b".gcc_except");
        if section.sh_type(endian) != elf::SHT_PROGBITS || !loaded || code || frames {
            continue;
        }
        let go = name.ends_with(b".gopclntab");
        let (offset, size) = (
            section.sh_offset(endian).into(),
            section.sh_size(endian).into(),
        );
        let stretch = within(offset, size, go, length);
        found.extend(match stretch {
            Some(stretch) if go => Some(names_of_go(file, stretch, endian, length)?),
            other => other,
        });
    }
    Ok(Ok(found))
}

/// The segments that are loaded and hold no code, for files whose sections were taken away.
fn segments<E, R>(file: &mut R, header: &E, endian: Endianness, length: u64) -> io::Result<Found>
where
    E: FileHeader<Endian = Endianness>,
    R: Read + Seek,
{
    let count = u64::from(header.e_phnum(endian));
    if count == 0 {
        return Ok(Ok(Vec::new()));
    }
    if usize::from(header.e_phentsize(endian)) != size_of::<E::ProgramHeader>() {
        return Ok(Err("program headers of another size"));
    }
    let offset = header.e_phoff(endian).into();
    let table = table::<E::ProgramHeader, R>(file, offset, count, length)?;
    let Some(all) = slice::<E::ProgramHeader>(&table, count) else {
        return Ok(Err("program headers beyond the file's end"));
    };
    let loaded = all
        .iter()
        .filter(|segment| segment.p_type(endian) == elf::PT_LOAD);
    let data = loaded.filter(|segment| segment.p_flags(endian) & elf::PF_X == 0);
    Ok(Ok(data
        .filter_map(|segment| {
            within(
                segment.p_offset(endian).into(),
                segment.p_filesz(endian).into(),
                false,
                length,
            )
        })
        .collect()))
}

/// The names of functions alone, of a table that mostly tells where which line is; all of the table
/// where its header is not understood.
///
/// Go 1.16 and later: magic, two zeros, size of an instruction and of a pointer, then pointer-sized
/// numbers: functions, files, from 1.18 on the begin of the code, where the names are, and where
/// what follows them is.
fn names_of_go<R: Read + Seek>(
    file: &mut R,
    table: Stretch,
    endian: Endianness,
    length: u64,
) -> io::Result<Stretch> {
    let header = read(file, table.offset, 8 + 8 * 8, length)?;
    let number = |at: usize, size: usize| -> Option<u64> {
        let bytes = header.get(at..at + size)?;
        let mut wide = [0; 8];
        Some(match endian {
            Endianness::Little => {
                wide[..size].copy_from_slice(bytes);
                u64::from_le_bytes(wide)
            }
            Endianness::Big => {
                wide[8 - size..].copy_from_slice(bytes);
                u64::from_be_bytes(wide)
            }
        })
    };
    let names = || -> Option<Stretch> {
        let before = match number(0, 4)? {
            0xffff_fffa => 2,
            0xffff_fff0 | 0xffff_fff1 => 3,
            _ => return None,
        };
        let width = usize::from(*header.get(7)?);
        if width != 4 && width != 8 {
            return None;
        }
        let (from, to) = (
            number(8 + before * width, width)?,
            number(8 + (before + 1) * width, width)?,
        );
        (from < to && to <= table.size).then_some(Stretch {
            offset: table.offset + from,
            size: to - from,
            go: true,
        })
    };
    Ok(names().unwrap_or(table))
}

/// The part of a claimed stretch that is in the file.
pub(super) fn within(offset: u64, size: u64, go: bool, length: u64) -> Option<Stretch> {
    let size = size.min(length.checked_sub(offset)?);
    (size > 0).then_some(Stretch { offset, size, go })
}

/// The bytes of a table of headers; at most [`MOST_HEADERS`] of them.
fn table<T, R: Read + Seek>(
    file: &mut R,
    offset: u64,
    count: u64,
    length: u64,
) -> io::Result<Vec<u8>> {
    let size = count.min(MOST_HEADERS) * size_of::<T>() as u64;
    read(file, offset, size, length)
}

fn slice<T: Pod>(table: &[u8], count: u64) -> Option<&[T]> {
    let (all, _) = pod::slice_from_bytes(table, count.min(MOST_HEADERS) as usize).ok()?;
    Some(all)
}

/// Up to the terminating NUL.
fn name(names: &[u8], at: u32) -> &[u8] {
    let rest = names.get(at as usize..).unwrap_or_default();
    rest.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Bytes of the file; fewer at its end, none beyond it, where a system may refuse to go.
pub(super) fn read<R: Read + Seek>(
    file: &mut R,
    offset: u64,
    size: u64,
    length: u64,
) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if offset >= length {
        return Ok(bytes);
    }
    file.seek(SeekFrom::Start(offset))?;
    file.take(size).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// More sections than any linker makes of a program.
const MOST_HEADERS: u64 = 4_096;

/// Longest table of section names.
const LONGEST_NAMES: u64 = 65_536;
