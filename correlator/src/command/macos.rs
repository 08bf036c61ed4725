//! macOS's own packers: ditto, hdiutil, aa, aea, `compression_tool`, xar, pkgbuild.
//!
//! Step: correlate. hdiutil and pkgbuild write long options with one dash or two; both are taken.

use super::option::{Grammar, Token};
use super::{Command, Output};
use crate::evidence::Purpose;

/// Reads ditto's words: it copies unless `-c` makes an archive of the sources.
pub(super) fn read_ditto(command: &mut Command, words: &[&[u8]]) {
    let mut operands = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            b"--arch" | b"--bom" | b"--outBom" | b"--zipCompressionLevel" => drop(words.next()),
            b"-h" | b"--help" => command.purpose = Purpose::Other,
            [b'-', b'-', ..] | b"-" if *word != b"-" => {}
            [b'-', letters @ ..] if !letters.is_empty() => {
                if letters.contains(&b'c') {
                    command.purpose = Purpose::Archive;
                } else if letters.contains(&b'x') {
                    command.purpose = Purpose::Consume;
                }
            }
            _ => operands.push(*word),
        }
    }
    match operands.split_last() {
        Some((target, sources)) => {
            command.output = Output::file_or_standard(target);
            command.all_inputs(sources);
        }
        None => command.purpose = Purpose::Other,
    }
}

/// Reads hdiutil's words: `create`, `convert` and `makehybrid` make images, `segment` splits one.
pub(super) fn read_hdiutil(command: &mut Command, words: &[&[u8]]) {
    let Some((verb, rest)) = words.split_first() else {
        return;
    };
    command.purpose = match *verb {
        b"create" | b"convert" | b"makehybrid" => Purpose::Archive,
        b"segment" => Purpose::Split,
        b"attach" | b"mount" | b"verify" | b"imageinfo" | b"isencrypted" | b"info" => {
            Purpose::Consume
        }
        _ => Purpose::Other,
    };
    command.split = command.purpose == Purpose::Split;
    let mut operands = Vec::new();
    let mut output = None;
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        let name = word
            .strip_prefix(b"-")
            .map(|name| name.strip_prefix(b"-").unwrap_or(name));
        match name {
            None => operands.push(*word),
            Some(b"srcfolder" | b"srcdir" | b"srcdevice" | b"srcowners-folder") => {
                if let Some(source) = rest.next() {
                    command.input(source);
                }
            }
            Some(b"o") => output = rest.next(),
            Some(b"encryption") => {
                command.password = true;
                rest.next();
            }
            Some(b"stdinpass" | b"agentpass" | b"passphrase") => command.password = true,
            Some(b"segmentSize" | b"segmentCount") => {
                command.split = true;
                rest.next();
            }
            Some(
                b"format"
                | b"volname"
                | b"fs"
                | b"size"
                | b"layout"
                | b"type"
                | b"megabytes"
                | b"sectors"
                | b"imagekey"
                | b"pubkey"
                | b"certificate"
                | b"uid"
                | b"gid"
                | b"mode"
                | b"srcowners"
                | b"tgtimagekey"
                | b"firstSegname"
                | b"default-volume-name",
            ) => drop(rest.next()),
            Some(_) => {}
        }
    }
    match *verb {
        b"create" => output = output.or(operands.last()),
        _ => command.all_inputs(&operands),
    }
    if let Some(target) = output {
        command.output = Output::file(target);
    }
}

/// Reads aa's words: `aa archive -d directory -o out.aar`.
pub(super) fn read_apple_archive(command: &mut Command, words: &[&[u8]]) {
    command.purpose = match words.first() {
        Some(&(b"archive" | b"append" | b"convert" | b"encrypt")) => Purpose::Archive,
        Some(&(b"extract" | b"list" | b"verify" | b"check-and-fix" | b"decrypt" | b"id")) => {
            Purpose::Consume
        }
        _ => Purpose::Other,
    };
    command.output = Output::Standard;
    apple_options(command, words);
}

/// Reads aea's and `compression_tool`'s words.
pub(super) fn read_apple_encrypted(command: &mut Command, words: &[&[u8]]) {
    command.output = Output::Standard;
    let verb = words.first().copied().unwrap_or_default();
    match verb.strip_prefix(b"-").unwrap_or(verb) {
        b"encrypt" => {
            command.purpose = Purpose::Encrypt;
            command.password = true;
        }
        b"encode" => command.purpose = Purpose::Compress,
        b"decrypt" | b"decode" | b"id" => command.purpose = Purpose::Consume,
        _ => command.purpose = Purpose::Other,
    }
    apple_options(command, words.get(1..).unwrap_or_default());
}

fn apple_options(command: &mut Command, words: &[&[u8]]) {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            b"-o" => {
                if let Some(target) = words.next() {
                    command.output = Output::file_or_standard(target);
                }
            }
            b"-d" | b"-i" | b"-subdir" => {
                if let Some(source) = words.next() {
                    command.input(source);
                }
            }
            b"-password" | b"-password-value" | b"-key" | b"-key-value" | b"-recipient-pub" => {
                command.password = true;
                words.next();
            }
            b"-password-gen" | b"-key-gen" => command.password = true,
            _ => {}
        }
    }
}

/// Reads xar's words: `xar -cf out.xar sources`.
pub(super) fn read_xar(command: &mut Command, words: &[&[u8]]) {
    command.purpose = Purpose::Other;
    for token in XAR.tokens(words) {
        match token {
            Token::Short(b'c', _) => command.purpose = Purpose::Archive,
            Token::Short(b'x' | b't', _) => command.purpose = Purpose::Consume,
            Token::Short(b'f', value) => command.output = Output::file_or_standard(value),
            Token::Operand(operand) => command.input(operand),
            Token::Short(..) | Token::Long(..) => {}
        }
    }
}

/// Reads pkgbuild's and productbuild's words: `pkgbuild --root directory out.pkg`.
pub(super) fn read_package_build(command: &mut Command, words: &[&[u8]]) {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            b"--root" | b"--component" | b"--content" | b"--package" => {
                if let Some(source) = words.next() {
                    command.input(source);
                }
            }
            b"--nopayload" | b"--analyze" | b"--quiet" | b"--timestamp" => {}
            [b'-', b'-', ..] => drop(words.next()),
            _ => command.output = Output::file(word),
        }
    }
}

const XAR: Grammar = Grammar {
    valued: b"fCsd",
    attached: b"",
    long_valued: &["compression", "exclude", "dump-toc", "toc-cksum", "rsize"],
    long: &[],
};
