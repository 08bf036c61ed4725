//! What a program or library of macOS says of itself: which of its parts hold data, and which
//! packing functions it takes from which libraries.
//!
//! Step: source, for the enrichment. The layouts and the walk over load commands are the `object`
//! crate's; what is read is bounded here, because the file may lie about everything. A fat file
//! holds an image for each architecture, of which several are read. Invariants: bytes, memory and
//! steps have a bound whatever the file claims; nothing leads from an image to another.

mod image;
mod names;

use std::collections::BTreeMap;
use std::io::{self, Read, Seek};

use object::macho::{self, FatArch32, FatArch64, FatHeader};
use object::pod;
use object::{BigEndian, Endianness};

use super::elf::{Stretch, read};
use super::imports::Imports;
use super::{Code, CodePurpose};

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mach {
    /// It is none of macOS.
    Foreign,
    /// It is, and does not make sense.
    Malformed(&'static str),
    /// It is one.
    Sound(Sound),
}

/// A file that makes sense.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sound {
    /// Where data is.
    pub(super) stretches: Vec<Stretch>,
    /// Packing functions that it imports: one for each family.
    pub(super) code: Vec<Code>,
    /// Not all of its imports were looked at.
    pub(super) truncated: bool,
}

/// What reading has found, and what it may still cost.
struct Reader<'r, R> {
    file: &'r mut R,
    length: u64,
    imports: &'r Imports,
    /// Bytes of names that may still be read.
    names_left: u64,
    code: BTreeMap<String, (CodePurpose, String)>,
    sound: Sound,
}

/// Reads a file of this length.
pub(super) fn look<R: Read + Seek>(
    file: &mut R,
    length: u64,
    imports: &Imports,
) -> io::Result<Mach> {
    let head = read(file, 0, 32, length)?;
    let Some(magic) = head.first_chunk().map(|magic| u32::from_be_bytes(*magic)) else {
        return Ok(Mach::Foreign);
    };
    let slices = match magic {
        // As a number of the other byte order: all that run are little-endian, with 64 bits.
        LITTLE_64 => vec![(0, length)],
        macho::FAT_MAGIC => match slices::<FatArch32, R>(file, &head, length)? {
            Some(slices) => slices,
            // A class of Java begins so, too; its version is larger than any number of images.
            None => return Ok(Mach::Foreign),
        },
        macho::FAT_MAGIC_64 => match slices::<FatArch64, R>(file, &head, length)? {
            Some(slices) => slices,
            None => return Ok(Mach::Foreign),
        },
        _ => return Ok(Mach::Foreign),
    };
    let mut reader = Reader {
        file,
        length,
        imports,
        names_left: MOST_NAMES,
        code: BTreeMap::new(),
        sound: Sound::default(),
    };
    let mut problem = Some("no image in it");
    let mut is_sound = false;
    for (offset, size) in slices {
        match reader.image(offset, size)? {
            Ok(()) => is_sound = true,
            Err(why) => problem = Some(why),
        }
    }
    let Reader {
        mut sound, code, ..
    } = reader;
    if let Some(problem) = problem.filter(|_| !is_sound) {
        return Ok(Mach::Malformed(problem));
    }
    sound.code = code
        .into_iter()
        .map(|(family, (purpose, recognised))| Code {
            family,
            purpose,
            recognised,
        })
        .collect();
    Ok(Mach::Sound(sound))
}

/// Where the images of a fat file are; none where it is none.
fn slices<A, R>(file: &mut R, head: &[u8], length: u64) -> io::Result<Option<Vec<(u64, u64)>>>
where
    A: object::read::macho::FatArch,
    R: Read + Seek,
{
    let Ok((header, _)) = pod::from_bytes::<FatHeader>(head) else {
        return Ok(None);
    };
    let count = header.nfat_arch.get(BigEndian);
    if count == 0 || count > MOST_IMAGES {
        return Ok(None);
    }
    let size = u64::from(count) * size_of::<A>() as u64;
    let table = read(file, size_of::<FatHeader>() as u64, size, length)?;
    let Ok((all, _)) = pod::slice_from_bytes::<A>(&table, count as usize) else {
        return Ok(None);
    };
    let all = all
        .iter()
        .map(|image| (image.offset().into(), image.size().into()));
    Ok(Some(all.collect()))
}

/// Every processor that runs macOS 13 has this byte order.
const ENDIAN: Endianness = Endianness::Little;

/// `MH_MAGIC_64` of a little-endian file, read the other way round.
const LITTLE_64: u32 = macho::MH_MAGIC_64.swap_bytes();

/// Images in a fat file; there are two or three in practice.
const MOST_IMAGES: u32 = 16;

/// Bytes of symbols and names that are read of one file.
const MOST_NAMES: u64 = 16 << 20;

#[cfg(test)]
mod tests;
