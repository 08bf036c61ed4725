//! One image: its load commands, and what they lead to.
//!
//! Step: source, for the enrichment.

use std::io::{self, Read, Seek};

use object::macho::{MachHeader64, S_ATTR_PURE_INSTRUCTIONS, S_ATTR_SOME_INSTRUCTIONS, Section64};
use object::pod;
use object::read::macho::{LoadCommandVariant, MachHeader as _, Segment as _};
use object::{Endianness, macho};

use super::names::Tables;
use super::{ENDIAN, Reader};
use crate::fingerprint::elf::{Stretch, read, within};

/// What the load commands say.
#[derive(Default)]
pub(super) struct Commands {
    /// Libraries in the order in which imports number them.
    pub(super) libraries: Vec<Vec<u8>>,
    pub(super) tables: Tables,
    stretches: Vec<Stretch>,
}

impl<R: Read + Seek> Reader<'_, R> {
    /// Reads an image that lies at an offset; says what does not make sense in it.
    pub(super) fn image(&mut self, offset: u64, size: u64) -> io::Result<Result<(), &'static str>> {
        if offset >= self.length || size == 0 {
            return Ok(Err("an image beyond the file's end"));
        }
        let end = offset.saturating_add(size).min(self.length);
        let head = read(
            self.file,
            offset,
            size_of::<MachHeader64<Endianness>>() as u64,
            end,
        )?;
        let Ok((header, _)) = pod::from_bytes::<MachHeader64<Endianness>>(&head) else {
            return Ok(Err("cut header"));
        };
        if header.magic.get(object::BigEndian) != super::LITTLE_64 {
            return Ok(Err("an image of an unknown kind"));
        }
        let wanted = u64::from(header.sizeofcmds(ENDIAN));
        if wanted > MOST_COMMANDS {
            return Ok(Err("load commands without end"));
        }
        let all = read(self.file, offset, head.len() as u64 + wanted, end)?;
        let commands = match commands(&all, offset, end) {
            Ok(commands) => commands,
            Err(problem) => return Ok(Err(problem)),
        };
        self.imports_of(&commands, offset, end)?;
        self.sound.stretches.extend(commands.stretches);
        Ok(Ok(()))
    }
}

/// Reads the load commands of an image.
fn commands(all: &[u8], offset: u64, end: u64) -> Result<Commands, &'static str> {
    let (header, _) =
        pod::from_bytes::<MachHeader64<Endianness>>(all).map_err(|()| "cut header")?;
    let mut walk = header
        .load_commands(ENDIAN, all, 0)
        .map_err(|_| "load commands beyond the file's end")?;
    let mut found = Commands::default();
    while let Some(command) = walk.next().map_err(|_| "a load command of no sense")? {
        // A single one that does not make sense says nothing of the others.
        match command.variant() {
            Ok(LoadCommandVariant::Segment64(segment, sections)) => {
                let Ok(sections) = segment.sections(ENDIAN, sections) else {
                    return Err("a segment's sections");
                };
                let data = sections
                    .iter()
                    .filter_map(|section| data(section, offset, end));
                found.stretches.extend(data);
            }
            Ok(LoadCommandVariant::Dylib(library)) => {
                let name = command.string(ENDIAN, library.dylib.name);
                found.libraries.push(name.unwrap_or_default().to_vec());
            }
            Ok(LoadCommandVariant::Symtab(table)) => {
                found.tables.symbols = u64::from(table.symoff.get(ENDIAN));
                found.tables.count = table.nsyms.get(ENDIAN);
                found.tables.strings = u64::from(table.stroff.get(ENDIAN));
                found.tables.strings_size = u64::from(table.strsize.get(ENDIAN));
            }
            Ok(LoadCommandVariant::Dysymtab(table)) => {
                found.tables.imports =
                    Some((table.iundefsym.get(ENDIAN), table.nundefsym.get(ENDIAN)));
            }
            Ok(LoadCommandVariant::LinkeditData(data))
                if command.cmd() == macho::LC_DYLD_CHAINED_FIXUPS =>
            {
                found.tables.fixups = Some((
                    u64::from(data.dataoff.get(ENDIAN)),
                    u64::from(data.datasize.get(ENDIAN)),
                ));
            }
            _ => {}
        }
    }
    Ok(found)
}

/// The stretch of a section that holds data; none for code, for what is only room, and for tables
/// of the linker's.
fn data(section: &Section64<Endianness>, offset: u64, end: u64) -> Option<Stretch> {
    let flags = section.flags.get(ENDIAN);
    let is_code = flags & (S_ATTR_PURE_INSTRUCTIONS | S_ATTR_SOME_INSTRUCTIONS) != 0;
    let kind = flags & macho::SECTION_TYPE;
    let is_room = matches!(
        kind,
        macho::S_ZEROFILL | macho::S_GB_ZEROFILL | macho::S_THREAD_LOCAL_ZEROFILL
    );
    let name = text(&section.sectname);
    let is_frames = FRAMES.contains(&name) || text(&section.segname) == b"__DWARF";
    let at = u64::from(section.offset.get(ENDIAN));
    if is_code || is_room || is_frames || at == 0 {
        return None;
    }
    within(
        offset.checked_add(at)?,
        section.size.get(ENDIAN),
        name == b"__gopclntab",
        end,
    )
}

/// A name that ends where its room does, or with a zero.
fn text(name: &[u8; 16]) -> &[u8] {
    let end = name.iter().position(|byte| *byte == 0);
    &name[..end.unwrap_or(name.len())]
}

const FRAMES: [&[u8]; 3] = [b"__unwind_info", b"__eh_frame", b"__gcc_except_tab"];

/// Bytes of load commands; large programs have 20 KiB.
const MOST_COMMANDS: u64 = 1 << 20;
