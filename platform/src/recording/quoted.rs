//! How long a text between quotes is.
//!
//! Step: source. Most texts of JSON are short names, for which a search is not worth its
//! preparation; so the first bytes are looked at by words of eight.

/// Length of a text up to its closing quote, and whether it has escapes; none where no quote closes
/// it.
pub(super) fn length(text: &[u8]) -> Option<(usize, bool)> {
    let mut end = 0;
    let mut escaped = false;
    loop {
        end += find(text.get(end..)?)?;
        if text[end] == b'"' {
            return Some((end, escaped));
        }
        escaped = true;
        end += 2;
    }
}

/// Where the first quote or backslash is.
fn find(text: &[u8]) -> Option<usize> {
    let words = text.as_chunks::<8>().0.iter().take(SHORT);
    for (number, eight) in words.enumerate() {
        let word = u64::from_le_bytes(*eight);
        let found = zeros(word ^ QUOTES) | zeros(word ^ SLASHES);
        if found != 0 {
            return Some(number * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let looked_at = (text.len() / 8).min(SHORT) * 8;
    memchr::memchr2(b'"', b'\\', &text[looked_at..]).map(|at| looked_at + at)
}

/// The highest bit of each byte that is zero; of those above the first one maybe more.
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & (ONES << 7)
}

/// A one in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;

const QUOTES: u64 = ONES * b'"' as u64;

const SLASHES: u64 = ONES * b'\\' as u64;

/// Words of eight bytes that are looked at without a search.
const SHORT: usize = 4;

#[cfg(test)]
mod tests;
