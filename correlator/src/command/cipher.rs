//! Ciphers for files and volumes: age, ccrypt, mcrypt, scrypt, aescrypt, cryptsetup, veracrypt.
//!
//! Step: correlate. Each encrypts by default or by a verb, and each has one way to say decrypt.

use super::option::{Grammar, Token, same};
use super::{Command, Output};
use crate::evidence::Purpose;

/// Reads age's and rage's words.
pub(super) fn read_age(command: &mut Command, words: &[&[u8]]) {
    command.password = true;
    command.output = Output::Standard;
    for token in AGE.tokens(&single_dash_long(words)) {
        match token {
            Token::Short(b'd', _) | Token::Long(b"decrypt", _) => {
                command.purpose = Purpose::Consume;
            }
            Token::Short(b'h', _) | Token::Long(b"help" | b"version", _) => {
                command.purpose = Purpose::Other;
            }
            Token::Short(b'o', value) | Token::Long(b"output", value) => {
                command.output = Output::file_or_standard(value);
            }
            Token::Operand(operand) if operand != b"-" => command.input(operand),
            Token::Operand(_) | Token::Short(..) | Token::Long(..) => {}
        }
    }
}

/// Reads ccrypt's and bcrypt's words: they encrypt in place.
pub(super) fn read_ccrypt(command: &mut Command, words: &[&[u8]]) {
    command.password = true;
    let mut keeps = false;
    for token in CCRYPT.tokens(words) {
        match token {
            Token::Short(b'd' | b'c' | b'g', _)
            | Token::Long(b"decrypt" | b"cat" | b"unixcrypt" | b"keyguess", _) => {
                command.purpose = Purpose::Consume;
            }
            Token::Short(b'h' | b'V' | b'L', _) | Token::Long(b"help" | b"version", _) => {
                command.purpose = Purpose::Other;
            }
            Token::Short(b'r', _) if &*command.utility == "bcrypt" => keeps = true,
            Token::Operand(operand) => command.input(operand),
            Token::Short(..) | Token::Long(..) => {}
        }
    }
    finish_in_place(command);
    // The source is overwritten and renamed.
    command.deletes_sources = !command.inputs.is_empty() && !keeps;
}

/// Reads mcrypt's words.
pub(super) fn read_mcrypt(command: &mut Command, words: &[&[u8]]) {
    command.password = true;
    for token in MCRYPT.tokens(words) {
        match token {
            Token::Short(b'd', _) | Token::Long(b"decrypt", _) => {
                command.purpose = Purpose::Consume;
            }
            Token::Short(b'u', _) | Token::Long(b"unlink", _) => command.deletes_sources = true,
            Token::Long(b"list" | b"list-hash" | b"help" | b"version", _) => {
                command.purpose = Purpose::Other;
            }
            Token::Operand(operand) => command.input(operand),
            Token::Short(..) | Token::Long(..) => {}
        }
    }
    finish_in_place(command);
}

/// Reads scrypt's words: `scrypt enc source [target]`.
pub(super) fn read_scrypt(command: &mut Command, words: &[&[u8]]) {
    command.purpose = match words.first() {
        Some(&b"enc") => Purpose::Encrypt,
        Some(&(b"dec" | b"info")) => Purpose::Consume,
        _ => Purpose::Other,
    };
    command.password = true;
    command.output = Output::Standard;
    let operands = SCRYPT.tokens(words.get(1..).unwrap_or_default());
    for token in operands {
        if let Token::Operand(operand) = token {
            if command.inputs.is_empty() {
                command.input(operand);
            } else {
                command.output = Output::file_or_standard(operand);
            }
        }
    }
}

/// Reads aescrypt's words: `aescrypt -e -p pw [-o target] files`.
pub(super) fn read_aes_crypt(command: &mut Command, words: &[&[u8]]) {
    command.purpose = Purpose::Other;
    command.password = true;
    for token in AES_CRYPT.tokens(words) {
        match token {
            Token::Short(b'e', _) | Token::Long(b"encrypt", _) => {
                command.purpose = Purpose::Encrypt;
            }
            Token::Short(b'd', _) | Token::Long(b"decrypt", _) => {
                command.purpose = Purpose::Consume;
            }
            Token::Short(b'o', value) | Token::Long(b"output", value) => {
                command.output = Output::file_or_standard(value);
            }
            Token::Operand(operand) => command.input(operand),
            Token::Short(..) | Token::Long(..) => {}
        }
    }
    finish_in_place(command);
}

