//! Decodes base64, as far as it goes.
//!
//! Step: correlate. Both alphabets; line breaks are skipped; decoding stops at the first byte that
//! is neither, at padding, or at the limit. Invariant: total and bounded by the limit.

/// Decodes at most `limit` bytes.
pub(crate) fn decode_base64(text: &[u8], limit: usize) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(limit.min(text.len() * 3 / 4));
    let (mut bits, mut count) = (0_u32, 0);
    for &byte in text {
        let Some(value) = sextet(byte) else {
            if matches!(byte, b'\r' | b'\n') {
                continue;
            }
            break;
        };
        bits = (bits << 6 | u32::from(value)) & 0xff_ffff;
        count += 1;
        if count == 4 {
            decoded.extend_from_slice(&bits.to_be_bytes()[1..]);
            count = 0;
        }
        if decoded.len() >= limit {
            decoded.truncate(limit);
            return decoded;
        }
    }
    match count {
        2 => decoded.push((bits >> 4) as u8),
        3 => decoded.extend_from_slice(&[(bits >> 10) as u8, (bits >> 2) as u8]),
        _ => {}
    }
    decoded
}

/// The value of a letter of either alphabet.
pub(super) fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}
