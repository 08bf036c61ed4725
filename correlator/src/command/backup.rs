//! Backup programs and dumps: borg, restic, duplicity, rclone, database dumps.
//!
//! Step: correlate. They are administrators' tools and attackers' alike; whether one is at home
//! on this host is the benign contexts' and the baseline's matter.

use super::option::{Grammar, Token, is_remote};
use super::{Command, Output};
use crate::evidence::Purpose;

/// Reads borg's words: `borg create [options] repository::archive sources`.
pub(super) fn read_borg(command: &mut Command, words: &[&[u8]]) {
    let mut operands = operands(&BORG, words).into_iter();
    command.purpose = match operands.next() {
        Some(b"create") => Purpose::Archive,
        Some(b"extract" | b"list" | b"mount" | b"check" | b"export-tar" | b"diff" | b"info") => {
            Purpose::Consume
        }
        _ => Purpose::Other,
    };
    command.password = true;
    if let Some(repository) = operands.next() {
        let end = repository
            .windows(2)
            .position(|window| window == b"::")
            .unwrap_or(repository.len());
        command.output = place(&repository[..end]);
    }
    for source in operands {
        command.input(source);
    }
}

/// Reads restic's and kopia's words: `restic -r repository backup sources`.
pub(super) fn read_restic(command: &mut Command, words: &[&[u8]]) {
    command.purpose = Purpose::Other;
    command.password = true;
    let mut sources = Vec::new();
    for token in RESTIC.tokens(words) {
        match token {
            Token::Short(b'r', value) | Token::Long(b"repo", value) => {
                command.output = place(value);
            }
            Token::Long(b"files-from" | b"files-from-verbatim" | b"files-from-raw", value) => {
                command.input_list(value);
            }
            Token::Operand(b"backup" | b"snapshot") if command.purpose == Purpose::Other => {
                command.purpose = Purpose::Archive;
            }
            Token::Operand(
                b"restore" | b"mount" | b"ls" | b"list" | b"snapshots" | b"check" | b"dump"
                | b"find",
            ) => command.purpose = Purpose::Consume,
            Token::Operand(operand) if operand != b"create" => sources.push(operand),
            Token::Operand(_) | Token::Short(..) | Token::Long(..) => {}
        }
    }
    command.all_inputs(&sources);
}

/// Reads duplicity's words: `duplicity [full|incr] source target`.
pub(super) fn read_duplicity(command: &mut Command, words: &[&[u8]]) {
    command.password = true;
    let mut operands = Vec::new();
    for token in DUPLICITY.tokens(words) {
        match token {
            Token::Long(b"no-encryption", _) => command.password = false,
            Token::Operand(
                b"restore" | b"verify" | b"collection-status" | b"list-current-files",
            ) => {
                command.purpose = Purpose::Consume;
            }
            Token::Operand(b"cleanup" | b"remove-older-than" | b"remove-all-but-n-full") => {
                command.purpose = Purpose::Other;
            }
            Token::Operand(operand)
                if !matches!(operand, b"full" | b"incr" | b"incremental" | b"backup") =>
            {
                operands.push(operand);
            }
            Token::Operand(_) | Token::Short(..) | Token::Long(..) => {}
        }
    }
    match operands.as_slice() {
        [source, target] if is_url(source) && !is_url(target) => {
            command.purpose = Purpose::Consume;
        }
        [source, target] => {
            command.input(source);
            command.output = place(target);
        }
        _ => {}
    }
}

/// Reads rclone's words: `rclone copy source remote:path`.
pub(super) fn read_rclone(command: &mut Command, words: &[&[u8]]) {
    let mut operands = operands(&RCLONE, words).into_iter();
    let verb = operands.next().unwrap_or_default();
    let operands: Vec<&[u8]> = operands.collect();
    match verb {
        b"copy" | b"sync" | b"move" | b"copyto" | b"moveto" | b"bisync" => {
            command.deletes_sources = verb.starts_with(b"move");
            if let [source, target, ..] = operands[..] {
                command.input(source);
                command.output = place(target);
            }
            command.purpose = match command.output {
                Output::Remote(_) => Purpose::Transfer,
                _ => Purpose::Copy,
            };
        }
        b"rcat" => {
            if let Some(target) = operands.first() {
                command.output = place(target);
            }
        }
        b"serve" => command.output = Output::Unknown,
        _ => command.purpose = Purpose::Other,
    }
}

