//! cpio and pax.
//!
//! Step: correlate. Both read the names of their sources from standard input unless told
//! otherwise, so that the sources are mostly unknown here.

use super::option::{Grammar, Token, is_remote};
use super::{Command, Output};
use crate::evidence::Purpose;

/// Reads cpio's words after argv\[0\].
pub(super) fn read_cpio(command: &mut Command, words: &[&[u8]]) {
    command.purpose = Purpose::Other;
    command.output = Output::Standard;
    for token in CPIO.tokens(words) {
        match token {
            Token::Short(b'o', _) | Token::Long(b"create", _) => {
                command.purpose = Purpose::Archive;
            }
            Token::Short(b'p', _) | Token::Long(b"pass-through", _) => {
                command.purpose = Purpose::Copy;
            }
            Token::Short(b'i' | b't', _) | Token::Long(b"extract" | b"list", _) => {
                command.purpose = Purpose::Consume;
            }
            Token::Short(b'O' | b'F', value) | Token::Long(b"file", value) => {
                command.output = if is_remote(value) {
                    Output::remote(value)
                } else {
                    Output::file_or_standard(value)
                };
            }
            Token::Short(b'D', value) | Token::Long(b"directory", value) => {
                command.directory = Some(value.to_vec());
            }
            Token::Operand(operand) if command.purpose == Purpose::Copy => {
                command.output = Output::file(operand);
            }
            _ => {}
        }
    }
}

/// Reads pax's words after argv\[0\]: `-w` writes, `-r` reads, both copy, neither lists.
pub(super) fn read_pax(command: &mut Command, words: &[&[u8]]) {
    let (mut reads, mut writes) = (false, false);
    command.output = Output::Standard;
    for token in PAX.tokens(words) {
        match token {
            Token::Short(b'r', _) => reads = true,
            Token::Short(b'w', _) => writes = true,
            Token::Short(b'f', value) => command.output = Output::file_or_standard(value),
            Token::Operand(operand) => command.input(operand),
            _ => {}
        }
    }
    command.purpose = match (reads, writes) {
        (true, true) => Purpose::Copy,
        (false, true) => Purpose::Archive,
        (true | false, false) => Purpose::Consume,
    };
    if command.purpose == Purpose::Copy
        && let Some(target) = command.inputs.pop()
    {
        command.output = Output::File(target);
    }
}

const CPIO: Grammar = Grammar {
    valued: b"CDEFHIMORW",
    attached: b"",
    long_valued: &[
        "file",
        "directory",
        "format",
        "owner",
        "pattern-file",
        "rsh-command",
        "block-size",
        "io-size",
        "message",
    ],
    long: &[
        "create",
        "extract",
        "list",
        "pass-through",
        "append",
        "make-directories",
    ],
};

const PAX: Grammar = Grammar {
    valued: b"bBEfGTUopsx",
    attached: b"",
    long_valued: &[],
    long: &[],
};
