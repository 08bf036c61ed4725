//! Turns bytes from the observed host into text that loses nothing and steers nothing.
//!
//! Step: sink. Two needs, two functions: [`lossless`] makes a string from which every byte can be
//! had back, for JSON; [`visible`] makes a string that no terminal obeys, for people. Paths and
//! arguments are chosen by whoever is being watched, so neither is optional.

use std::borrow::Cow;

/// Text for any bytes. Valid UTF-8 stays as it is; a byte that is not becomes `\xNN`, and a
/// backslash that would read as such an escape becomes `\x5c`, so that undoing is unambiguous.
pub(crate) fn lossless(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        push_valid(&mut text, chunk.valid());
        for byte in chunk.invalid() {
            push_byte(&mut text, *byte);
        }
    }
    text
}

/// Appends valid text, escaping only the backslashes that begin something like an escape.
fn push_valid(text: &mut String, valid: &str) {
    let mut rest = valid;
    while let Some(at) = rest.find('\\') {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        if looks_escaped(from.as_bytes()) {
            push_byte(text, b'\\');
        } else {
            text.push('\\');
        }
        rest = &from[1..];
    }
    text.push_str(rest);
}

/// Whether `bytes` begin with `\x` and two hexadecimal digits.
fn looks_escaped(bytes: &[u8]) -> bool {
    matches!(bytes, [b'\\', b'x', high, low, ..]
        if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

/// Appends `\xNN`.
fn push_byte(text: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    text.push_str("\\x");
    text.push(char::from(DIGITS[usize::from(byte >> 4)]));
    text.push(char::from(DIGITS[usize::from(byte & 15)]));
}

/// Text in which nothing can move a cursor, change a colour, reorder or hide what is beside it.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\r' => shown.push_str("\\r"),
            _ if !steers(character) => shown.push(character),
            _ => match u8::try_from(u32::from(character)) {
                Ok(byte) => push_byte(&mut shown, byte),
                Err(_) => shown.extend(character.escape_unicode()),
            },
        }
    }
    Cow::Owned(shown)
}

/// Whether a character does something to a terminal or to its neighbours other than being shown.
fn steers(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// A command line from its arguments: separated by spaces, quoted where that would be ambiguous.
pub(crate) fn command_line<A: AsRef<[u8]>>(arguments: impl IntoIterator<Item = A>) -> String {
    let mut line = String::new();
    for argument in arguments {
        if !line.is_empty() {
            line.push(' ');
        }
        let text = lossless(argument.as_ref());
        if needs_quotes(&text) {
            line.push('\'');
            line.push_str(&text.replace('\'', "'\\''"));
            line.push('\'');
        } else {
            line.push_str(&text);
        }
    }
    line
}

/// Whether a shell would read the argument as something else than itself.
fn needs_quotes(argument: &str) -> bool {
    argument.is_empty()
        || argument
            .bytes()
            .any(|byte| byte.is_ascii_whitespace() || b"'\"`$&|;<>()#~!{}".contains(&byte))
}

#[cfg(test)]
mod tests;
