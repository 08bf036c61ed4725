//! Less common archivers: ar, dpkg-deb, jar, zpaq, arj, lha, dar.
//!
//! Step: correlate. Each has a verb of its own notation, then the archive, then the sources.

use super::option::{Grammar, Token};
use super::{Command, Output};
use crate::evidence::Purpose;

/// Reads ar's words: `ar rcs lib.a members`.
pub(super) fn read_ar(command: &mut Command, words: &[&[u8]]) {
    command.purpose = Purpose::Other;
    let words: Vec<&[u8]> = words
        .iter()
        .copied()
        .filter(|word| !word.starts_with(b"--"))
        .collect();
    let Some((verb, rest)) = words.split_first() else {
        return;
    };
    let verb = verb.strip_prefix(b"-").unwrap_or(verb);
    command.purpose = match verb.iter().find(|letter| b"rqmdxtps".contains(letter)) {
        Some(b'r' | b'q' | b'm') => Purpose::Archive,
        Some(b'x' | b't' | b'p') => Purpose::Consume,
        _ => Purpose::Other,
    };
    archive_then_sources(command, rest);
}

/// Reads dpkg-deb's words: `-b directory [target]` builds.
pub(super) fn read_dpkg_deb(command: &mut Command, words: &[&[u8]]) {
    let builds = words.iter().any(|word| matches!(*word, b"-b" | b"--build"));
    command.purpose = if builds {
        Purpose::Archive
    } else {
        Purpose::Consume
    };
    let mut operands = words.iter().filter(|word| !word.starts_with(b"-"));
    if let Some(source) = operands.next().filter(|_| builds) {
        command.input(source);
        command.output = operands
            .next()
            .map_or(Output::BesideInputs, |to| Output::file(to));
    }
}

/// Reads jar's words: `jar cf out.jar files`, `jar --create --file out.jar files`.
pub(super) fn read_jar(command: &mut Command, words: &[&[u8]]) {
    command.purpose = Purpose::Other;
    command.output = Output::Standard;
    let mut rest = words;
    if let Some((first, after)) = words.split_first()
        && first.first().is_some_and(u8::is_ascii_alphabetic)
        && first.iter().all(u8::is_ascii_alphanumeric)
    {
        rest = after;
        for letter in *first {
            let mut value = || {
                let (value, after) = rest.split_first()?;
                rest = after;
                Some(*value)
            };
            match letter {
                b'f' => {
                    if let Some(name) = value() {
                        command.output = Output::file(name);
                    }
                }
                b'm' | b'e' => drop(value()),
                b'c' | b'u' => command.purpose = Purpose::Archive,
                b'x' | b't' => command.purpose = Purpose::Consume,
                _ => {}
            }
        }
    }
    for token in JAR.tokens(rest) {
        match token {
            Token::Short(b'c' | b'u', _) | Token::Long(b"create" | b"update", _) => {
                command.purpose = Purpose::Archive;
            }
            Token::Short(b'x' | b't', _) | Token::Long(b"extract" | b"list", _) => {
                command.purpose = Purpose::Consume;
            }
            Token::Short(b'f', value) | Token::Long(b"file", value) => {
                command.output = Output::file(value);
            }
            Token::Short(b'C', value) => command.directory = Some(value.to_vec()),
            Token::Operand(operand) => command.input(operand),
            Token::Short(..) | Token::Long(..) => {}
        }
    }
}

/// Reads zpaq's words: `zpaq a archive files -key pw`.
pub(super) fn read_zpaq(command: &mut Command, words: &[&[u8]]) {
    command.purpose = match words.first() {
        Some(&(b"a" | b"add")) => Purpose::Archive,
        Some(&(b"x" | b"extract" | b"l" | b"list" | b"t" | b"test")) => Purpose::Consume,
        _ => Purpose::Other,
    };
    let mut operands = Vec::new();
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        match *word {
            b"-key" => {
                command.password = true;
                rest.next();
            }
            [b'-', ..] => {}
            _ => operands.push(*word),
        }
    }
    archive_then_sources(command, &operands);
}

