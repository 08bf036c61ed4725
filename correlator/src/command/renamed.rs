//! Recognises a utility under a foreign name by its unmistakable command line.
//!
//! Step: correlate. Strict on purpose: a form must be one that ordinary programs do not use, since
//! whatever matches here is evidence of disguise. Only packing is recognised; a renamed tool that
//! unpacks is nobody's concern.

use crate::catalogue::{Catalogue, Utility};

/// The utility whose grammar these words, argv\[0\] left out, can only be.
pub(super) fn recognise<'c>(catalogue: &'c Catalogue, words: &[&[u8]]) -> Option<&'c Utility> {
    let name = if is_rar(words) {
        "rar"
    } else if is_seven_zip(words) {
        "7-zip"
    } else if is_zip(words) {
        "zip"
    } else if is_tar(words) {
        "tar"
    } else if is_openssl(words) {
        "openssl"
    } else if is_gpg(words) {
        "gpg"
    } else if is_age(words) {
        "age"
    } else if is_rclone(words) {
        "rclone"
    } else {
        return None;
    };
    catalogue.utility_named(name)
}

/// `a -p… out.7z dir`: the verb, then an archive's name or a switch that only 7-Zip has.
fn is_seven_zip(words: &[&[u8]]) -> bool {
    let Some((b"a" | b"u", operands)) = verb_and_operands(words) else {
        return false;
    };
    let own_switch = words.iter().any(|word| {
        let word = word.to_ascii_lowercase();
        [
            "-mhe", "-mx=", "-mx9", "-mx5", "-mx0", "-m0=", "-md=", "-mmt", "-sdel", "-t7z",
            "-tzip", "-mem=",
        ]
        .iter()
        .any(|switch| word.starts_with(switch.as_bytes()))
    });
    let own_archive = operands
        .first()
        .is_some_and(|name| ends_with(name, &[".7z"]));
    let known_archive = operands.first().is_some_and(|name| {
        ends_with(
            name,
            &[
                ".zip", ".tar", ".gz", ".xz", ".bz2", ".dat", ".tmp", ".log", ".001",
            ],
        )
    });
    let password = words
        .iter()
        .any(|word| word.starts_with(b"-p") && word.len() > 2);
    let sources = operands.len() > 1;
    (own_switch && !operands.is_empty())
        || (own_archive && sources)
        || (known_archive && sources && password)
}

/// `a -hp… out.rar dir`.
fn is_rar(words: &[&[u8]]) -> bool {
    let Some((b"a" | b"u" | b"m" | b"mf", operands)) = verb_and_operands(words) else {
        return false;
    };
    let rar = operands
        .first()
        .is_some_and(|name| ends_with(name, &[".rar"]));
    let headers = words
        .iter()
        .any(|word| word.starts_with(b"-hp") && word.len() > 3);
    (rar || headers) && !operands.is_empty()
}

/// `-rP pw out.zip dir`, `-r --password pw out.zip dir`.
fn is_zip(words: &[&[u8]]) -> bool {
    let (mut recurses, mut password, mut operands) = (false, false, Vec::new());
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            b"--password" => {
                password = true;
                rest.next();
            }
            b"--encrypt" => password = true,
            [b'-', letters @ ..] if !letters.is_empty() => {
                if !letters
                    .iter()
                    .all(|letter| b"0123456789rePjmqv".contains(letter))
                {
                    return false;
                }
                recurses |= letters.contains(&b'r');
                password |= letters.contains(&b'e') || letters.contains(&b'P');
                if letters.ends_with(b"P") {
                    rest.next();
                }
            }
            _ => operands.push(*word),
        }
    }
    recurses && password && operands.len() > 1 && ends_with(operands[0], &[".zip"])
}

/// `czf out.tar.gz dir`, `-cJf out.txz dir`.
fn is_tar(words: &[&[u8]]) -> bool {
    let [mode, archive, _source, ..] = words else {
        return false;
    };
    let mode = mode.strip_prefix(b"-").unwrap_or(mode);
    mode.len() >= 2
        && mode.first() == Some(&b'c')
        && mode.last() == Some(&b'f')
        && mode.iter().all(|letter| b"cfzjJvpahS".contains(letter))
        && ends_with(
            archive,
            &[
                ".tar", ".tgz", ".tar.gz", ".tar.xz", ".txz", ".tar.bz2", ".tbz", ".tbz2",
                ".tar.zst",
            ],
        )
}

/// `enc -aes-256-cbc -in a -out b`.
fn is_openssl(words: &[&[u8]]) -> bool {
    let Some((&b"enc", rest)) = words.split_first() else {
        return false;
    };
    let has = |name: &[u8]| rest.contains(&name);
    let cipher = rest.iter().any(|word| {
        [
            &b"-aes"[..],
            b"-des",
            b"-bf",
            b"-camellia",
            b"-aria",
            b"-chacha20",
            b"-rc4",
        ]
        .iter()
        .any(|family| word.starts_with(family))
    });
    cipher && (has(b"-in") || has(b"-out") || has(b"-pass") || has(b"-k") || has(b"-pbkdf2"))
}

/// `--batch --passphrase pw -c file`.
fn is_gpg(words: &[&[u8]]) -> bool {
    let symmetric = words
        .iter()
        .any(|word| matches!(*word, b"-c" | b"--symmetric"));
    let passphrase = words.iter().any(|word| word.starts_with(b"--passphrase"));
    symmetric && passphrase
}

/// `-r age1…`.
fn is_age(words: &[&[u8]]) -> bool {
    words.windows(2).any(|pair| {
        matches!(pair[0], b"-r" | b"--recipient")
            && pair[1].starts_with(b"age1")
            && pair[1].len() > 50
    })
}

/// `copy dir remote:path --transfers 16`.
fn is_rclone(words: &[&[u8]]) -> bool {
    let Some((b"copy" | b"sync" | b"move", operands)) = verb_and_operands(words) else {
        return false;
    };
    let remote = operands.iter().any(|name| super::option::is_remote(name));
    let own_option = words.iter().any(|word| {
        [
            &b"--transfers"[..],
            b"--multi-thread-streams",
            b"--checkers",
            b"--drive-",
            b"--s3-",
        ]
        .iter()
        .any(|option| word.starts_with(option))
    });
    remote && own_option
}

/// The first word that is no switch, and those after it.
fn verb_and_operands<'a>(words: &[&'a [u8]]) -> Option<(&'a [u8], Vec<&'a [u8]>)> {
    let mut operands = words.iter().copied().filter(|word| !word.starts_with(b"-"));
    Some((operands.next()?, operands.collect()))
}

fn ends_with(name: &[u8], suffixes: &[&str]) -> bool {
    let name = super::unquoted(name).to_ascii_lowercase();
    suffixes
        .iter()
        .any(|suffix| name.len() > suffix.len() && name.ends_with(suffix.as_bytes()))
}
