//! The 7-Zip family: 7z, 7za, 7zr, 7zz, 7zG.
//!
//! Step: correlate. The command is the first word that is no switch, in either case; switches may
//! stand anywhere, also after the sources, until `--`.

use super::{Command, Output};
use crate::evidence::Purpose;

/// Reads the words after argv\[0\].
pub(super) fn read(command: &mut Command, words: &[&[u8]]) {
    let mut operands: Vec<&[u8]> = Vec::new();
    let (mut to_standard, mut no_archive_name, mut switches_end) = (false, false, false);
    for &word in words {
        match word {
            b"--" if !switches_end => switches_end = true,
            [b'-', switch @ ..] if !switches_end && !switch.is_empty() => {
                let switch = switch.to_ascii_lowercase();
                match switch.as_slice() {
                    [b'p', ..] => command.password = true,
                    [b'm', b'h', b'e', value @ ..] => {
                        command.header_encryption |= !matches!(value, b"=off" | b"-" | b"off");
                    }
                    [b'v', size, ..] if size.is_ascii_digit() => command.split = true,
                    b"sdel" => command.deletes_sources = true,
                    b"so" => to_standard = true,
                    b"an" => no_archive_name = true,
                    // `-i@list` and `-ir!pattern` name sources too.
                    [b'i', rest @ ..] => {
                        if let Some(at) = rest.iter().position(|b| matches!(b, b'!' | b'@')) {
                            let name = &word[word.len() - rest.len() + at..];
                            command.input(name.strip_prefix(b"!").unwrap_or(name));
                        }
                    }
                    _ => {}
                }
            }
            _ => operands.push(word),
        }
    }
    let (verb, mut rest) = match operands.split_first() {
        Some((verb, rest)) => (*verb, rest),
        None => (&b""[..], &[][..]),
    };
    command.purpose = match verb {
        b"a" | b"A" | b"u" | b"U" => Purpose::Archive,
        b"x" | b"X" | b"e" | b"E" | b"l" | b"L" | b"t" | b"T" => Purpose::Consume,
        _ => Purpose::Other,
    };
    command.output = Output::Unknown;
    if !no_archive_name && let Some((archive, sources)) = rest.split_first() {
        command.output = Output::file(archive);
        rest = sources;
    }
    if to_standard {
        command.output = Output::Standard;
    }
    command.all_inputs(rest);
}