/// Reads the words of mysqldump, `pg_dump` and their like: a database goes to a file or on.
pub(super) fn read_database_dump(command: &mut Command, words: &[&[u8]]) {
    command.output = Output::Standard;
    for token in DUMP.tokens(words) {
        match token {
            Token::Short(b'f' | b'r' | b'o', value)
            | Token::Long(b"file" | b"result-file" | b"out" | b"archive" | b"target-dir", value)
                if !value.is_empty() =>
            {
                command.output = Output::file_or_standard(value);
            }
            Token::Short(b'D', value) | Token::Long(b"pgdata", value) => {
                command.output = Output::file_or_standard(value);
            }
            Token::Long(b"help" | b"version", _) => command.purpose = Purpose::Other,
            _ => {}
        }
    }
}

fn operands<'a>(grammar: &Grammar, words: &[&'a [u8]]) -> Vec<&'a [u8]> {
    grammar
        .tokens(words)
        .into_iter()
        .filter_map(|token| match token {
            Token::Operand(operand) => Some(operand),
            Token::Short(..) | Token::Long(..) => None,
        })
        .collect()
}

fn is_url(name: &[u8]) -> bool {
    name.windows(3).any(|window| window == b"://")
}

/// A repository or remote: another host unless it is a path here.
fn place(name: &[u8]) -> Output {
    if name.starts_with(b"file://") {
        Output::file(&name[b"file://".len()..])
    } else if is_url(name) || is_remote(name) {
        Output::remote(name)
    } else {
        Output::file(name)
    }
}

const BORG: Grammar = Grammar {
    valued: b"Ceops",
    attached: b"",
    long_valued: &[
        "compression",
        "exclude",
        "exclude-from",
        "pattern",
        "patterns-from",
        "comment",
        "timestamp",
        "remote-path",
        "rsh",
        "lock-wait",
        "umask",
        "chunker-params",
        "checkpoint-interval",
        "files-cache",
        "stdin-name",
        "encryption",
    ],
    long: &["progress", "stats", "list", "json", "dry-run"],
};

const RESTIC: Grammar = Grammar {
    valued: b"rpeoHf",
    attached: b"",
    long_valued: &[
        "repo",
        "password-file",
        "password-command",
        "exclude",
        "iexclude",
        "exclude-file",
        "files-from",
        "files-from-verbatim",
        "files-from-raw",
        "tag",
        "host",
        "parent",
        "option",
        "cache-dir",
        "key-hint",
        "limit-upload",
        "target",
        "compression",
        "stdin-filename",
        "password",
        "config-file",
    ],
    long: &[
        "stdin",
        "one-file-system",
        "json",
        "verbose",
        "quiet",
        "no-lock",
        "insecure-no-password",
    ],
};

const DUPLICITY: Grammar = Grammar {
    valued: b"tr",
    attached: b"v",
    long_valued: &[
        "encrypt-key",
        "sign-key",
        "encrypt-sign-key",
        "exclude",
        "include",
        "volsize",
        "archive-dir",
        "tempdir",
        "full-if-older-than",
        "name",
        "log-file",
        "ssh-options",
        "verbosity",
        "time",
        "file-to-restore",
    ],
    long: &["no-encryption", "allow-source-mismatch", "progress"],
};

const RCLONE: Grammar = Grammar {
    valued: b"fo",
    attached: b"",
    long_valued: &[
        "config",
        "transfers",
        "checkers",
        "bwlimit",
        "max-age",
        "min-age",
        "max-size",
        "min-size",
        "include",
        "exclude",
        "filter",
        "include-from",
        "exclude-from",
        "filter-from",
        "files-from",
        "log-file",
        "log-level",
        "multi-thread-streams",
        "multi-thread-cutoff",
        "drive-chunk-size",
        "s3-chunk-size",
        "user-agent",
        "timeout",
        "contimeout",
        "retries",
        "stats",
        "backup-dir",
        "suffix",
        "max-depth",
        "max-transfer",
        "tpslimit",
        "buffer-size",
        "password-command",
    ],
    long: &[
        "progress",
        "dry-run",
        "verbose",
        "quiet",
        "ignore-existing",
        "update",
        "auto-confirm",
    ],
};

const DUMP: Grammar = Grammar {
    valued: b"fFhUPnNtTjrDuBo",
    attached: b"pZ",
    long_valued: &[
        "file",
        "result-file",
        "out",
        "format",
        "host",
        "port",
        "user",
        "username",
        "dbname",
        "schema",
        "table",
        "exclude-table",
        "exclude-schema",
        "jobs",
        "compress",
        "socket",
        "databases-file",
        "defaults-file",
        "defaults-extra-file",
        "where",
        "db",
        "collection",
        "uri",
        "target-dir",
        "pgdata",
        "role",
        "encoding",
    ],
    long: &[
        "archive",
        "gzip",
        "help",
        "version",
        "all-databases",
        "databases",
        "single-transaction",
    ],
};
