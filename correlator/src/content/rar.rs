//! Reads RAR headers for encryption.
//!
//! Step: correlate. RAR 5 counts in variable-length integers; its archive header is followed by
//! the first file's, whose extra records say whether it is encrypted.

/// Whether a RAR 4 archive is encrypted: its headers, or its first file.
pub(super) fn rar4_encrypted(head: &[u8]) -> Option<bool> {
    let flags = u16_at(head, 10)?;
    if flags & HEADERS_ENCRYPTED != 0 {
        return Some(true);
    }
    let file = 7 + usize::from(u16_at(head, 12)?);
    if *head.get(file + 2)? != FILE_BLOCK {
        return None;
    }
    Some(u16_at(head, file + 3)? & FILE_ENCRYPTED != 0)
}

/// Whether a RAR 5 archive is encrypted: its headers, or its first file.
pub(super) fn rar5_encrypted(head: &[u8]) -> Option<bool> {
    let mut at = 8;
    for _ in 0..MAX_HEADERS {
        let mut reader = Reader {
            bytes: head,
            at: at + 4,
        };
        let size = reader.number()?;
        let start = reader.at;
        let end = start.checked_add(size)?;
        let kind = reader.number()?;
        let flags = reader.number()?;
        let extra = if flags & HAS_EXTRA != 0 {
            reader.number()?
        } else {
            0
        };
        let data = if flags & HAS_DATA != 0 {
            reader.number()?
        } else {
            0
        };
        match kind {
            ENCRYPTION_HEADER => return Some(true),
            FILE_HEADER => return Some(has_encryption_record(head, end, extra)),
            _ => at = end.checked_add(data)?,
        }
    }
    None
}

/// Looks through a file header's extra records, which stand at its end.
fn has_encryption_record(head: &[u8], end: usize, extra: usize) -> bool {
    let mut reader = Reader {
        bytes: head,
        at: end.saturating_sub(extra),
    };
    while reader.at < end {
        let Some(size) = reader.number() else {
            return false;
        };
        let next = reader.at.saturating_add(size);
        if reader.number() == Some(ENCRYPTION_RECORD) {
            return true;
        }
        if next <= reader.at {
            return false;
        }
        reader.at = next;
    }
    false
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// A number in groups of seven bits, the lowest first.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0_usize;
        for shift in (0..35).step_by(7) {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at + 2)?;
    Some(u16::from_le_bytes([two[0], two[1]]))
}

const HEADERS_ENCRYPTED: u16 = 0x80;
const FILE_ENCRYPTED: u16 = 0x04;
const FILE_BLOCK: u8 = 0x74;
const FILE_HEADER: usize = 2;
const ENCRYPTION_HEADER: usize = 4;
const ENCRYPTION_RECORD: usize = 1;
const HAS_EXTRA: usize = 1;
const HAS_DATA: usize = 2;
const MAX_HEADERS: usize = 4;