/// Reads arj's words: `arj a -gpw -v650m archive files`.
pub(super) fn read_arj(command: &mut Command, words: &[&[u8]]) {
    let mut operands = Vec::new();
    for word in words {
        match *word {
            [b'-', b'g' | b'G', ..] => command.password = true,
            [b'-', b'h' | b'H', b'g' | b'G', ..] => {
                command.password = true;
                command.header_encryption = true;
            }
            [b'-', b'v' | b'V', size, ..] if size.is_ascii_digit() => command.split = true,
            [b'-', b'd' | b'D', b'1' | b'2'] => command.deletes_sources = true,
            [b'-', ..] => {}
            _ => operands.push(*word),
        }
    }
    let Some((verb, rest)) = operands.split_first() else {
        command.purpose = Purpose::Other;
        return;
    };
    command.purpose = match *verb {
        b"a" | b"u" | b"f" | b"b" => Purpose::Archive,
        b"m" => {
            command.deletes_sources = true;
            Purpose::Archive
        }
        b"x" | b"e" | b"l" | b"v" | b"t" | b"p" => Purpose::Consume,
        _ => Purpose::Other,
    };
    archive_then_sources(command, rest);
}

/// Reads lha's words: `lha a archive files`, `lha -aw=dir archive files`.
pub(super) fn read_lha(command: &mut Command, words: &[&[u8]]) {
    let Some((verb, rest)) = words.split_first() else {
        command.purpose = Purpose::Other;
        return;
    };
    let verb = verb.strip_prefix(b"-").unwrap_or(verb);
    command.deletes_sources = verb.contains(&b'd') && verb.first() != Some(&b'd');
    command.purpose = match verb.first() {
        Some(b'a' | b'u' | b'c') => Purpose::Archive,
        Some(b'm') => {
            command.deletes_sources = true;
            Purpose::Archive
        }
        Some(b'x' | b'e' | b'l' | b'v' | b't' | b'p') => Purpose::Consume,
        _ => Purpose::Other,
    };
    archive_then_sources(command, rest);
}

/// Reads dar's words: `dar -c base -R root -K key -s slice`.
pub(super) fn read_dar(command: &mut Command, words: &[&[u8]]) {
    command.purpose = Purpose::Other;
    for token in DAR.tokens(words) {
        match token {
            Token::Short(b'c' | b'+', value) | Token::Long(b"create" | b"merge", value) => {
                command.purpose = Purpose::Archive;
                command.output = Output::file_or_standard(value);
            }
            Token::Short(b'x' | b'l' | b't' | b'd', _)
            | Token::Long(b"extract" | b"list" | b"test" | b"diff", _) => {
                command.purpose = Purpose::Consume;
            }
            Token::Short(b'K' | b'$', _) | Token::Long(b"key", _) => command.password = true,
            Token::Short(b's', _) | Token::Long(b"slice", _) => command.split = true,
            Token::Short(b'R', value) | Token::Long(b"fs-root", value) => {
                command.directory = Some(value.to_vec());
            }
            Token::Short(b'g', value) | Token::Long(b"go-into", value) => command.input(value),
            Token::Operand(operand) => command.input(operand),
            Token::Short(..) | Token::Long(..) => {}
        }
    }
}

fn archive_then_sources(command: &mut Command, operands: &[&[u8]]) {
    if let Some((archive, sources)) = operands.split_first() {
        command.output = Output::file(archive);
        command.all_inputs(sources);
    }
}

const JAR: Grammar = Grammar {
    valued: b"fmeC",
    attached: b"",
    long_valued: &["file", "manifest", "main-class", "module-path", "date"],
    long: &["create", "update", "extract", "list"],
};

const DAR: Grammar = Grammar {
    valued: b"c+xltdKJsRgAXIPZYBSC#*,",
    attached: b"zy",
    long_valued: &[
        "create", "extract", "list", "test", "diff", "key", "slice", "fs-root", "go-into", "ref",
    ],
    long: &[],
};
