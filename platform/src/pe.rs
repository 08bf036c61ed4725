//! What a Windows program's file says of itself: names in its version resource, and whether it
//! carries a signature.
//!
//! Step: source, for the identity of programs. Pure, and meant for hostile files. Invariants: few
//! pieces of bounded size are read, whatever the file claims ([`MOST_READS`], [`LONGEST_PIECE`]);
//! no offset of the file is believed before the bytes are there. That a signature is present says
//! nothing of its being valid.

mod version;

use ring_abi::{Known, Tag};

use crate::looks::sampling::Pieces;

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pe {
    /// `OriginalFilename`.
    pub original_name: Option<String>,
    /// `ProductName`.
    pub product: Option<String>,
    /// `CompanyName`.
    pub company: Option<String>,
    /// Whether there is a table of certificates (Authenticode).
    pub signed: bool,
}

impl Pe {
    /// What a start's record tells of it.
    pub(crate) fn fields(&self) -> [(Tag, Option<&[u8]>); 3] {
        [
            (Tag::ORIGINAL_NAME, &self.original_name),
            (Tag::PRODUCT, &self.product),
            (Tag::COMPANY, &self.company),
        ]
        .map(|(tag, text)| (tag, text.as_deref().map(str::as_bytes)))
    }

    /// What a start's record knows of the signature.
    pub(crate) fn signature(&self) -> Known {
        if self.signed {
            Known::SIGNED
        } else {
            Known::UNSIGNED
        }
    }
}

/// What a file says of itself; none where it is no program of Windows.
#[must_use]
pub fn read(file: &mut dyn Pieces) -> Option<Pe> {
    let mut reader = Reader { file, reads: 0 };
    let dos = reader.piece(0, 64)?;
    if !dos.starts_with(b"MZ") {
        return None;
    }
    let header = u64::from(u32_at(&dos, 60)?);
    let head = reader.piece(header, 24)?;
    if !head.starts_with(b"PE\0\0") {
        return None;
    }
    let sections = usize::from(u16_at(&head, 6)?).min(MOST_SECTIONS);
    let length = usize::from(u16_at(&head, 20)?);
    let optional = reader.piece(header + 24, length.min(LONGEST_HEADER))?;
    let directories = match u16_at(&optional, 0)? {
        0x10b => 96,
        0x20b => 112,
        _ => return None,
    };
    let count = u32_at(&optional, directories - 4)? as usize;
    let directory = |index: usize| -> Option<(u32, u32)> {
        if index >= count {
            return None;
        }
        let at = directories + 8 * index;
        Some((u32_at(&optional, at)?, u32_at(&optional, at + 4)?))
    };
    let mut pe = Pe {
        signed: directory(4).is_some_and(|(at, size)| at != 0 && size != 0),
        ..Pe::default()
    };
    let Some((resources, _)) = directory(2).filter(|(at, size)| *at != 0 && *size != 0) else {
        return Some(pe);
    };
    let table = reader.piece(header + 24 + length as u64, 40 * sections)?;
    if let Some(bytes) = reader.version(&Sections(table), resources) {
        version::take(&bytes, &mut pe);
    }
    Some(pe)
}

/// Where parts of the image are in the file.
struct Sections(Vec<u8>);

impl Sections {
    /// The place in the file of an address in the image.
    fn place(&self, address: u32) -> Option<u64> {
        self.0.as_chunks::<40>().0.iter().find_map(|section| {
            let (size, begin) = (u32_at(section, 16)?, u32_at(section, 12)?);
            let within = address.checked_sub(begin).filter(|within| *within < size)?;
            Some(u64::from(u32_at(section, 20)?) + u64::from(within))
        })
    }
}

/// Reads pieces as long as there are not too many.
struct Reader<'f> {
    file: &'f mut dyn Pieces,
    reads: u32,
}

impl Reader<'_> {
    /// Bytes at an offset; none where not all of them are there.
    fn piece(&mut self, offset: u64, length: usize) -> Option<Vec<u8>> {
        self.reads += 1;
        if self.reads > MOST_READS || length > LONGEST_PIECE {
            return None;
        }
        let mut piece = vec![0; length];
        (self.file.read_at(offset, &mut piece) == length).then_some(piece)
    }

    /// The version resource: the first of its kind, in its first language.
    fn version(&mut self, sections: &Sections, resources: u32) -> Option<Vec<u8>> {
        let root = sections.place(resources)?;
        let types = self.entries(root)?;
        let (_, versions) = types.into_iter().find(|(name, _)| *name == RT_VERSION)?;
        let (_, languages) = self.below(root, versions)?;
        let (_, data) = self.below(root, languages)?;
        if data & DIRECTORY != 0 {
            return None;
        }
        let entry = self.piece(root + u64::from(data), 16)?;
        let (address, size) = (u32_at(&entry, 0)?, u32_at(&entry, 4)? as usize);
        self.piece(sections.place(address)?, size.min(LONGEST_PIECE))
    }

    /// The first entry of the directory that an entry leads to.
    fn below(&mut self, root: u64, entry: u32) -> Option<(u32, u32)> {
        if entry & DIRECTORY == 0 {
            return None;
        }
        let entries = self.entries(root + u64::from(entry & !DIRECTORY))?;
        entries.first().copied()
    }

    /// Names and offsets of a directory's entries.
    fn entries(&mut self, at: u64) -> Option<Vec<(u32, u32)>> {
        let head = self.piece(at, 16)?;
        let count = usize::from(u16_at(&head, 12)?) + usize::from(u16_at(&head, 14)?);
        let bytes = self.piece(at + 16, 8 * count.min(MOST_ENTRIES))?;
        let entries = bytes.as_chunks::<8>().0.iter();
        entries
            .map(|entry| Some((u32_at(entry, 0)?, u32_at(entry, 4)?)))
            .collect()
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Kind of the version resource.
const RT_VERSION: u32 = 16;

/// An entry leads to a directory.
const DIRECTORY: u32 = 1 << 31;

/// Pieces that are read of one file.
pub const MOST_READS: u32 = 16;

/// Bytes of a piece.
pub const LONGEST_PIECE: usize = 64 << 10;

const LONGEST_HEADER: usize = 1024;
const MOST_SECTIONS: usize = 96;
const MOST_ENTRIES: usize = 4096;

#[cfg(test)]
mod tests;
