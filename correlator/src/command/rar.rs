//! RAR and `WinRAR`.
//!
//! Step: correlate. The command is the first word that is no switch. Switches begin with `-`, on
//! Windows with `/` too. Switches that stand in a configuration file are not seen here.

use super::{Command, Output};
use crate::evidence::Purpose;

/// Reads the words after argv\[0\].
pub(super) fn read(command: &mut Command, words: &[&[u8]], windows: bool) {
    let mut operands: Vec<&[u8]> = Vec::new();
    let mut switches_end = false;
    for &word in words {
        match word {
            b"--" if !switches_end => switches_end = true,
            [b'-', switch @ ..] if !switches_end && !switch.is_empty() => apply(command, switch),
            [b'/', switch @ ..] if !switches_end && windows && !switch.is_empty() => {
                apply(command, switch);
            }
            _ => operands.push(word),
        }
    }
    let mut operands = operands.into_iter();
    let verb = operands.next().unwrap_or_default().to_ascii_lowercase();
    command.purpose = match verb.as_slice() {
        b"a" | b"u" | b"f" => Purpose::Archive,
        b"m" | b"mf" => {
            command.deletes_sources = true;
            Purpose::Archive
        }
        b"x" | b"e" | b"p" | b"i" | b"cw" | [b'l' | b'v' | b't', ..] => Purpose::Consume,
        _ => Purpose::Other,
    };
    if let Some(archive) = operands.next() {
        command.output = Output::file(archive);
    }
    for operand in operands {
        command.input(operand);
    }
}

fn apply(command: &mut Command, switch: &[u8]) {
    let lower = switch.to_ascii_lowercase();
    match lower.as_slice() {
        [b'h', b'p', ..] => {
            command.password = true;
            command.header_encryption = true;
        }
        b"p-" => command.password = false,
        [b'p', ..] => command.password = true,
        b"v" => command.split = true,
        [b'v', size, ..] if size.is_ascii_digit() => command.split = true,
        b"df" | b"dr" | b"dw" => command.deletes_sources = true,
        _ => {}
    }
}
