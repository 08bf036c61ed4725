//! Encoders of bytes as text: base64 and its kin, xxd, uuencode.
//!
//! Step: correlate.

use super::option::{Grammar, Token};
use super::{Command, Output};
use crate::evidence::Purpose;

/// Reads base64's, base32's and basenc's words.
pub(super) fn read_encoder(command: &mut Command, words: &[&[u8]]) {
    command.output = Output::Standard;
    for token in ENCODER.tokens(words) {
        match token {
            Token::Short(b'd' | b'D' | b'u', _) | Token::Long(b"decode", _) => {
                command.purpose = Purpose::Consume;
            }
            Token::Long(b"help" | b"version", _) => command.purpose = Purpose::Other,
            // GNU's `-i` ignores garbage and takes no value; macOS's names the source.
            Token::Long(b"input", value) => command.input(value),
            Token::Short(b'o', value) | Token::Long(b"output", value) => {
                command.output = Output::file_or_standard(value);
            }
            Token::Operand(operand) if operand != b"-" => command.input(operand),
            Token::Operand(_) | Token::Short(..) | Token::Long(..) => {}
        }
    }
}

/// Reads xxd's words: `xxd [options] [source [target]]`.
pub(super) fn read_xxd(command: &mut Command, words: &[&[u8]]) {
    command.output = Output::Standard;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            b"-r" | b"-revert" => command.purpose = Purpose::Consume,
            b"-c" | b"-cols" | b"-g" | b"-l" | b"-len" | b"-n" | b"-name" | b"-o" | b"-s"
            | b"-seek" => drop(words.next()),
            b"-h" | b"-v" | b"-version" => command.purpose = Purpose::Other,
            [b'-', ..] => {}
            _ if command.inputs.is_empty() => command.input(word),
            _ => command.output = Output::file_or_standard(word),
        }
    }
}

/// Reads uuencode's words: `uuencode [-m] [source] name`.
pub(super) fn read_uuencode(command: &mut Command, words: &[&[u8]]) {
    command.output = Output::Standard;
    let operands: Vec<&[u8]> = words
        .iter()
        .copied()
        .filter(|word| !word.starts_with(b"-"))
        .collect();
    if let [source, _name] = operands[..] {
        command.input(source);
    }
}

const ENCODER: Grammar = Grammar {
    valued: b"wbo",
    attached: b"",
    long_valued: &["wrap", "break", "input", "output"],
    long: &[
        "decode",
        "ignore-garbage",
        "help",
        "version",
        "base64",
        "base32",
        "base16",
        "z85",
    ],
};
