//! How an interpreter gets its code: inline, from a file, as a module or on standard input.
//!
//! Step: correlate. The code itself is not read.

use super::split_words;
use crate::catalogue::{Catalogue, Family, Interpreter};

/// A start of an interpreter.
#[derive(Clone, Debug)]
pub struct Invocation<'c> {
    /// Which.
    pub interpreter: &'c Interpreter,
    /// Where its code comes from.
    pub code: Code,
}

/// Where an interpreter's code comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// On the command line (`sh -c`, `python -c`).
    Inline,
    /// A file, as given.
    File(Vec<u8>),
    /// A module by its name (`python -m zipfile`).
    Module(Vec<u8>),
    /// Standard input, a terminal perhaps.
    Standard,
}

/// Reads the start of an interpreter; `None` where the program is none.
#[must_use]
pub fn invocation<'c>(
    catalogue: &'c Catalogue,
    image: Option<&[u8]>,
    arguments: &[u8],
) -> Option<Invocation<'c>> {
    let words = split_words(arguments);
    let name = image.or_else(|| words.first().copied())?;
    let (interpreter, skipped) = named(catalogue, name, &words)?;
    let listed = |options: &[crate::Text], word: &[u8]| {
        options
            .iter()
            .any(|option| word.eq_ignore_ascii_case(option.as_bytes()))
    };
    let mut code = Code::Standard;
    let mut rest = words.iter().skip(skipped);
    while let Some(word) = rest.next() {
        // Shells and Perl bundle their letters: `bash -lc`, `perl -ne`.
        let bundled = interpreter.inline.iter().any(|option| {
            matches!(option.as_bytes(), [b'-', letter]
                if word.len() > 2
                    && word[0] == b'-'
                    && word[1..].iter().all(u8::is_ascii_alphabetic)
                    && word.last() == Some(letter))
        });
        if listed(&interpreter.inline, word) || bundled {
            code = Code::Inline;
            break;
        }
        if listed(&interpreter.module, word) {
            if let Some(module) = rest.next() {
                code = Code::Module(module.to_vec());
            }
            break;
        }
        match *word {
            b"-" | b"-s" => break,
            [b'-' | b'+', ..] => {}
            file => {
                code = Code::File(file.to_vec());
                break;
            }
        }
    }
    Some(Invocation { interpreter, code })
}

/// The interpreter, and how many words go before its own: of `busybox sh -c …` two.
fn named<'c>(
    catalogue: &'c Catalogue,
    name: &[u8],
    words: &[&[u8]],
) -> Option<(&'c Interpreter, usize)> {
    if let Some(interpreter) = catalogue.interpreter(name) {
        return Some((interpreter, 1));
    }
    if catalogue.utility(name)?.family != Family::Multicall {
        return None;
    }
    let applet = |at: usize| {
        let interpreter = catalogue.interpreter(words.get(at)?)?;
        Some((interpreter, at + 1))
    };
    applet(0).or_else(|| applet(1))
}
