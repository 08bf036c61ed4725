//! Blanks what is not code, so that rules do not stumble over comments and text.
//!
//! Step: tooling. Every character of a comment or of a literal's inside becomes a space and every
//! line break stays, so that a place found in the result is a place in the file. It knows nested
//! block comments, raw strings, byte strings and the difference of a lifetime from a character.

/// `text` with comments and the insides of literals blanked.
pub(crate) fn code(text: &str) -> String {
    let mut lexer = Lexer {
        rest: text,
        code: String::with_capacity(text.len()),
        word: false,
    };
    while !lexer.rest.is_empty() {
        lexer.step();
    }
    lexer.code
}

struct Lexer<'t> {
    rest: &'t str,
    code: String,
    /// The character before was part of a word, so `r` or `b` cannot begin a literal here.
    word: bool,
}

impl Lexer<'_> {
    fn step(&mut self) {
        if self.rest.starts_with("//") {
            self.blank(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if self.rest.starts_with("/*") {
            self.blank(block_comment(self.rest));
        } else if let Some(length) = self.raw_string() {
            self.blank(length);
        } else if self.rest.starts_with('"') {
            self.blank(quoted(self.rest, '"'));
        } else if let Some(length) = character(self.rest) {
            self.blank(length);
        } else {
            let mut characters = self.rest.chars();
            if let Some(next) = characters.next() {
                self.code.push(next);
                self.word = next.is_alphanumeric() || next == '_';
                self.rest = characters.as_str();
            }
        }
    }

    /// The length of the raw string that begins here.
    fn raw_string(&self) -> Option<usize> {
        if self.word {
            return None;
        }
        let after = ["br", "cr", "r"]
            .iter()
            .find_map(|prefix| self.rest.strip_prefix(prefix))?;
        let hashes = after.len() - after.trim_start_matches('#').len();
        let inside = after.get(hashes..)?.strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        let length = inside.find(&end).map_or(inside.len(), |at| at + end.len());
        Some(self.rest.len() - inside.len() + length)
    }

    /// Writes spaces for the next `length` bytes, keeping line breaks.
    fn blank(&mut self, length: usize) {
        let (blanked, rest) = self.rest.split_at(length);
        let blanks = blanked.chars().map(|c| if c == '\n' { c } else { ' ' });
        self.code.extend(blanks);
        self.rest = rest;
        self.word = false;
    }
}

/// The length of the block comment at the start, nested ones included.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of the literal at the start, which ends at the next unescaped `end`.
fn quoted(text: &str, end: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == end {
            return at + c.len_utf8();
        }
    }
    text.len()
}

/// The length of the character literal at the start; `None` for a lifetime.
fn character(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    let first = inside.chars().next()?;
    let closed = inside
        .get(first.len_utf8()..)
        .is_some_and(|rest| rest.starts_with('\''));
    (first == '\\' || closed).then(|| quoted(text, '\''))
}

#[cfg(test)]
mod tests;
