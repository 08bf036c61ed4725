//! Reads JSON text as named values, one object after the other.
//!
//! Step: source. Of each object only the values of known names are kept, in whatever nesting they
//! stand. Invariants: total on any bytes; nesting and the length of an object are bounded; nothing
//! is allocated but what [`Gathered`] keeps.

use super::quoted;
use crate::encode::{Field, Gathered};

/// What stands at the beginning of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// An object of so many bytes, gathered.
    Object(usize),
    /// So many bytes between objects: blanks, commas, brackets.
    Between(usize),
    /// The text ends before the object does.
    Cut,
    /// No JSON, at this byte.
    Broken(usize),
}

/// Reads the next object of a list, of lines, or of a file that is one.
pub(super) fn next(text: &[u8], gathered: &mut Gathered) -> Found {
    let between = text
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'[' | b']'));
    match between.count() {
        0 => {}
        count => return Found::Between(count),
    }
    if text.is_empty() {
        return Found::Cut;
    }
    if text[0] != b'{' {
        return Found::Broken(0);
    }
    gathered.clear();
    let mut reader = Reader { text, at: 0 };
    match reader.value(None, gathered, 0) {
        Ok(()) => Found::Object(reader.at),
        Err(Stop::Cut) => Found::Cut,
        Err(Stop::Broken) => Found::Broken(reader.at),
    }
}

enum Stop {
    Cut,
    Broken,
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Reader<'t> {
    /// Reads a value that stands under a name.
    fn value(
        &mut self,
        field: Option<Field>,
        gathered: &mut Gathered,
        depth: usize,
    ) -> Result<(), Stop> {
        if depth > DEEPEST {
            return Err(Stop::Broken);
        }
        match self.peek()? {
            b'{' => self.object(gathered, depth),
            b'[' => self.list(field, gathered, depth),
            b'"' => {
                let (text, escaped) = self.string()?;
                if let Some(field) = field {
                    gathered.take(field, |into| unescape(text, escaped, into));
                }
                Ok(())
            }
            b'-' | b'0'..=b'9' | b'a'..=b'z' => {
                let rest = &self.text[self.at..];
                let length = rest
                    .iter()
                    .position(|byte| !(byte.is_ascii_alphanumeric() || b"+-.".contains(byte)));
                let word = &rest[..length.ok_or(Stop::Cut)?];
                self.at += word.len();
                if let (Some(field), Ok(word)) = (field, std::str::from_utf8(word))
                    && word != "null"
                {
                    gathered.take(field, |into| into.push_str(word));
                }
                Ok(())
            }
            _ => Err(Stop::Broken),
        }
    }

    fn object(&mut self, gathered: &mut Gathered, depth: usize) -> Result<(), Stop> {
        self.at += 1;
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            if self.peek()? != b'"' {
                return Err(Stop::Broken);
            }
            let (name, _) = self.string()?;
            self.expect(b':')?;
            self.value(Field::named(name), gathered, depth + 1)?;
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Stop::Broken),
            }
        }
    }

    fn list(
        &mut self,
        field: Option<Field>,
        gathered: &mut Gathered,
        depth: usize,
    ) -> Result<(), Stop> {
        self.at += 1;
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(field, gathered, depth + 1)?;
            match self.peek()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Stop::Broken),
            }
        }
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Result<u8, Stop> {
        while let Some(byte) = self.text.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Ok(*byte);
            }
            self.at += 1;
        }
        Err(Stop::Cut)
    }

    fn expect(&mut self, byte: u8) -> Result<(), Stop> {
        if self.peek()? != byte {
            return Err(Stop::Broken);
        }
        self.at += 1;
        Ok(())
    }

    /// What stands between two quotes, as it is written, and whether it has escapes.
    fn string(&mut self) -> Result<(&'t [u8], bool), Stop> {
        let rest = self.text.get(self.at + 1..).ok_or(Stop::Cut)?;
        let (length, escaped) = quoted::length(rest).ok_or(Stop::Cut)?;
        self.at += length + 2;
        Ok((&rest[..length], escaped))
    }
}

/// Appends a string without its escapes; what is no text becomes the replacement character.
fn unescape(text: &[u8], escaped: bool, into: &mut String) {
    let lossy;
    let text = if let Ok(text) = std::str::from_utf8(text) {
        text
    } else {
        lossy = String::from_utf8_lossy(text);
        &lossy
    };
    if escaped {
        unescape_text(text, into);
    } else {
        into.push_str(text);
    }
}

/// As [`unescape`]: paths of Windows have an escape every few bytes.
fn unescape_text(text: &str, into: &mut String) {
    let first = text.find('\\').unwrap_or(text.len());
    into.reserve(text.len());
    let (now, mut rest) = text.split_at(first);
    into.push_str(now);
    while let Some(escaped) = rest.strip_prefix('\\') {
        let mut letters = escaped.chars();
        let Some(escape) = letters.next() else { return };
        rest = letters.as_str();
        match escape {
            'n' => into.push('\n'),
            't' => into.push('\t'),
            'r' => into.push('\r'),
            'b' => into.push('\u{8}'),
            'f' => into.push('\u{c}'),
            'u' => rest = unit(rest, into),
            other => into.push(other),
        }
        let plain = rest.bytes().position(|byte| byte == b'\\');
        let (now, later) = rest.split_at(plain.unwrap_or(rest.len()));
        into.push_str(now);
        rest = later;
    }
}

/// Appends the character of four hexadecimal digits, or of two such escapes together.
fn unit<'t>(text: &'t str, into: &mut String) -> &'t str {
    let number = |text: &str| {
        let digits = text.get(..4)?;
        digits
            .chars()
            .try_fold(0_u32, |sum, digit| Some(sum << 4 | digit.to_digit(16)?))
    };
    let Some(first) = number(text) else {
        into.push(char::REPLACEMENT_CHARACTER);
        return text;
    };
    let rest = &text[4..];
    if (0xd800..0xdc00).contains(&first)
        && let Some(low) = rest.strip_prefix("\\u").and_then(number)
        && (0xdc00..0xe000).contains(&low)
    {
        let both = 0x1_0000 + ((first - 0xd800) << 10) + (low - 0xdc00);
        into.push(char::from_u32(both).unwrap_or(char::REPLACEMENT_CHARACTER));
        return &rest[6..];
    }
    into.push(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
    rest
}

/// Values within values.
const DEEPEST: usize = 32;

#[cfg(test)]
mod tests;
