//! Recovers a short repeating key (exclusive or) that hides a known format or text.
//!
//! Step: correlate. One byte of key leaves the entropy of text as it is, so that density cannot
//! see it, and it is the commonest home-made cipher there is. Two ways lead to a key: a format has
//! known bytes at its start, which give the key and must then agree with each other; and text under
//! a key of n bytes repeats itself at a distance of n more often than anything else does.
//!
//! Invariant: a false claim is worse than a miss. A format needs four bytes beyond those
//! that gave the key; text needs every byte of the sample to be text, of the composition of
//! text, under a key that is no mere flip of case and has hardly any zero in it.

use super::density::{count, is_text};
use super::samples::Samples;
use super::{Density, Obfuscation};
use crate::catalogue::Catalogue;
use crate::evidence::Text;

/// The obfuscation of content of no known format.
pub(super) fn recover(
    catalogue: &Catalogue,
    samples: &Samples<'_>,
    density: Density,
) -> Option<Obfuscation> {
    let head = samples.head;
    // Even what looks like text may be a format: NULs under `Z` are a tar full of that letter.
    if let Some(found) = known_format(catalogue, head) {
        return Some(found);
    }
    let could_be_text = matches!(density, Density::Plain | Density::Mixed);
    if !could_be_text || head.len() < MIN_TEXT || head.iter().all(|&byte| is_text(byte)) {
        return None;
    }
    hidden_text(head)
}

/// A format's known bytes under a key.
fn known_format(catalogue: &Catalogue, head: &[u8]) -> Option<Obfuscation> {
    catalogue.under_key().iter().find_map(|crib| {
        Some(Obfuscation {
            key: crib.key(head)?,
            reveals: catalogue.format_at(crib.format).name.clone(),
        })
    })
}

/// Text under a key.
fn hidden_text(head: &[u8]) -> Option<Obfuscation> {
    let counts = count([head, &[], &[]]);
    let top = counts.iter().max().copied().unwrap_or_default() as usize;
    // Where one value makes up half of the bytes, columns of it agree with any key.
    if top * 100 > head.len() * MAX_TOP_SHARE {
        return None;
    }
    // A key of one byte moves every value alike, so that it needs no repetition to be found.
    std::iter::once(1)
        .chain(likely_lengths(head))
        .find_map(|length| text_key(head, length))
        .map(|key| Obfuscation {
            key,
            reveals: Text::from("text"),
        })
}

/// Key lengths at whose distance bytes repeat as in text, the shortest first.
fn likely_lengths(head: &[u8]) -> impl Iterator<Item = usize> {
    let mut share = [0_usize; MAX_KEY + 1];
    for (length, share) in share.iter_mut().enumerate().skip(2) {
        let pairs = head.len() - length;
        let equal = equal_bytes(&head[length..], &head[..pairs]);
        *share = equal * 1000 / pairs;
    }
    // Text agrees with itself in one of sixteen places, a little less where lines differ.
    (2..=MAX_KEY)
        .filter(move |&length| (TEXT_REPEATS..=MOST_REPEATS).contains(&share[length]))
        .take(MAX_LENGTHS)
}

/// In how many places two samples agree; in blocks whose sum fits a byte, so that the compiler can
/// compare many at once.
fn equal_bytes(one: &[u8], other: &[u8]) -> usize {
    one.chunks(128)
        .zip(other.chunks(128))
        .map(|(one, other)| {
            let block: u8 = one
                .iter()
                .zip(other)
                .map(|(one, other)| u8::from(one == other))
                .sum();
            usize::from(block)
        })
        .sum()
}

/// The key of this length, if all that it gives is text.
fn text_key(head: &[u8], length: usize) -> Option<Vec<u8>> {
    if head.len() / length < MIN_COLUMN {
        return None;
    }
    let mut key = Vec::with_capacity(length);
    for column in 0..length {
        key.push(column_key(head, column, length)?);
    }
    let idle = key.iter().filter(|byte| matches!(byte, 0)).count();
    if idle * 4 > length || key.iter().all(|&byte| byte == CASE) {
        return None;
    }
    if length > 1 {
        refine(head, &mut key);
    }
    let text: Vec<u8> = head
        .iter()
        .zip(key.iter().cycle())
        .map(|(byte, key)| byte ^ key)
        .collect();
    reads_as_text(&text).then_some(key)
}

/// Chooses each byte of the key again, now that its neighbours give pairs of letters to go by.
fn refine(head: &[u8], key: &mut [u8]) {
    let length = key.len();
    for column in 0..length {
        let plain = |at: usize, key: &[u8]| head.get(at).map(|byte| byte ^ key[at % length]);
        let most = most_frequent(head[column..].iter().step_by(length));
        let mut best: Option<(i32, u8)> = None;
        for &guess in COMMONEST {
            let candidate = most ^ guess;
            let mut score = 0;
            let fits = (column..head.len()).step_by(length).all(|at| {
                let byte = head[at] ^ candidate;
                let before = at.checked_sub(1).and_then(|at| plain(at, key));
                let after = plain(at + 1, key);
                score += likeness(byte);
                score += before.map_or(0, |before| pair_likeness(before, byte));
                score += after.map_or(0, |after| pair_likeness(byte, after));
                is_text(byte)
            });
            if fits && best.is_none_or(|(other, _)| score > other) {
                best = Some((score, candidate));
            }
        }
        if let Some((_, candidate)) = best {
            key[column] = candidate;
        }
    }
}

