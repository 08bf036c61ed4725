//! Reads a zip's local headers and central directory for encryption, and for what it packages.
//!
//! Step: correlate. The first entry may be a directory, which is never encrypted, so as many
//! entries are walked as the samples hold; an answer of "not encrypted" needs a file.

/// What a zip says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Zip {
    /// Whether an entry is encrypted; `None` where no file was seen.
    pub(super) encrypted: Option<bool>,
    /// The format that this zip is the outside of.
    pub(super) package: Option<&'static str>,
}

/// Reads the samples of a zip.
pub(super) fn read(head: &[u8], tail: &[u8]) -> Zip {
    let mut zip = Zip::default();
    let mut at = match head {
        // A mark before the first part of a split archive.
        [b'P', b'K', 7, 8, b'P', b'K', ..] | [b'P', b'K', b'0', b'0', b'P', b'K', ..] => 4,
        _ => 0,
    };
    let mut first = true;
    while let Some(entry) = head.get(at..).and_then(local_entry) {
        if first {
            zip.package = package(entry.name, entry.data);
            first = false;
        }
        note(&mut zip, entry.encrypted, entry.name);
        match entry.next {
            Some(next) => at += next,
            None => break,
        }
    }
    directory(&mut zip, tail);
    zip
}

/// Reads a zip that hangs behind something else, if there is one: its end record is there.
pub(super) fn appended(tail: &[u8]) -> Option<Zip> {
    let end = tail.len().checked_sub(END_RECORD)?;
    let record = tail.get(end..)?;
    if !record.starts_with(b"PK\x05\x06") {
        return None;
    }
    let entries = u16_at(record, 10)?;
    let on_disk = u16_at(record, 8)?;
    let size = u32_at(record, 12)?;
    let comment = u16_at(record, 20)?;
    // A directory entry has at least 46 bytes and a name.
    let plausible = entries > 0 && on_disk <= entries && size >= u32::from(entries) * 47;
    if !plausible || comment != 0 {
        return None;
    }
    let mut zip = Zip::default();
    directory(&mut zip, tail);
    Some(zip)
}

struct Entry<'a> {
    encrypted: bool,
    name: &'a [u8],
    data: &'a [u8],
    /// Distance to the next entry, where the header tells it.
    next: Option<usize>,
}

fn local_entry(bytes: &[u8]) -> Option<Entry<'_>> {
    if !bytes.starts_with(b"PK\x03\x04") {
        return None;
    }
    let flags = u16_at(bytes, 6)?;
    let method = u16_at(bytes, 8)?;
    let packed = u32_at(bytes, 18)?;
    let name_length = usize::from(u16_at(bytes, 26)?);
    let extra_length = usize::from(u16_at(bytes, 28)?);
    let name = bytes.get(30..)?;
    let name = &name[..name_length.min(name.len())];
    let data_at = 30 + name_length + extra_length;
    // A streamed entry tells its length behind its data only.
    let streamed = flags & STREAMED != 0 && packed == 0;
    Some(Entry {
        encrypted: is_encrypted(flags, method),
        name,
        data: bytes.get(data_at..).unwrap_or_default(),
        next: (!streamed)
            .then(|| data_at.checked_add(usize::try_from(packed).ok()?))
            .flatten(),
    })
}

/// Reads what the tail holds of the central directory.
fn directory(zip: &mut Zip, tail: &[u8]) {
    let mut rest = tail;
    while let Some(at) = find(rest, b"PK\x01\x02") {
        let entry = &rest[at..];
        let (Some(flags), Some(method), Some(length)) =
            (u16_at(entry, 8), u16_at(entry, 10), u16_at(entry, 28))
        else {
            return;
        };
        let name = entry.get(46..).unwrap_or_default();
        let name = &name[..usize::from(length).min(name.len())];
        note(zip, is_encrypted(flags, method), name);
        rest = &entry[4..];
    }
}

fn note(zip: &mut Zip, encrypted: bool, name: &[u8]) {
    if encrypted {
        zip.encrypted = Some(true);
    } else if !name.ends_with(b"/") {
        zip.encrypted.get_or_insert(false);
    }
}

fn is_encrypted(flags: u16, method: u16) -> bool {
    flags & ENCRYPTED != 0 || flags & HIDDEN_DIRECTORY != 0 || method == WINZIP_AES
}

/// The package that a first entry is the mark of.
fn package(name: &[u8], data: &[u8]) -> Option<&'static str> {
    match name {
        b"mimetype" if data.starts_with(b"application/epub") => Some("epub"),
        b"mimetype" => Some("opendocument"),
        b"[Content_Types].xml" | b"_rels/.rels" | b"_rels/" | b"docProps/" => Some("ooxml"),
        b"META-INF/" | b"META-INF/MANIFEST.MF" => Some("jar"),
        b"AndroidManifest.xml" | b"classes.dex" => Some("apk"),
        _ => None,
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at + 2)?;
    Some(u16::from_le_bytes([two[0], two[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16_at(bytes, at)?) | u32::from(u16_at(bytes, at + 2)?) << 16)
}

const END_RECORD: usize = 22;
const ENCRYPTED: u16 = 1;
const STREAMED: u16 = 1 << 3;
const HIDDEN_DIRECTORY: u16 = 1 << 13;
const WINZIP_AES: u16 = 99;
