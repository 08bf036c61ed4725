//! split, csplit and dd.
//!
//! Step: correlate. They move bytes without looking at them; what that means is decided by what
//! the bytes are.

use super::option::{Grammar, Token};
use super::{Command, Output};
use crate::evidence::Purpose;

/// Reads split's and csplit's words: the source, then for split a prefix of the parts' names.
pub(super) fn read_split(command: &mut Command, words: &[&[u8]]) {
    command.split = true;
    let by_context = &*command.utility == "csplit";
    let grammar = if by_context { &CSPLIT } else { &SPLIT };
    command.output = Output::file(if by_context { &b"xx"[..] } else { b"x" });
    let mut operands = 0;
    for token in grammar.tokens(words) {
        match token {
            Token::Long(b"help" | b"version", _) => command.purpose = Purpose::Other,
            Token::Long(b"prefix", value) => command.output = Output::file(value),
            Token::Short(b'f', value) if by_context => command.output = Output::file(value),
            Token::Operand(operand) => {
                match operands {
                    0 if operand != b"-" => command.input(operand),
                    1 if !by_context => command.output = Output::file(operand),
                    _ => {}
                }
                operands += 1;
            }
            Token::Short(..) | Token::Long(..) => {}
        }
    }
}

/// Reads dd's words: `if=` and `of=`.
pub(super) fn read_dd(command: &mut Command, words: &[&[u8]]) {
    command.output = Output::Standard;
    for word in words {
        if let Some(source) = word.strip_prefix(b"if=") {
            command.input(source);
        } else if let Some(target) = word.strip_prefix(b"of=") {
            command.output = Output::file_or_standard(target);
        }
    }
}

const SPLIT: Grammar = Grammar {
    valued: b"abClnt",
    attached: b"",
    long_valued: &[
        "bytes",
        "lines",
        "line-bytes",
        "number",
        "suffix-length",
        "additional-suffix",
        "filter",
        "separator",
    ],
    long: &[
        "help",
        "version",
        "verbose",
        "numeric-suffixes",
        "hex-suffixes",
    ],
};

const CSPLIT: Grammar = Grammar {
    valued: b"bfn",
    attached: b"",
    long_valued: &["prefix", "suffix-format", "digits"],
    long: &[
        "help",
        "version",
        "keep-files",
        "quiet",
        "elide-empty-files",
    ],
};
