//! What was looked up about a process or a file, put into the record that asks for it.
//!
//! Step: source. Not every system's events carry command lines, and none carry contents, so both are
//! looked up after the fact. Invariants: what a record knows already stays; what could not be looked up stays unknown.

use std::sync::Arc;

use ring_abi::{Body, Encoder, Flags, Header, Kind, Known, MAX_RECORD, Tag, decode};

use crate::encode::split;
use crate::pe::Pe;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// About a process.
    Process(About),
    /// About a file.
    File(Sample),
    /// It is gone, or is another one by now.
    Nothing,
}

/// What a process or its program says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Its command line.
    pub line: Option<Vec<u8>>,
    /// Its user, as `DOMAIN\name` or as a security identifier.
    pub user: Option<Vec<u8>>,
    /// Its integrity, as the identifier of the label.
    pub integrity: Option<Vec<u8>>,
    /// What its program's file says of itself.
    pub program: Option<Arc<Pe>>,
    /// The program's device and file number.
    pub file: Option<(u64, u64)>,
}

/// Samples of a file's content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Its device.
    pub device: u64,
    /// Its number.
    pub inode: u64,
    /// Its size.
    pub size: u64,
    /// Its first bytes.
    pub head: Vec<u8>,
    /// Bytes from the middle.
    pub middle: Vec<u8>,
    /// Its last bytes.
    pub tail: Vec<u8>,
}

/// The record with what was found; none where nothing is to be added.
#[must_use]
pub(super) fn complete(record: &[u8], seen: &Seen) -> Option<Vec<u8>> {
    let decoded = decode(record).ok()?;
    let mut words = Vec::new();
    if let Seen::Process(about) = seen {
        split(about.line.as_deref().unwrap_or_default(), &mut words);
    }
    let mut writer = Writer::default();
    for tag in COPIED {
        writer.field(tag, decoded.tail.field(tag));
    }
    let (kind, body) = match (decoded.body, seen) {
        (Body::ProcessStart(mut body), Seen::Process(about)) => {
            if !words.is_empty() && writer.field(Tag::ARGUMENTS, Some(&words)) {
                body.arguments_length = words.len() as u32;
            }
            if about.user.is_some() {
                // A name says more than an identifier, and stands for the same user.
                writer.fields.retain(|(tag, _)| *tag != Tag::USER);
            }
            writer.field(Tag::USER, about.user.as_deref());
            writer.field(Tag::INTEGRITY, about.integrity.as_deref());
            if let Some(program) = about.program.as_deref() {
                for (tag, value) in program.fields() {
                    writer.field(tag, value);
                }
                body.known |= program.signature().0;
            }
            if let Some((device, inode)) = about.file {
                (body.device, body.inode) = (device, inode);
                body.known |= Known::FILE.0;
            }
            (Kind::PROCESS_START, body.write().to_vec())
        }
        (Body::FileWritten(mut body), Seen::File(sample)) => {
            (body.device, body.inode) = (sample.device, sample.inode);
            body.size_after = sample.size;
            body.known |= Known::FILE.with(Known::SIZE_AFTER).0;
            for (tag, part) in [
                (Tag::CONTENT_HEAD, &sample.head),
                (Tag::CONTENT_MIDDLE, &sample.middle),
                (Tag::CONTENT_TAIL, &sample.tail),
            ] {
                writer.field(tag, (!part.is_empty()).then_some(part));
            }
            (Kind::FILE_WRITTEN, body.write().to_vec())
        }
        _ => return None,
    };
    writer.finish(kind, decoded.header, &body)
}

/// Fields of the record to be.
#[derive(Default)]
struct Writer<'f> {
    fields: Vec<(Tag, &'f [u8])>,
    cut: bool,
}

impl<'f> Writer<'f> {
    /// Adds a field unless it is there; says whether it was added.
    fn field(&mut self, tag: Tag, value: Option<&'f [u8]>) -> bool {
        let Some(value) = value else { return false };
        if self.fields.iter().any(|(known, _)| *known == tag) {
            return false;
        }
        let longest = longest(tag);
        self.cut |= value.len() > longest;
        self.fields.push((tag, &value[..value.len().min(longest)]));
        true
    }

    fn finish(self, kind: Kind, header: Header, body: &[u8]) -> Option<Vec<u8>> {
        let mut flags = Flags(header.flags);
        if self.cut {
            flags = flags.with(Flags::TRUNCATED);
        }
        let header = Header {
            flags: flags.0,
            ..header
        };
        let mut buffer = vec![0; MAX_RECORD];
        let mut encoder = Encoder::new(&mut buffer, kind, header, body).ok()?;
        for (tag, value) in self.fields {
            encoder.field(tag, value).ok()?;
        }
        let length = encoder.finish().len();
        buffer.truncate(length);
        Some(buffer)
    }
}

fn longest(tag: Tag) -> usize {
    match tag {
        Tag::ARGUMENTS => 6_000,
        Tag::PATH => 4_095,
        Tag::CONTENT_TAIL => 256,
        _ => 512,
    }
}

/// Fields that the two kinds have.
const COPIED: [Tag; 9] = [
    Tag::CREATOR,
    Tag::PATH,
    Tag::ARGUMENTS,
    Tag::USER,
    Tag::DIRECTORY,
    Tag::INTEGRITY,
    Tag::ORIGINAL_NAME,
    Tag::PRODUCT,
    Tag::COMPANY,
];

#[cfg(test)]
mod tests;
