//! cp, mv, install, rsync and scp.
//!
//! Step: correlate. The last operand is the target; a target on another host makes a transfer of a
//! copy.

use super::option::{Grammar, Token, is_remote};
use super::{Command, Output};
use crate::evidence::Purpose;

/// Reads cp's, mv's and install's words.
pub(super) fn read_copy(command: &mut Command, words: &[&[u8]]) {
    let install = &*command.utility == "install";
    let grammar = if install { &INSTALL } else { &COPY };
    command.deletes_sources = &*command.utility == "mv";
    let mut operands = Vec::new();
    let mut target = None;
    for token in grammar.tokens(words) {
        match token {
            Token::Short(b't', value) | Token::Long(b"target-directory", value) => {
                target = Some(value);
            }
            Token::Short(b'd', _) | Token::Long(b"directory", _) if install => {
                command.purpose = Purpose::Other;
            }
            Token::Long(b"help" | b"version", _) => command.purpose = Purpose::Other,
            Token::Operand(operand) => operands.push(operand),
            Token::Short(..) | Token::Long(..) => {}
        }
    }
    finish(command, operands, target);
}

/// Reads rsync's words.
pub(super) fn read_rsync(command: &mut Command, words: &[&[u8]]) {
    let mut operands = Vec::new();
    for token in RSYNC.tokens(words) {
        match token {
            Token::Long(b"remove-source-files" | b"remove-sent-files", _) => {
                command.deletes_sources = true;
            }
            Token::Long(b"files-from", value) => command.input_list(value),
            Token::Long(b"server" | b"daemon" | b"list-only" | b"help" | b"version", _) => {
                command.purpose = Purpose::Other;
            }
            Token::Operand(operand) => operands.push(operand),
            Token::Short(..) | Token::Long(..) => {}
        }
    }
    if operands.len() < 2 {
        command.purpose = Purpose::Other;
    }
    finish(command, operands, None);
}

/// Reads scp's words.
pub(super) fn read_scp(command: &mut Command, words: &[&[u8]]) {
    command.purpose = Purpose::Copy;
    let mut operands = Vec::new();
    for token in SCP.tokens(words) {
        match token {
            // The far end of a transfer, started by sshd.
            Token::Short(b't' | b'f', _) => command.purpose = Purpose::Other,
            Token::Operand(operand) => operands.push(operand),
            Token::Short(..) | Token::Long(..) => {}
        }
    }
    finish(command, operands, None);
}

fn finish(command: &mut Command, mut operands: Vec<&[u8]>, target: Option<&[u8]>) {
    let target = match target {
        Some(target) => Some(target),
        None if operands.len() > 1 => operands.pop(),
        None => None,
    };
    match target {
        Some(target) if is_remote(target) => {
            command.output = Output::remote(target);
            if command.purpose == Purpose::Copy {
                command.purpose = Purpose::Transfer;
            }
        }
        Some(target) => command.output = Output::file(target),
        None if command.purpose == Purpose::Copy => command.purpose = Purpose::Other,
        None => {}
    }
    command.all_inputs(&operands);
}

const COPY: Grammar = Grammar {
    valued: b"tS",
    attached: b"",
    long_valued: &["target-directory", "suffix"],
    long: &[
        "recursive",
        "archive",
        "preserve",
        "parents",
        "help",
        "version",
        "verbose",
        "backup",
    ],
};

const INSTALL: Grammar = Grammar {
    valued: b"tSmog",
    attached: b"",
    long_valued: &[
        "target-directory",
        "suffix",
        "mode",
        "owner",
        "group",
        "strip-program",
    ],
    long: &["directory", "help", "version", "backup", "strip", "verbose"],
};

const RSYNC: Grammar = Grammar {
    valued: b"efBTM@",
    attached: b"",
    long_valued: &[
        "rsh",
        "exclude",
        "include",
        "exclude-from",
        "include-from",
        "files-from",
        "filter",
        "bwlimit",
        "password-file",
        "port",
        "rsync-path",
        "temp-dir",
        "backup-dir",
        "suffix",
        "log-file",
        "log-file-format",
        "out-format",
        "chmod",
        "chown",
        "usermap",
        "groupmap",
        "max-size",
        "min-size",
        "max-delete",
        "timeout",
        "contimeout",
        "compare-dest",
        "copy-dest",
        "link-dest",
        "partial-dir",
        "compress-level",
        "skip-compress",
        "info",
        "debug",
        "address",
        "sockopts",
        "block-size",
        "modify-window",
        "remote-option",
        "stop-after",
    ],
    long: &[
        "remove-source-files",
        "remove-sent-files",
        "server",
        "daemon",
        "list-only",
        "archive",
        "delete",
        "partial",
        "progress",
        "compress",
        "help",
        "version",
        "verbose",
    ],
};

const SCP: Grammar = Grammar {
    valued: b"cDFiJloPSX",
    attached: b"",
    long_valued: &[],
    long: &[],
};
