//! Reads a line of JSON front to back.
//!
//! Step: source. Values that nobody wants are skipped without being looked into, and texts are
//! unescaped where they stand, which never makes them longer: so nothing is allocated, and what is
//! read borrows from the line. Invariants: total on any bytes; no recursion, so that no nesting is
//! too deep; every byte is looked at a bounded number of times. It is no validator: what stands in
//! skipped values need not be JSON as long as its quotes and brackets pair.

use std::mem::take;

use super::super::quoted::length;

/// Why a line was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is no JSON.
    Broken,
    /// A value is of another kind than it must be, or one that must be there is not.
    Unfit,
}

/// A line from where reading goes on.
#[derive(Debug)]
pub(super) struct Reader<'t> {
    rest: &'t mut [u8],
    /// Members whose names nobody knows.
    pub(super) unknown: u64,
}

impl<'t> Reader<'t> {
    pub(super) fn new(line: &'t mut [u8]) -> Self {
        Self {
            rest: line,
            unknown: 0,
        }
    }

    /// Reads an object; `member` is given each name and must read or skip its value.
    pub(super) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &'t [u8]) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        if self.peek()? != b'{' {
            return Err(Trouble::Unfit);
        }
        self.pass(1);
        if self.eat(b'}')? {
            return Ok(());
        }
        loop {
            if self.peek()? != b'"' {
                return Err(Trouble::Broken);
            }
            let name = self.text()?;
            self.expect(b':')?;
            member(self, name)?;
            if !self.eat(b',')? {
                return self.expect(b'}');
            }
        }
    }

    /// Reads a list; `item` must read or skip each value.
    pub(super) fn list(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        if self.peek()? != b'[' {
            return Err(Trouble::Unfit);
        }
        self.pass(1);
        if self.eat(b']')? {
            return Ok(());
        }
        loop {
            item(self)?;
            if !self.eat(b',')? {
                return self.expect(b']');
            }
        }
    }

    /// Whether a value stands here that begins so.
    pub(super) fn begins(&mut self, byte: u8) -> Result<bool, Trouble> {
        Ok(self.peek()? == byte)
    }

    /// Reads a value that may be `null`.
    pub(super) fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Trouble>,
    ) -> Result<Option<T>, Trouble> {
        if self.peek()? == b'n' {
            self.skip()?;
            return Ok(None);
        }
        read(self).map(Some)
    }

    /// Reads a text.
    pub(super) fn text(&mut self) -> Result<&'t [u8], Trouble> {
        if self.peek()? != b'"' {
            return Err(Trouble::Unfit);
        }
        let (length, escaped) =
            length(self.rest.get(1..).unwrap_or_default()).ok_or(Trouble::Broken)?;
        let (before, after) = take(&mut self.rest).split_at_mut(length + 1);
        self.rest = &mut after[1..];
        let text = &mut before[1..];
        if !escaped {
            return Ok(text);
        }
        let length = unescape(text);
        Ok(&text[..length])
    }

    /// Reads a list of texts as one, each ended by a NUL.
    pub(super) fn texts(&mut self) -> Result<&'t [u8], Trouble> {
        if self.peek()? != b'[' {
            return Err(Trouble::Unfit);
        }
        let all = take(&mut self.rest);
        // Each text loses two quotes and gains a NUL, so what is written never meets what is read.
        let (mut from, mut to) = (1, 0);
        loop {
            match all.get(from).ok_or(Trouble::Broken)? {
                b']' => break,
                b',' | b' ' | b'\t' | b'\r' => from += 1,
                b'"' => {
                    let (length, escaped) = length(&all[from + 1..]).ok_or(Trouble::Broken)?;
                    let text = &mut all[from + 1..=from + length];
                    let kept = if escaped { unescape(text) } else { length };
                    all.copy_within(from + 1..=from + kept, to);
                    // A NUL would end the text early.
                    let mut end = to;
                    for at in to..to + kept {
                        if all[at] != 0 {
                            all[end] = all[at];
                            end += 1;
                        }
                    }
                    all[end] = 0;
                    to = end + 1;
                    from += length + 2;
                }
                _ => return Err(Trouble::Unfit),
            }
        }
        let (texts, rest) = all.split_at_mut(from);
        self.rest = &mut rest[1..];
        Ok(&texts[..to])
    }

    /// Reads a whole number; a negative one comes in two's complement.
    pub(super) fn number(&mut self) -> Result<u64, Trouble> {
        let negative = self.peek()? == b'-';
        if negative {
            self.pass(1);
        }
        let mut length = 0;
        let mut sum = 0_u64;
        while let Some(digit) = self.rest.get(length).filter(|byte| byte.is_ascii_digit()) {
            let digit = u64::from(digit - b'0');
            // Up to nineteen digits always fit.
            sum = if length < 19 {
                sum * 10 + digit
            } else {
                let more = sum.checked_mul(10).and_then(|sum| sum.checked_add(digit));
                more.ok_or(Trouble::Unfit)?
            };
            length += 1;
        }
        let next = self.rest.get(length);
        let is_whole = next.is_none_or(|byte| !matches!(byte, b'.' | b'e' | b'E'));
        if length == 0 || !is_whole {
            return Err(Trouble::Unfit);
        }
        self.pass(length);
        Ok(if negative { sum.wrapping_neg() } else { sum })
    }

    /// Reads a number of 32 bits, signed or not.
    pub(super) fn word(&mut self) -> Result<u32, Trouble> {
        Ok(self.number()? as u32)
    }

    /// Reads a truth value.
    pub(super) fn truth(&mut self) -> Result<bool, Trouble> {
        match self.peek()? {
            b't' | b'1' => self.skip().map(|()| true),
            b'f' | b'0' => self.skip().map(|()| false),
            _ => Err(Trouble::Unfit),
        }
    }

    /// Skips the value of a name that nobody knows.
    pub(super) fn skip_unknown(&mut self) -> Result<(), Trouble> {
        self.unknown += 1;
        self.skip()
    }

    /// Skips a value.
    pub(super) fn skip(&mut self) -> Result<(), Trouble> {
        let length = match self.peek()? {
            b'"' => length(&self.rest[1..]).ok_or(Trouble::Broken)?.0 + 2,
            b'{' | b'[' => {
                let (mut depth, mut at) = (0_usize, 0);
                loop {
                    match self.rest.get(at).ok_or(Trouble::Broken)? {
                        b'"' => at += length(&self.rest[at + 1..]).ok_or(Trouble::Broken)?.0 + 1,
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth -= 1,
                        _ => {}
                    }
                    at += 1;
                    if depth == 0 {
                        break at;
                    }
                }
            }
            _ => {
                let word = self.rest.iter();
                word.take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
                    .count()
            }
        };
        if length == 0 {
            return Err(Trouble::Broken);
        }
        self.pass(length);
        Ok(())
    }

    /// Nothing but blanks may follow.
    pub(super) fn end(&mut self) -> Result<(), Trouble> {
        match self.peek() {
            Err(_) => Ok(()),
            Ok(_) => Err(Trouble::Broken),
        }
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Result<u8, Trouble> {
        let blanks = self.rest.iter();
        let blanks = blanks
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
            .count();
        if blanks > 0 {
            self.pass(blanks);
        }
        self.rest.first().copied().ok_or(Trouble::Broken)
    }

    fn eat(&mut self, byte: u8) -> Result<bool, Trouble> {
        let found = self.peek()? == byte;
        if found {
            self.pass(1);
        }
        Ok(found)
    }

    fn expect(&mut self, byte: u8) -> Result<(), Trouble> {
        if self.eat(byte)? {
            Ok(())
        } else {
            Err(Trouble::Broken)
        }
    }

    fn pass(&mut self, length: usize) {
        self.rest = &mut take(&mut self.rest)[length..];
    }
}

