//! tar and 7z: a checksum instead of a magic, and where 7-Zip says that it encrypts.
//!
//! Step: correlate.

use super::samples::Samples;

/// Whether these are a tar header: its checksum fits. Decides for archives without magic, and
/// against text that happens to have the magic in its place.
pub(super) fn has_tar_checksum(head: &[u8]) -> bool {
    let Some(header) = head.get(..TAR_HEADER) else {
        return false;
    };
    let Some(stored) = octal(&header[CHECKSUM..CHECKSUM + 8]) else {
        return false;
    };
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    let field: u32 = header[CHECKSUM..CHECKSUM + 8]
        .iter()
        .map(|&byte| u32::from(byte))
        .sum();
    // The field itself counts as blanks.
    sum - field + 8 * u32::from(b' ') == stored
}

/// Whether this is a tar of before there was a magic.
pub(super) fn is_old_tar(head: &[u8]) -> bool {
    // The size field is checked first: it is cheap, and hardly any other content has digits there.
    head.get(124..136).is_some_and(|size| octal(size).is_some()) && has_tar_checksum(head)
}

/// Octal digits, blanks before and a blank or NUL behind.
fn octal(field: &[u8]) -> Option<u32> {
    let digits = field.trim_ascii_start();
    let end = digits
        .iter()
        .position(|&byte| matches!(byte, 0 | b' '))
        .unwrap_or(digits.len());
    let (digits, behind) = digits.split_at(end);
    let clean = behind.iter().all(|&byte| matches!(byte, 0 | b' '));
    if digits.is_empty() || !clean {
        return None;
    }
    digits.iter().try_fold(0_u32, |number, &digit| {
        let value = digit.checked_sub(b'0').filter(|&value| value < 8)?;
        number.checked_mul(8)?.checked_add(u32::from(value))
    })
}

/// Whether a 7z archive is encrypted: the cipher's id stands in the header at its end. A header
/// that is compressed itself hides the ids, so that only a plain and complete one says no.
pub(super) fn seven_zip_encrypted(samples: &Samples<'_>) -> Option<bool> {
    let tail = samples.tail;
    let holds = |bytes: &[u8]| bytes.windows(AES_ID.len()).any(|window| window == AES_ID);
    if holds(tail) || holds(samples.head.get(32..).unwrap_or_default()) {
        return Some(true);
    }
    let size = samples.head.get(20..28)?;
    let size = u64::from_le_bytes(size.try_into().ok()?);
    let header = tail.len().checked_sub(usize::try_from(size).ok()?)?;
    (tail.get(header) == Some(&PLAIN_HEADER)).then_some(false)
}

const TAR_HEADER: usize = 512;
const CHECKSUM: usize = 148;

/// The method id of 7-Zip's cipher.
const AES_ID: [u8; 4] = [0x06, 0xf1, 0x07, 0x01];
const PLAIN_HEADER: u8 = 1;
