//! Text that encodes bytes: base64, PEM, hexadecimal, Python's notation, uuencode.
//!
//! Step: correlate. Text counts as encoded when what it decodes to is a packed format, or, for
//! base64 without any other text, when that is as dense as random bytes. Keys, certificates and
//! pictures in text are no packing, and stay text.

use super::base64::{decode_base64, sextet};
use super::format::{self, Found};
use super::samples::Samples;
use super::{Density, FormatClass, Recognised, density};
use crate::catalogue::Catalogue;
use crate::event::Content;

/// The encoding at the start of this text.
pub(super) fn recognise(catalogue: &Catalogue, head: &[u8]) -> Option<Found> {
    match head {
        [b'b', b'\'' | b'"', text @ ..] => named(catalogue, "python bytes", &unescape(text)),
        [b'b', b'e', b'g', b'i', b'n', b' ', ..] => {
            let (_, body) = line(head)?;
            uuencoded(catalogue, body)
        }
        [
            b'b',
            b'e',
            b'g',
            b'i',
            b'n',
            b'-',
            b'b',
            b'a',
            b's',
            b'e',
            ..,
        ] => {
            let (_, body) = line(head)?;
            named(catalogue, "uuencode", &decode_base64(body, DECODED))
        }
        [b'-', b'-', b'-', b'-', b'-', b'B', ..] => {
            let (_, body) = line(head)?;
            named(catalogue, "pem", &decode_base64(body, DECODED))
        }
        _ => hexadecimal(catalogue, head).or_else(|| base64(catalogue, head)),
    }
}

/// The first line and what follows it.
fn line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|&byte| byte == b'\n')?;
    Some((&text[..at], &text[at + 1..]))
}

fn base64(catalogue: &Catalogue, head: &[u8]) -> Option<Found> {
    // A prose text leaves the alphabet within its first words.
    let run = head
        .iter()
        .position(|&byte| sextet(byte).is_none() && !matches!(byte, b'\r' | b'\n'))
        .unwrap_or(head.len());
    let whole = head[run..]
        .iter()
        .all(|byte| matches!(byte, b'=' | b'\r' | b'\n'));
    if run < SHORTEST_RUN || !whole {
        return None;
    }
    let decoded = decode_base64(&head[..run], DECODED);
    if let Some(found) = named(catalogue, "base64", &decoded) {
        return Some(found);
    }
    if run < DENSE_RUN || density::of_bytes(&decoded) != Density::Dense {
        return None;
    }
    let format = catalogue.format("base64")?;
    let known = inside(catalogue, &decoded).is_some();
    (!known).then(|| format::recognised(format, None).into())
}

/// Plain hexadecimal, or a dump with offsets before it.
fn hexadecimal(catalogue: &Catalogue, head: &[u8]) -> Option<Found> {
    let (decoded, digits) = match head.iter().position(|&byte| byte == b':') {
        Some(8) if head[..8].iter().all(u8::is_ascii_hexdigit) => {
            let dump: Vec<u8> = head
                .split(|&byte| byte == b'\n')
                .filter_map(|line| line.get(10..49))
                .flat_map(|line| hex_digits(line).0)
                .collect();
            let length = dump.len() * 2;
            (dump, length)
        }
        _ => hex_digits(head),
    };
    if digits < SHORTEST_RUN {
        return None;
    }
    named(catalogue, "hex", &decoded)
}

/// Decodes pairs of digits up to the first byte that is none; says how many digits there were.
fn hex_digits(text: &[u8]) -> (Vec<u8>, usize) {
    let mut decoded = Vec::new();
    let mut high = None;
    let mut digits = 0;
    for &byte in text {
        let Some(value) = char::from(byte).to_digit(16) else {
            if byte.is_ascii_whitespace() {
                continue;
            }
            break;
        };
        digits += 1;
        match high.take() {
            None => high = Some(value),
            Some(high) => decoded.push((high << 4 | value) as u8),
        }
    }
    (decoded, digits)
}

/// Undoes the escapes of Python's notation of bytes.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'\\' {
            decoded.push(first);
            continue;
        }
        match after {
            [b'x', high, low, after @ ..] => {
                let value = |digit: &u8| char::from(*digit).to_digit(16);
                let (Some(high), Some(low)) = (value(high), value(low)) else {
                    break;
                };
                decoded.push((high << 4 | low) as u8);
                rest = after;
            }
            [letter, after @ ..] => {
                decoded.push(match letter {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    other => *other,
                });
                rest = after;
            }
            [] => break,
        }
    }
    decoded
}

/// Decodes uuencoded lines: each begins with its length.
fn uuencoded(catalogue: &Catalogue, body: &[u8]) -> Option<Found> {
    let mut decoded = Vec::new();
    for line in body.split(|&byte| byte == b'\n') {
        let (length, letters) = line.split_first()?;
        let length = usize::from(length.wrapping_sub(b' ') & 63);
        let start = decoded.len();
        for four in letters.chunks_exact(4) {
            let bits = four.iter().fold(0_u32, |bits, letter| {
                bits << 6 | u32::from(letter.wrapping_sub(b' ') & 63)
            });
            decoded.extend_from_slice(&bits.to_be_bytes()[1..]);
        }
        decoded.truncate(start + length);
        if decoded.len() >= DECODED || length < 45 {
            break;
        }
    }
    named(catalogue, "uuencode", &decoded)
}

/// The encoding of this name, if what it holds is packed.
fn named(catalogue: &Catalogue, name: &str, decoded: &[u8]) -> Option<Found> {
    let inner = inside(catalogue, decoded)?;
    if matches!(inner.class, FormatClass::Other | FormatClass::Encoded) {
        return None;
    }
    let format = catalogue.format(name)?;
    Some(Found {
        format: format::recognised(format, inner.encrypted),
        holds: Some(inner.format),
    })
}

/// The format of decoded bytes, by magic alone: text in text is not followed further.
fn inside(catalogue: &Catalogue, decoded: &[u8]) -> Option<Recognised> {
    let content = Content {
        head: Some(decoded),
        ..Content::default()
    };
    let samples = Samples::new(&content, None);
    format::by_magic(catalogue, &samples, density::of_bytes(decoded))
}

/// Bytes that are decoded to look at.
const DECODED: usize = 384;

/// A shorter run of letters may be a word.
const SHORTEST_RUN: usize = 24;

/// So much base64 without a known format inside is judged by its density.
const DENSE_RUN: usize = 256;