/// Takes a text's escapes out of it, where it stands; gives the length that it has then.
fn unescape(text: &mut [u8]) -> usize {
    let (mut from, mut to) = (0, 0);
    while let Some(&byte) = text.get(from) {
        from += 1;
        if byte != b'\\' {
            text[to] = byte;
            to += 1;
            continue;
        }
        let Some(&escape) = text.get(from) else { break };
        from += 1;
        let plain = match escape {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            b'u' => match unit(&text[from..]) {
                Some((letter, length)) => {
                    from += length;
                    // At most three bytes for six, or four for twelve.
                    let mut bytes = [0; 4];
                    for byte in letter.encode_utf8(&mut bytes).bytes() {
                        text[to] = byte;
                        to += 1;
                    }
                    continue;
                }
                None => b'u',
            },
            other => other,
        };
        text[to] = plain;
        to += 1;
    }
    to
}

/// The letter of four hexadecimal digits, or of two such escapes together, and how long they are;
/// half a pair becomes the replacement character.
fn unit(text: &[u8]) -> Option<(char, usize)> {
    let number = |text: &[u8]| {
        let digits = text.get(..4)?;
        digits.iter().try_fold(0_u32, |sum, digit| {
            Some(sum << 4 | char::from(*digit).to_digit(16)?)
        })
    };
    let first = number(text)?;
    if (0xd800..0xdc00).contains(&first)
        && let Some(low) = text[4..].strip_prefix(b"\\u").and_then(number)
        && (0xdc00..0xe000).contains(&low)
    {
        let both = 0x1_0000 + ((first - 0xd800) << 10) + (low - 0xdc00);
        return Some((char::from_u32(both)?, 10));
    }
    Some((
        char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER),
        4,
    ))
}

#[cfg(test)]
mod tests;
