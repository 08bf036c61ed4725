//! Splits a command line into options and operands by the rules of `getopt_long`.
//!
//! Step: correlate. What an option means is its parser's matter; a [`Grammar`] only says which
//! options take a value, since that decides what is an operand. Invariant: total; an option whose
//! value is missing has an empty one.

use super::Command;

/// Which options of a utility take a value.
pub(super) struct Grammar {
    /// Letters with a value, in the same word or the next.
    pub(super) valued: &'static [u8],
    /// Letters whose value, if any, stands in the same word.
    pub(super) attached: &'static [u8],
    /// Long options with a value, in the same word after `=` or the next.
    pub(super) long_valued: &'static [&'static str],
    /// Long options without, as far as their abbreviation matters.
    pub(super) long: &'static [&'static str],
}

/// One part of a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// An option of one letter.
    Short(u8, &'a [u8]),
    /// A long option, in full where the grammar knows it.
    Long(&'a [u8], &'a [u8]),
    /// Anything else.
    Operand(&'a [u8]),
}

impl Grammar {
    /// The tokens of these words, in order.
    pub(super) fn tokens<'a>(&self, words: &[&'a [u8]]) -> Vec<Token<'a>> {
        let mut tokens = Vec::with_capacity(words.len());
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            match word {
                b"--" => {
                    tokens.extend(words.by_ref().map(Token::Operand));
                }
                [b'-', b'-', long @ ..] => tokens.push(self.long(long, &mut words)),
                [b'-', letters @ ..] if !letters.is_empty() => {
                    self.short(letters, &mut words, &mut tokens);
                }
                _ => tokens.push(Token::Operand(word)),
            }
        }
        tokens
    }

    fn long<'a>(&self, text: &'a [u8], rest: &mut impl Iterator<Item = &'a [u8]>) -> Token<'a> {
        let (name, value) = match text.iter().position(|&byte| byte == b'=') {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        let valued = resolve(name, self.long_valued);
        let plain = resolve(name, self.long);
        match (valued, plain) {
            // An exact name wins over the abbreviation of another.
            (Some(full), other) if other.is_none_or(|other| other.as_bytes() != name) => {
                let value = value.or_else(|| rest.next()).unwrap_or_default();
                Token::Long(full.as_bytes(), value)
            }
            (_, Some(full)) => Token::Long(full.as_bytes(), value.unwrap_or_default()),
            _ => Token::Long(name, value.unwrap_or_default()),
        }
    }

    fn short<'a>(
        &self,
        letters: &'a [u8],
        rest: &mut impl Iterator<Item = &'a [u8]>,
        tokens: &mut Vec<Token<'a>>,
    ) {
        for (at, &letter) in letters.iter().enumerate() {
            let after = &letters[at + 1..];
            if self.valued.contains(&letter) {
                let value = if after.is_empty() {
                    rest.next().unwrap_or_default()
                } else {
                    after
                };
                tokens.push(Token::Short(letter, value));
                return;
            }
            if self.attached.contains(&letter) {
                tokens.push(Token::Short(letter, after));
                return;
            }
            tokens.push(Token::Short(letter, b""));
        }
    }
}

/// The option of this name, or the only one that it abbreviates.
fn resolve(name: &[u8], known: &'static [&'static str]) -> Option<&'static str> {
    if let Some(exact) = known.iter().find(|option| option.as_bytes() == name) {
        return Some(exact);
    }
    let mut candidates = known
        .iter()
        .filter(|option| name.len() > 1 && option.as_bytes().starts_with(name));
    match (candidates.next(), candidates.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// The operands of a command line whose options take no separate values.
pub(super) fn operands_as_inputs(command: &mut Command, words: &[&[u8]]) {
    for word in words {
        let short_switch = word.starts_with(b"/") && word.len() <= 3;
        if !word.starts_with(b"-") && !short_switch {
            command.input(word);
        }
    }
}

/// Whether a name is `host:path`, and neither a path with a colon nor a Windows drive.
pub(super) fn is_remote(name: &[u8]) -> bool {
    if name.starts_with(b"rsync://") || name.starts_with(b"ssh://") || name.starts_with(b"sftp://")
    {
        return true;
    }
    let Some(at) = name
        .iter()
        .position(|&byte| matches!(byte, b':' | b'/' | b'\\'))
    else {
        return false;
    };
    let drive = at == 1 && matches!(name.get(2), Some(b'/' | b'\\'));
    at > 0 && name[at] == b':' && !drive
}

/// Whether a word equals a name of the command line, case aside.
pub(super) fn same(word: &[u8], name: &str) -> bool {
    word.eq_ignore_ascii_case(name.as_bytes())
}

/// A Windows switch without its `-` or `/`.
pub(super) fn switch(word: &[u8]) -> Option<&[u8]> {
    match word {
        [b'-' | b'/', name @ ..] if !name.is_empty() => Some(name),
        _ => None,
    }
}
