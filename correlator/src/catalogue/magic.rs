//! Magic numbers as a table that is asked with a file's samples.
//!
//! Step: correlate. Invariant: the magics at offset 0 are found through the first byte, so that
//! most content costs a comparison or two plus one for each of the few magics at other offsets;
//! longer magics come first. A magic alone may be weak: `content` verifies it where the format
//! names a reader.

/// A magic number of a format.
#[derive(Clone, Debug)]
pub(crate) struct Magic {
    /// The format's index.
    pub(crate) format: usize,
    /// A reader has the last word, so that another format of the same magic gets its turn.
    verified: bool,
    from: Anchor,
    /// Value and mask.
    bytes: Box<[(u8, u8)]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anchor {
    Start(usize),
    End(usize),
}

impl Magic {
    /// Reads `offset: hexadecimal bytes`.
    pub(super) fn parse(text: &str, format: usize, verified: bool) -> Result<Self, &'static str> {
        let (offset, bytes) = text.split_once(':').ok_or(NOTATION)?;
        let offset: isize = offset.trim().parse().map_err(|_| NOTATION)?;
        let from = if offset < 0 {
            Anchor::End(offset.unsigned_abs())
        } else {
            Anchor::Start(offset.unsigned_abs())
        };
        let mut known = Vec::new();
        for word in bytes.split_ascii_whitespace() {
            let (byte, times) = match word.split_once('*') {
                Some((byte, times)) => (byte, times.parse().map_err(|_| NOTATION)?),
                None => (word, 1),
            };
            let byte = match byte {
                "??" => (0, 0),
                _ if byte.len() == 2 => (u8::from_str_radix(byte, 16).map_err(|_| NOTATION)?, 0xff),
                _ => return Err(NOTATION),
            };
            if times > LONGEST {
                return Err(NOTATION);
            }
            known.resize(known.len() + times, byte);
        }
        let bytes = known.into_boxed_slice();
        if bytes.iter().filter(|(_, mask)| *mask != 0).count() < 2 {
            return Err("a magic number needs at least two known bytes");
        }
        Ok(Self {
            format,
            verified,
            from,
            bytes,
        })
    }

    fn matches(&self, head: &[u8], tail: &[u8]) -> bool {
        let sample = match self.from {
            Anchor::Start(offset) => head.get(offset..),
            Anchor::End(distance) => tail.len().checked_sub(distance).map(|at| &tail[at..]),
        };
        sample.is_some_and(|sample| {
            sample.len() >= self.bytes.len()
                && self
                    .bytes
                    .iter()
                    .zip(sample)
                    .all(|(&(value, mask), &byte)| byte & mask == value)
        })
    }

    /// The known bytes with their offsets, for a magic at the start.
    pub(super) fn known_bytes(&self) -> impl Iterator<Item = (usize, u8)> {
        let start = match self.from {
            Anchor::Start(offset) => offset,
            Anchor::End(_) => 0,
        };
        self.bytes
            .iter()
            .enumerate()
            .filter(|(_, (_, mask))| *mask != 0)
            .map(move |(at, (value, _))| (start + at, *value))
    }
}

#[cfg(test)]
impl Magic {
    /// The magic as content has it; 1 where any byte would do.
    pub(super) fn sample(&self) -> Vec<u8> {
        let any = |&(value, mask): &(u8, u8)| if mask == 0 { 1 } else { value };
        self.bytes.iter().map(any).collect()
    }
}

/// All magic numbers.
#[derive(Clone, Debug)]
pub(crate) struct MagicTable {
    by_first_byte: Vec<Vec<Magic>>,
    elsewhere: Vec<Magic>,
}

impl MagicTable {
    pub(super) fn new(mut magics: Vec<Magic>) -> Self {
        magics.sort_by_key(|magic| (std::cmp::Reverse(magic.bytes.len()), !magic.verified));
        let mut table = Self {
            by_first_byte: vec![Vec::new(); 256],
            elsewhere: Vec::new(),
        };
        for magic in magics {
            match (magic.from, magic.bytes[0]) {
                (Anchor::Start(0), (first, 0xff)) => {
                    table.by_first_byte[usize::from(first)].push(magic);
                }
                _ => table.elsewhere.push(magic),
            }
        }
        table
    }

    #[cfg(test)]
    pub(super) fn at_start(&self) -> impl Iterator<Item = &Magic> {
        self.by_first_byte.iter().flatten()
    }

    /// The magics that the samples show, the most specific first, those at the start first.
    pub(crate) fn candidates<'a>(
        &'a self,
        head: &'a [u8],
        tail: &'a [u8],
    ) -> impl Iterator<Item = &'a Magic> {
        head.first()
            .map(|&first| self.by_first_byte[usize::from(first)].as_slice())
            .unwrap_or_default()
            .iter()
            .chain(&self.elsewhere)
            .filter(move |magic| magic.matches(head, tail))
    }
}

const NOTATION: &str = "a magic number is written \"offset: bytes\" with the bytes in hexadecimal \
                        (`0: 50 4B 03 04`, `??` for any byte, `00*12` for twelve of one, a negative \
                        offset from the end)";

/// No sample is longer.
const LONGEST: usize = 512;