/// How like text it is that one byte follows another.
fn pair_likeness(first: u8, second: u8) -> i32 {
    match (first.is_ascii_lowercase(), second.is_ascii_lowercase()) {
        (true, true) if is_common_pair(first, second) => 4,
        (true, true) => -2,
        // Signs and digits keep to themselves.
        (false, false) => 1,
        _ if matches!(first, b' ' | b'\n' | b'/' | b':') => 1,
        _ if matches!(second, b' ' | b'\n' | b'/' | b':') => 1,
        _ => -2,
    }
}

/// Whether words often have these letters one after the other.
fn is_common_pair(first: u8, second: u8) -> bool {
    COMMON_PAIRS[usize::from(first - b'a')].contains(&second)
}

/// The byte under which a column of the sample is text, and most like text.
fn column_key(head: &[u8], column: usize, length: usize) -> Option<u8> {
    let bytes = || head[column..].iter().step_by(length);
    let most = most_frequent(bytes());
    // Text's commonest bytes; one of them is a column's commonest, or the key is not found.
    let mut best: Option<(i32, u8)> = None;
    for &plain in COMMONEST {
        let key = most ^ plain;
        let mut score = 0;
        let fits = bytes().all(|byte| {
            let plain = byte ^ key;
            score += likeness(plain);
            is_text(plain)
        });
        if fits && best.is_none_or(|(before, _)| score > before) {
            best = Some((score, key));
        }
    }
    best.map(|(_, key)| key)
}

fn most_frequent<'b>(bytes: impl Iterator<Item = &'b u8>) -> u8 {
    let mut counts = [0_u16; 256];
    let mut most = 0;
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
        if counts[usize::from(byte)] > counts[usize::from(most)] {
            most = byte;
        }
    }
    most
}

/// How like text a byte is.
fn likeness(byte: u8) -> i32 {
    match byte {
        b' ' => 6,
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 5,
        b'\n' | b'a'..=b'z' => 3,
        b'0'..=b'9' | b'.' | b',' | b':' | b'/' | b'-' | b'_' | b'"' | b'=' => 2,
        b'A'..=b'Z' | b'(' | b')' | b';' | b'\'' | b'\t' | b'\r' => 1,
        b'{' | b'}' | b'[' | b']' | b'<' | b'>' | b'#' | b'*' => 0,
        _ => -3,
    }
}

/// Whether printable bytes read as text: mostly letters in the pairs that words have, with blanks
/// or signs between them, the odd signs rare, and more than a handful of values.
fn reads_as_text(text: &[u8]) -> bool {
    let counts = count([text, &[], &[]]);
    let share = |of: &dyn Fn(u8) -> bool| {
        let sum: u32 = (0_u8..=127)
            .filter(|&byte| of(byte))
            .map(|byte| counts[usize::from(byte)])
            .sum();
        sum as usize * 100 / text.len().max(1)
    };
    let values = counts.iter().filter(|&&count| count > 0).count();
    let score: i32 = text.iter().map(|&byte| likeness(byte)).sum();
    let lower = share(&|byte| byte.is_ascii_lowercase());
    let odd = share(&|byte| likeness(byte) < 0);
    let breaks = share(&|byte| matches!(byte, b' ' | b'\n' | b'\t' | b':' | b',' | b'/' | b'-'));
    values >= MIN_VALUES
        && lower >= 35
        && odd <= 4
        && (5..=50).contains(&breaks)
        && score * 10 >= text.len() as i32 * 25
        && has_words(text)
}

/// Whether the pairs of letters are those of words: random letters make a common pair one time in
/// seven, words more often than not.
fn has_words(text: &[u8]) -> bool {
    let (mut pairs, mut common) = (0, 0);
    for pair in text.windows(2) {
        if pair.iter().all(u8::is_ascii_lowercase) {
            pairs += 1;
            // A doubled letter is common too, but so is a run of one value in a table.
            common += usize::from(pair[0] != pair[1] && is_common_pair(pair[0], pair[1]));
        }
    }
    pairs * 100 >= text.len() * 15 && common * 100 >= pairs * MIN_COMMON_PAIRS
}

const MAX_KEY: usize = 32;

/// What flips the case of a letter.
const CASE: u8 = 0x20;

/// A shorter sample does not show the composition of text.
const MIN_TEXT: usize = 64;

/// Bytes of a column that its key is recovered from.
const MIN_COLUMN: usize = 12;

const MAX_TOP_SHARE: usize = 40;

/// Equal neighbours per thousand at the distance of the key.
const TEXT_REPEATS: usize = 38;
const MOST_REPEATS: usize = 300;

/// Key lengths that are tried.
const MAX_LENGTHS: usize = 4;

/// Values that a text has at least.
const MIN_VALUES: usize = 12;

/// Values that are the commonest of a text or of a column of one.
const COMMONEST: &[u8] = b" etaoinsrlhdcu\n:/0-.,_=\"x1";

/// Percentage of pairs of letters that are common ones, in words.
const MIN_COMMON_PAIRS: usize = 42;

/// The letters that often follow each letter, `a` to `z`, in words of European languages and of
/// programs.
const COMMON_PAIRS: [&[u8]; 26] = [
    b"bcdgilmnrstuvy",
    b"aeiloruy",
    b"aehiklotu",
    b"adeiou",
    b"acdegilmnprstvwx",
    b"aefioru",
    b"aehilnoru",
    b"aeiot",
    b"acdefglmnoprstvz",
    b"aou",
    b"ei",
    b"adeiltuoy",
    b"aeimopbu",
    b"acdegiknostu",
    b"bcdfklmnoprstuvw",
    b"aehiloprtu",
    b"u",
    b"acdeginomrstuv",
    b"acehiopstuy",
    b"aehiorstuy",
    b"bceglmnprst",
    b"aeio",
    b"aeiho",
    b"ipt",
    b"eop",
    b"e",
];
