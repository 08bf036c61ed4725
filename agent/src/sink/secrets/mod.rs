//! Masks passwords and keys in command lines before anything tells or keeps them.
//!
//! Step: sink. An analyst needs to see that a password was set, not which one; a finding travels
//! further than the host's process list. Invariant: an argument is either shown unchanged or has
//! its secret replaced by [`MASK`] as a whole, so that not even the length is told. This masks what
//! is told; a recording made with `packhound record` keeps the arguments as the kernel saw them.

mod switches;

use std::borrow::Cow;
use std::ops::Range;

use switches::{Family, NAMES, Value, family_of, is_secret_name};

/// What stands in place of a secret.
pub(crate) const MASK: &str = "***";

/// The arguments (each ended by a NUL) with their secrets masked.
///
/// `image` and the catalogue's name of the `utility` say whose switches these are: a renamed tool
/// keeps its switches. `cautious` is for programs of unknown name in a finding that has a password.
pub(crate) fn masked(
    arguments: &[u8],
    image: Option<&[u8]>,
    utility: Option<&str>,
    cautious: bool,
) -> Vec<Vec<u8>> {
    let family = utility
        .and_then(|name| family_of(name.as_bytes()))
        .or_else(|| image.and_then(family_of))
        .or(cautious.then_some(Family::CAUTIOUS));
    let mut scanner = Scanner::new(family);
    split(arguments)
        .enumerate()
        .map(|(index, argument)| {
            // The first argument is the program's name, which may contain anything.
            if index == 0 {
                scanner.program(argument);
                return argument.to_vec();
            }
            scanner.argument(argument).into_owned()
        })
        .collect()
}

/// The arguments as they are.
pub(crate) fn split(arguments: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ended = arguments.strip_suffix(b"\0").unwrap_or(arguments);
    let some = (!arguments.is_empty()).then(|| ended.split(|byte| *byte == 0));
    some.into_iter().flatten()
}

/// Reads words in order and knows which of them, or which part, is a secret.
struct Scanner {
    family: Option<&'static Family>,
    pending: Option<Value>,
}

impl Scanner {
    fn new(family: Option<&'static Family>) -> Self {
        Self {
            family,
            pending: None,
        }
    }

    /// A word that names a program changes whose switches follow: `sudo zip -P x` is zip's.
    fn program(&mut self, word: &[u8]) -> bool {
        match family_of(word) {
            Some(family) => {
                self.family = Some(family);
                true
            }
            None => false,
        }
    }

    /// One argument: a word, a header, or a command line of its own (`sh -c '…'`).
    fn argument<'a>(&mut self, argument: &'a [u8]) -> Cow<'a, [u8]> {
        if self.pending.is_none() {
            if let Some(secret) = header_secret(argument) {
                return Cow::Owned(replace(argument, secret));
            }
            if argument.iter().any(u8::is_ascii_whitespace) {
                return self.text(argument);
            }
        }
        match self.word(argument) {
            Some(secret) => Cow::Owned(replace(argument, secret)),
            None => Cow::Borrowed(argument),
        }
    }

    /// A command line inside an argument. Its words are masked with a scanner of their own, since
    /// it may run several programs; everything between the words stays.
    fn text<'a>(&mut self, text: &'a [u8]) -> Cow<'a, [u8]> {
        let mut inner = Scanner::new(self.family);
        let mut shown = Vec::with_capacity(text.len());
        let mut changed = false;
        for (is_word, piece) in Pieces(text) {
            if !is_word {
                if piece.iter().any(|byte| b";|&\n".contains(byte)) {
                    inner = Scanner::new(self.family);
                }
                shown.extend_from_slice(piece);
                continue;
            }
            let plain: Vec<u8> = unquoted(piece);
            match inner.word(&plain) {
                Some(secret) => {
                    changed = true;
                    shown.extend(replace(&plain, secret));
                }
                None => shown.extend_from_slice(piece),
            }
        }
        if changed {
            Cow::Owned(shown)
        } else {
            Cow::Borrowed(text)
        }
    }

    /// The part of the word that is a secret.
    fn word(&mut self, word: &[u8]) -> Option<Range<usize>> {
        if let Some(value) = self.pending.take() {
            return value.secret(word, 0);
        }
        if word.first() != Some(&b'-') && self.program(word) {
            return None;
        }
        named(word, &mut self.pending)
            .or_else(|| url_secret(word))
            .or_else(|| {
                let family = self.family?;
                family.secret(word, &mut self.pending)
            })
    }
}

