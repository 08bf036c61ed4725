//! Known bytes of a format's start, by which a repeating key laid over it is recovered.
//!
//! Step: correlate. Invariant: a key is told only when, beyond the bytes that gave it,
//! [`MIN_AGREEING`] further ones agree with it. Which key lengths that is possible for is worked out
//! when the catalogue is made, each with a pair of bytes that rejects nearly all content at once.

use super::magic::Magic;

/// A format's known bytes.
#[derive(Clone, Debug)]
pub(crate) struct Crib {
    /// The format's index.
    pub(crate) format: usize,
    known: Vec<(usize, u8)>,
    lengths: Vec<Length>,
}

/// A key length that the known bytes suffice for.
#[derive(Clone, Copy, Debug)]
struct Length {
    bytes: usize,
    /// Two offsets that the same byte of the key lies on, and how their plain bytes differ.
    first: usize,
    second: usize,
    difference: u8,
}

impl Crib {
    pub(super) fn new(magic: &Magic) -> Self {
        let known: Vec<(usize, u8)> = magic.known_bytes().collect();
        let lengths = (1..=MAX_KEY)
            .filter_map(|length| Length::new(&known, length))
            .collect();
        Self {
            format: magic.format,
            known,
            lengths,
        }
    }

    /// The shortest key under which the known bytes appear. A key of zeros is none: it leaves the
    /// format as it is.
    pub(crate) fn key(&self, head: &[u8]) -> Option<Vec<u8>> {
        self.lengths
            .iter()
            .filter(|length| {
                matches!((head.get(length.first), head.get(length.second)),
                    (Some(first), Some(second)) if first ^ second == length.difference)
            })
            .find_map(|length| self.key_of_length(head, length.bytes))
            .filter(|key| key.iter().any(|&byte| byte != 0))
    }

    fn key_of_length(&self, head: &[u8], length: usize) -> Option<Vec<u8>> {
        let mut key = [None; MAX_KEY];
        for &(offset, plain) in &self.known {
            let found = head.get(offset)? ^ plain;
            let slot = &mut key[offset % length];
            if *slot.get_or_insert(found) != found {
                return None;
            }
        }
        key[..length].iter().copied().collect()
    }
}

impl Length {
    /// The length, if the known bytes give every byte of such a key and enough of them agree.
    fn new(known: &[(usize, u8)], length: usize) -> Option<Self> {
        let mut first_of: [Option<(usize, u8)>; MAX_KEY] = [None; MAX_KEY];
        let mut pair = None;
        let mut given = 0;
        for &(offset, plain) in known {
            match first_of[offset % length] {
                None => {
                    first_of[offset % length] = Some((offset, plain));
                    given += 1;
                }
                Some((first, other)) => {
                    pair.get_or_insert((first, offset, other ^ plain));
                }
            }
        }
        let (first, second, difference) = pair?;
        let enough = given == length && known.len() - given >= MIN_AGREEING;
        enough.then_some(Self {
            bytes: length,
            first,
            second,
            difference,
        })
    }
}

/// The longest key that is looked for.
const MAX_KEY: usize = 32;

/// Bytes beyond the key that must agree: 32 bits of chance.
const MIN_AGREEING: usize = 4;
