//! GNU tar, bsdtar, star and busybox tar.
//!
//! Step: correlate. The mode may be bundled, with or without a dash (`czf`, `-czf`), where the
//! values of undashed letters follow in the order of the letters. `-C` changes the directory and
//! is not `-c`. The compressor that `-I` names is read as a command of its own, since it may be a
//! cipher.

use super::option::{Grammar, Token, is_remote};
use super::{Command, Output, interpret};
use crate::catalogue::Catalogue;
use crate::evidence::Purpose;

/// Reads the words after argv\[0\].
pub(super) fn read(catalogue: &Catalogue, command: &mut Command, words: &[&[u8]]) {
    let mut state = State {
        mode: None,
        file: None,
        local: false,
    };
    for token in tokens(words) {
        state.apply(catalogue, command, token);
    }
    command.purpose = state.mode.unwrap_or(Purpose::Other);
    command.output = match state.file {
        None => Output::Standard,
        Some(file) if is_remote(file) && !state.local => Output::remote(file),
        Some(file) => Output::file_or_standard(file),
    };
}

struct State<'a> {
    mode: Option<Purpose>,
    file: Option<&'a [u8]>,
    local: bool,
}

impl<'a> State<'a> {
    fn apply(&mut self, catalogue: &Catalogue, command: &mut Command, token: Token<'a>) {
        match token {
            Token::Short(b'c' | b'r' | b'u' | b'A', _)
            | Token::Long(b"create" | b"append" | b"update" | b"catenate" | b"concatenate", _) => {
                self.mode = Some(Purpose::Archive);
            }
            Token::Short(b'x' | b't' | b'd', _)
            | Token::Long(
                b"extract" | b"get" | b"list" | b"diff" | b"compare" | b"test-label",
                _,
            ) => self.mode = Some(Purpose::Consume),
            Token::Long(b"delete", _) => self.mode = Some(Purpose::Other),
            Token::Short(b'f', value) | Token::Long(b"file", value) => self.file = Some(value),
            Token::Short(b'C', value) | Token::Long(b"directory" | b"cd", value) => {
                command.directory = Some(value.to_vec());
            }
            Token::Short(b'T', value) | Token::Long(b"files-from", value) => {
                command.input_list(value);
            }
            Token::Short(b'I', value) | Token::Long(b"use-compress-program", value) => {
                command.password |= encrypts(catalogue, value);
            }
            Token::Short(b'M' | b'L', _) | Token::Long(b"multi-volume" | b"tape-length", _) => {
                command.split = true;
            }
            Token::Long(b"remove-files", _) => command.deletes_sources = true,
            Token::Long(b"passphrase", _) => command.password = true,
            Token::Long(b"options", value) => {
                command.password |= value
                    .split(|&byte| byte == b',')
                    .any(|option| option.starts_with(b"zip:encryption") || option == b"encryption");
            }
            Token::Long(b"force-local", _) => self.local = true,
            Token::Operand(operand) => command.input(operand),
            Token::Short(..) | Token::Long(..) => {}
        }
    }
}

/// The tokens, the first word's undashed bundle included.
fn tokens<'a>(words: &[&'a [u8]]) -> Vec<Token<'a>> {
    let Some((first, rest)) = words.split_first() else {
        return Vec::new();
    };
    let bundled = first.first().is_some_and(u8::is_ascii_alphabetic)
        && first.iter().all(u8::is_ascii_alphanumeric)
        && first.iter().any(|letter| b"crutxdA".contains(letter));
    if !bundled {
        return GRAMMAR.tokens(words);
    }
    let mut tokens = Vec::new();
    let mut rest = rest.iter();
    for &letter in *first {
        let value = if GRAMMAR.valued.contains(&letter) {
            rest.next().copied().unwrap_or_default()
        } else {
            b""
        };
        tokens.push(Token::Short(letter, value));
    }
    tokens.extend(GRAMMAR.tokens(rest.as_slice()));
    tokens
}

/// Whether a program with arguments, as `-I` takes it, encrypts.
fn encrypts(catalogue: &Catalogue, program: &[u8]) -> bool {
    let arguments: Vec<u8> = program
        .iter()
        .map(|&byte| if byte == b' ' { 0 } else { byte })
        .collect();
    // A compressor of a compressor would be a tar again: it cannot recurse without end, since
    // each level's text is shorter than the one around it.
    interpret(catalogue, None, &arguments).is_some_and(|inner| inner.purpose == Purpose::Encrypt)
}

const GRAMMAR: Grammar = Grammar {
    valued: b"bCfFgHIKLNTVX",
    attached: b"",
    long_valued: &[
        "file",
        "directory",
        "cd",
        "files-from",
        "use-compress-program",
        "passphrase",
        "options",
        "exclude",
        "exclude-from",
        "format",
        "blocking-factor",
        "listed-incremental",
        "newer",
        "newer-mtime",
        "after-date",
        "label",
        "tape-length",
        "transform",
        "xform",
        "mtime",
        "owner",
        "group",
        "mode",
        "sort",
        "strip-components",
        "to-command",
        "checkpoint-action",
        "rsh-command",
        "rmt-command",
        "info-script",
        "new-volume-script",
        "volno-file",
        "starting-file",
        "suffix",
        "level",
        "quoting-style",
        "warning",
        "pax-option",
        "uid",
        "gid",
        "uname",
        "gname",
    ],
    long: &[
        "create",
        "append",
        "update",
        "catenate",
        "concatenate",
        "extract",
        "get",
        "list",
        "diff",
        "compare",
        "delete",
        "test-label",
        "remove-files",
        "multi-volume",
        "force-local",
        "gzip",
        "bzip2",
        "xz",
        "zstd",
        "lzip",
        "lzma",
        "lzop",
        "compress",
        "auto-compress",
        "verbose",
        "null",
        "totals",
        "checkpoint",
        "version",
        "help",
    ],
};