/// `--password=x`, `-pass x`, `PASSWORD=x`, `pass:x`: names that mean a secret in any program.
fn named(word: &[u8], pending: &mut Option<Value>) -> Option<Range<usize>> {
    if let Some(rest) = word.strip_prefix(b"pass:") {
        return (!rest.is_empty()).then_some(5..word.len());
    }
    let bare = word.iter().take_while(|byte| **byte == b'-').count();
    let name_end = word[bare..]
        .iter()
        .position(|byte| matches!(byte, b'=' | b':'))
        .map(|at| bare + at);
    let name = word[bare..name_end.unwrap_or(word.len())].to_ascii_lowercase();
    match name_end {
        // `NAME=value` needs no dash: environment assignments and script variables look so.
        Some(end) if is_secret_name(&name, bare == 0) && (bare > 0 || word[end] == b'=') => {
            Value::Source.secret(&word[end + 1..], end + 1)
        }
        None if bare > 0 && is_secret_name(&name, false) => {
            *pending = Some(Value::Source);
            None
        }
        None if NAMES.bare.contains(&name.as_slice()) => {
            *pending = Some(Value::Whole);
            None
        }
        _ => None,
    }
}

/// The password in `scheme://user:password@host`.
fn url_secret(word: &[u8]) -> Option<Range<usize>> {
    let start = word.windows(3).position(|window| window == b"://")? + 3;
    let authority = word[start..]
        .split(|byte| *byte == b'/')
        .next()
        .unwrap_or_default();
    let at = authority.iter().rposition(|byte| *byte == b'@')?;
    let colon = authority[..at].iter().position(|byte| *byte == b':')?;
    (colon + 1 < at).then_some(start + colon + 1..start + at)
}

/// The value of a header that carries credentials (`Authorization: Bearer x`).
fn header_secret(argument: &[u8]) -> Option<Range<usize>> {
    let start = if argument.starts_with(b"-H") { 2 } else { 0 };
    let colon = argument.iter().position(|byte| *byte == b':')?;
    let name = argument.get(start..colon)?.to_ascii_lowercase();
    (NAMES.headers.contains(&name.as_slice()) && colon + 1 < argument.len())
        .then_some(colon + 1..argument.len())
}

/// The argument with the range replaced by [`MASK`].
fn replace(argument: &[u8], secret: Range<usize>) -> Vec<u8> {
    let mut shown = argument[..secret.start].to_vec();
    shown.extend_from_slice(MASK.as_bytes());
    shown.extend_from_slice(&argument[secret.end..]);
    shown
}

/// A shell word without its quotes; close enough for masking, which never runs it.
fn unquoted(word: &[u8]) -> Vec<u8> {
    word.iter()
        .copied()
        .filter(|byte| !matches!(byte, b'"' | b'\''))
        .collect()
}

/// Cuts a command line into words (true) and what separates them (false), all bytes kept.
struct Pieces<'a>(&'a [u8]);

impl<'a> Iterator for Pieces<'a> {
    type Item = (bool, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let first = *self.0.first()?;
        let is_word = !separates(first);
        let mut quote = None;
        let end = self
            .0
            .iter()
            .position(|byte| match quote {
                Some(open) => {
                    if *byte == open {
                        quote = None;
                    }
                    false
                }
                None if is_word && matches!(byte, b'"' | b'\'') => {
                    quote = Some(*byte);
                    false
                }
                None => separates(*byte) == is_word,
            })
            .unwrap_or(self.0.len());
        let (piece, rest) = self.0.split_at(end);
        self.0 = rest;
        Some((is_word, piece))
    }
}

/// Whether a byte stands between the words of a command line.
fn separates(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b";|&()<>,".contains(&byte)
}

#[cfg(test)]
mod tests;