/// Reads cryptsetup's and veracrypt's words: making a volume encrypts, opening one does not.
pub(super) fn read_disk_crypt(command: &mut Command, words: &[&[u8]]) {
    command.purpose = Purpose::Other;
    let cryptsetup = &*command.utility == "cryptsetup";
    let grammar = if cryptsetup { &CRYPTSETUP } else { &VERACRYPT };
    for token in grammar.tokens(words) {
        match token {
            Token::Operand(verb) if same(verb, "luksFormat") || same(verb, "reencrypt") => {
                command.purpose = Purpose::Encrypt;
            }
            Token::Short(b'c', _) | Token::Long(b"create", _) if !cryptsetup => {
                command.purpose = Purpose::Encrypt;
            }
            Token::Operand(target) if command.output == Output::Unknown => {
                command.output = Output::file(target);
            }
            Token::Operand(_) | Token::Short(..) | Token::Long(..) => {}
        }
    }
    command.password = true;
}

/// Without sources such a cipher reads standard input.
fn finish_in_place(command: &mut Command) {
    if command.output == Output::Unknown {
        command.output = if command.inputs.is_empty() {
            Output::Standard
        } else {
            Output::BesideInputs
        };
    }
}

/// age takes `-recipient` for `--recipient`, as Go's programs do.
fn single_dash_long<'a>(words: &[&'a [u8]]) -> Vec<&'a [u8]> {
    words
        .iter()
        .map(|word| match *word {
            b"-decrypt" => b"-d",
            b"-encrypt" => b"-e",
            b"-passphrase" => b"-p",
            b"-armor" => b"-a",
            b"-output" => b"-o",
            b"-recipient" => b"-r",
            b"-recipients-file" => b"-R",
            b"-identity" => b"-i",
            other => other,
        })
        .collect()
}

const AGE: Grammar = Grammar {
    valued: b"orRij",
    attached: b"",
    long_valued: &[
        "output",
        "recipient",
        "recipients-file",
        "identity",
        "max-work-factor",
    ],
    long: &[
        "decrypt",
        "encrypt",
        "passphrase",
        "armor",
        "version",
        "help",
    ],
};

const CCRYPT: Grammar = Grammar {
    valued: b"KkEHPFS",
    attached: b"",
    long_valued: &["key", "keyfile", "envvar", "suffix", "prompt"],
    long: &["encrypt", "decrypt", "cat", "recursive"],
};

const MCRYPT: Grammar = Grammar {
    valued: b"kfacsmogh",
    attached: b"",
    long_valued: &[
        "key",
        "keyfile",
        "algorithm",
        "mode",
        "keysize",
        "hash",
        "config",
        "keymode",
    ],
    long: &["decrypt", "unlink", "list", "list-hash"],
};

const SCRYPT: Grammar = Grammar {
    valued: b"mMt",
    attached: b"",
    long_valued: &["logN", "passphrase"],
    long: &[],
};

const AES_CRYPT: Grammar = Grammar {
    valued: b"pko",
    attached: b"",
    long_valued: &["password", "keyfile", "output"],
    long: &["encrypt", "decrypt"],
};

const CRYPTSETUP: Grammar = Grammar {
    valued: b"chsdSloptip",
    attached: b"",
    long_valued: &[
        "type",
        "cipher",
        "hash",
        "key-size",
        "key-file",
        "keyfile-size",
        "key-slot",
        "pbkdf",
        "iter-time",
        "label",
        "uuid",
        "header",
        "sector-size",
    ],
    long: &[
        "batch-mode",
        "verify-passphrase",
        "use-random",
        "force-password",
    ],
};

const VERACRYPT: Grammar = Grammar {
    valued: b"kpm",
    attached: b"",
    long_valued: &[
        "size",
        "password",
        "encryption",
        "hash",
        "filesystem",
        "pim",
        "keyfiles",
        "random-source",
        "volume-type",
    ],
    long: &["create", "text", "non-interactive", "quick"],
};
