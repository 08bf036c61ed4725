//! UTF-16 as bytes.
//!
//! Step: source. Windows' names are any sequence of 16-bit units; what is no valid UTF-16 becomes
//! the three bytes that UTF-8 would have for such a unit, so that no two names become one.

/// Appends little-endian UTF-16 as UTF-8.
pub(crate) fn utf8(units: &[u8], into: &mut Vec<u8>) {
    let units = units.as_chunks::<2>().0.iter();
    let units = units.map(|pair| u16::from_le_bytes(*pair));
    for decoded in char::decode_utf16(units) {
        match decoded {
            Ok(character) => {
                let mut buffer = [0; 4];
                into.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
            }
            Err(error) => {
                let unit = error.unpaired_surrogate();
                into.extend([
                    0xe0 | (unit >> 12) as u8,
                    0x80 | (unit >> 6 & 0x3f) as u8,
                    0x80 | (unit & 0x3f) as u8,
                ]);
            }
        }
    }
}

/// The units up to a zero, and what follows it; none where there is no zero.
pub(crate) fn text_until_zero(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes
        .as_chunks::<2>()
        .0
        .iter()
        .position(|unit| *unit == [0, 0])?;
    Some((bytes.get(..2 * end)?, bytes.get(2 * end + 2..)?))
}
