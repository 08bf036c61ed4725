//! `GnuPG`: gpg and gpgtar.
//!
//! Step: correlate. Encrypting packs; signing, verifying, listing and key management do not, and
//! gpg without a command takes a file apart.

use super::option::{Grammar, Token};
use super::{Command, Output};
use crate::evidence::Purpose;

/// Reads gpg's words after argv\[0\].
pub(super) fn read_gpg(command: &mut Command, words: &[&[u8]]) {
    let mut does: Option<Purpose> = None;
    let mut operands = Vec::new();
    for token in GPG.tokens(words) {
        match token {
            Token::Short(b'c' | b'e', _)
            | Token::Long(b"symmetric" | b"encrypt" | b"encrypt-files" | b"store", _) => {
                does = Some(Purpose::Encrypt);
            }
            Token::Short(b'd', _)
            | Token::Long(b"decrypt" | b"decrypt-files" | b"verify" | b"verify-files", _) => {
                does.get_or_insert(Purpose::Consume);
            }
            Token::Short(b's' | b'b' | b'k' | b'K', _) => {
                does.get_or_insert(Purpose::Other);
            }
            Token::Long(long, _) if is_other_command(long) => {
                does.get_or_insert(Purpose::Other);
            }
            Token::Short(b'o', value) | Token::Long(b"output", value) => {
                command.output = Output::file_or_standard(value);
            }
            Token::Operand(operand) => operands.push(operand),
            Token::Short(..) | Token::Long(..) => {}
        }
    }
    command.purpose = match does {
        Some(purpose) => purpose,
        // Without a command it looks what the file is, and decrypts or verifies it.
        None if !operands.is_empty() => Purpose::Consume,
        None => Purpose::Other,
    };
    finish(command, &operands);
}

/// Reads gpgtar's words after argv\[0\].
pub(super) fn read_gpg_tar(command: &mut Command, words: &[&[u8]]) {
    let mut operands = Vec::new();
    let mut plain = false;
    for token in GPG.tokens(words) {
        match token {
            Token::Short(b'd' | b't' | b'x', _)
            | Token::Long(b"decrypt" | b"list-archive" | b"extract", _) => {
                command.purpose = Purpose::Consume;
            }
            Token::Long(b"skip-crypto", _) => plain = true,
            Token::Short(b'C', value) | Token::Long(b"directory", value) => {
                command.directory = Some(value.to_vec());
            }
            Token::Short(b'T', value) | Token::Long(b"files-from", value) => {
                command.input_list(value);
            }
            Token::Short(b'o', value) | Token::Long(b"output", value) => {
                command.output = Output::file_or_standard(value);
            }
            Token::Operand(operand) => operands.push(operand),
            Token::Short(..) | Token::Long(..) => {}
        }
    }
    if plain && command.purpose == Purpose::Encrypt {
        command.purpose = Purpose::Archive;
    }
    if command.output == Output::Unknown {
        command.output = Output::Standard;
    }
    finish(command, &operands);
}

fn finish(command: &mut Command, operands: &[&[u8]]) {
    command.password = command.purpose == Purpose::Encrypt;
    if command.output == Output::Unknown {
        command.output = if operands.is_empty() {
            Output::Standard
        } else {
            Output::BesideInputs
        };
    }
    command.all_inputs(operands);
}

fn is_other_command(long: &[u8]) -> bool {
    const PREFIXES: [&[u8]; 22] = [
        b"list-",
        b"check-",
        b"import",
        b"export",
        b"gen",
        b"full-gen",
        b"quick-",
        b"edit",
        b"delete",
        b"recv",
        b"receive",
        b"send",
        b"search",
        b"refresh",
        b"fetch",
        b"sign",
        b"clear",
        b"detach",
        b"lsign",
        b"fingerprint",
        b"version",
        b"card-",
    ];
    PREFIXES.iter().any(|prefix| long.starts_with(prefix))
}

const GPG: Grammar = Grammar {
    valued: b"orRuzNCTfF",
    attached: b"",
    long_valued: &[
        "output",
        "recipient",
        "hidden-recipient",
        "recipient-file",
        "local-user",
        "default-key",
        "passphrase",
        "passphrase-fd",
        "passphrase-file",
        "passphrase-repeat",
        "homedir",
        "options",
        "keyring",
        "secret-keyring",
        "no-default-keyring-file",
        "cipher-algo",
        "digest-algo",
        "compress-algo",
        "compress-level",
        "s2k-mode",
        "s2k-count",
        "s2k-cipher-algo",
        "s2k-digest-algo",
        "pinentry-mode",
        "trust-model",
        "status-fd",
        "status-file",
        "logger-fd",
        "logger-file",
        "command-fd",
        "command-file",
        "keyserver",
        "keyserver-options",
        "comment",
        "set-filename",
        "max-output",
        "directory",
        "files-from",
        "tar-args",
        "gpg-args",
        "gpg",
        "group",
        "charset",
        "display-charset",
    ],
    long: &[
        "symmetric",
        "encrypt",
        "encrypt-files",
        "decrypt",
        "decrypt-files",
        "store",
        "verify",
        "batch",
        "yes",
        "armor",
        "sign",
        "skip-crypto",
        "list-archive",
    ],
};
