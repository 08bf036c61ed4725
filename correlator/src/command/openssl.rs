//! The openssl tool: `enc`, bare cipher names, S/MIME, CMS and public-key encryption.
//!
//! Step: correlate. Everything that openssl does besides encrypting and encoding is
//! [`Purpose::Other`]: it is what servers and certificates live by.

use super::{Command, Output};
use crate::evidence::Purpose;

/// Reads the words after argv\[0\].
pub(super) fn read(command: &mut Command, words: &[&[u8]]) {
    command.purpose = Purpose::Other;
    let Some((verb, rest)) = words.split_first() else {
        return;
    };
    let verb = verb.to_ascii_lowercase();
    match verb.as_slice() {
        b"enc" => read_enc(command, None, rest),
        b"base64" => read_enc(command, Some(Purpose::Encode), rest),
        b"zlib" | b"zstd" | b"brotli" => read_enc(command, Some(Purpose::Compress), rest),
        b"smime" | b"cms" | b"pkeyutl" | b"rsautl" => read_message(command, rest),
        cipher if is_cipher(cipher) => read_enc(command, Some(Purpose::Encrypt), rest),
        _ => {}
    }
}

/// Reads `enc`'s options; a cipher may come as the verb or as an option.
fn read_enc(command: &mut Command, by_verb: Option<Purpose>, words: &[&[u8]]) {
    let mut does = by_verb;
    let (mut decodes, mut encodes, mut informs) = (false, false, false);
    command.output = Output::Standard;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(option) = option(word) else {
            continue;
        };
        match option.as_slice() {
            b"d" => decodes = true,
            b"a" | b"base64" => encodes = true,
            b"list" | b"ciphers" | b"help" => informs = true,
            b"in" => {
                if let Some(name) = words.next() {
                    command.input(name);
                }
            }
            b"out" => {
                if let Some(name) = words.next() {
                    command.output = Output::file(name);
                }
            }
            b"pass" | b"k" | b"kfile" | b"iv" | b"s" | b"md" | b"iter" | b"bufsize" | b"engine"
            | b"rand" | b"writerand" | b"provider" | b"provider-path" | b"propquery"
            | b"saltlen" | b"skeyopt" => drop(words.next()),
            b"zlib" | b"zstd" if does.is_none() => does = Some(Purpose::Compress),
            b"none" => {}
            cipher if is_cipher(cipher) => does = Some(Purpose::Encrypt),
            _ => {}
        }
    }
    let does = does.or(encodes.then_some(Purpose::Encode));
    command.purpose = match does {
        _ if informs => Purpose::Other,
        Some(_) if decodes => Purpose::Consume,
        Some(purpose) => purpose,
        None => Purpose::Other,
    };
    // Without a password option it asks for one.
    command.password = command.purpose == Purpose::Encrypt;
}

/// Reads `smime`, `cms`, `pkeyutl` and `rsautl`, which encrypt to a key.
fn read_message(command: &mut Command, words: &[&[u8]]) {
    command.output = Output::Standard;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(option) = option(word) else {
            continue;
        };
        match option.as_slice() {
            b"encrypt" | b"encrypteddata_encrypt" => {
                command.purpose = Purpose::Encrypt;
                command.password = true;
            }
            b"decrypt" | b"encrypteddata_decrypt" | b"verify" => command.purpose = Purpose::Consume,
            b"compress" => command.purpose = Purpose::Compress,
            b"in" => {
                if let Some(name) = words.next() {
                    command.input(name);
                }
            }
            b"out" => {
                if let Some(name) = words.next() {
                    command.output = Output::file(name);
                }
            }
            b"inkey" | b"recip" | b"certfile" | b"signer" | b"outform" | b"inform"
            | b"pwri_password" | b"secretkey" | b"secretkeyid" | b"keyopt" | b"pkeyopt" | b"to"
            | b"from" | b"subject" | b"passin" => drop(words.next()),
            _ => {}
        }
    }
}

/// An option's name in lower case, from one dash or two.
fn option(word: &[u8]) -> Option<Vec<u8>> {
    let name = word.strip_prefix(b"-")?;
    Some(name.strip_prefix(b"-").unwrap_or(name).to_ascii_lowercase())
}

fn is_cipher(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 9] = [
        b"des",
        b"des3",
        b"desx",
        b"bf",
        b"blowfish",
        b"rc2",
        b"rc4",
        b"cast",
        b"seed",
    ];
    const FAMILIES: [&[u8]; 19] = [
        b"aes-",
        b"aes128",
        b"aes192",
        b"aes256",
        b"des-",
        b"des3-",
        b"bf-",
        b"rc2-",
        b"rc4-",
        b"rc5",
        b"cast-",
        b"cast5-",
        b"idea",
        b"camellia",
        b"aria",
        b"seed-",
        b"chacha20",
        b"sm4",
        b"id-aes",
    ];
    NAMES.contains(&name) || FAMILIES.iter().any(|family| name.starts_with(family))
}
