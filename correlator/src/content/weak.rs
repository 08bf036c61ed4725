//! Verifies magic numbers that are too short to trust.
//!
//! Step: correlate. Each looks at the fields that follow and rejects values that the format's own
//! programs never write. A sample that is too short to verify is no match.

use super::Density;
use super::samples::Samples;

/// LZMA without container: properties, dictionary, length, and a range coder that starts with 0.
pub(super) fn is_lzma(head: &[u8]) -> bool {
    let Some(header) = head.get(..14) else {
        return false;
    };
    let dictionary = u32::from_le_bytes([header[1], header[2], header[3], header[4]]);
    let round = dictionary.is_power_of_two() || (dictionary / 3).is_power_of_two();
    let length = &header[5..13];
    let plausible = length == [0xff; 8] || length[5..] == [0; 3];
    round && (1 << 12..=1 << 30).contains(&dictionary) && plausible && header[13] == 0
}

/// A zlib stream: the check bits, a block type that exists, and bytes that are no text.
pub(super) fn is_zlib(head: &[u8], density: Density) -> bool {
    let [first, second, block, ..] = head else {
        return false;
    };
    let check = u16::from_be_bytes([*first, *second]) % 31 == 0;
    check && (block >> 1) & 3 != 3 && density == Density::Dense
}

/// compress(1): the bits of its third byte.
pub(super) fn is_compress(head: &[u8]) -> bool {
    head.get(2)
        .is_some_and(|byte| byte & 0x60 == 0 && (9..=16).contains(&(byte & 0x1f)))
}

/// cpio: hexadecimal or octal fields, or a sane length of the first name.
pub(super) fn is_cpio(head: &[u8]) -> bool {
    match head {
        [b'0', b'7', b'0', b'7', b'0', b'1' | b'2', fields @ ..] => fields
            .get(..104)
            .is_some_and(|fields| fields.iter().all(u8::is_ascii_hexdigit)),
        [b'0', b'7', b'0', b'7', b'0', b'7', fields @ ..] => fields
            .get(..70)
            .is_some_and(|fields| fields.iter().all(|byte| (b'0'..=b'7').contains(byte))),
        [0xc7, 0x71, ..] => head
            .get(20..22)
            .is_some_and(|n| (2..1024).contains(&u16::from_le_bytes([n[0], n[1]]))),
        [0x71, 0xc7, ..] => head
            .get(20..22)
            .is_some_and(|n| (2..1024).contains(&u16::from_be_bytes([n[0], n[1]]))),
        _ => false,
    }
}

/// ARJ: the basic header's size, the first header's size, versions and flags.
pub(super) fn is_arj(head: &[u8]) -> bool {
    let Some(header) = head.get(..12) else {
        return false;
    };
    let size = u16::from_le_bytes([header[2], header[3]]);
    let (first, version, system) = (header[4], header[5], header[7]);
    (30..=2600).contains(&size)
        && (30..=64).contains(&first)
        && (1..=14).contains(&version)
        && system <= 11
}

/// ARC: a name of at most 12 printable bytes, ended by a NUL.
pub(super) fn is_arc(head: &[u8]) -> bool {
    let Some(name) = head.get(2..15) else {
        return false;
    };
    name.iter()
        .position(|&byte| byte == 0)
        .is_some_and(|end| end > 0 && name[..end].iter().all(u8::is_ascii_graphic))
}

/// LHA: the method's digit and the header's level.
pub(super) fn is_lha(head: &[u8]) -> bool {
    head.get(5).is_some_and(u8::is_ascii_alphanumeric) && head.get(20).is_some_and(|&l| l <= 3)
}

/// dar: the flag behind the internal name.
pub(super) fn is_dar(head: &[u8]) -> bool {
    matches!(head.get(14), Some(b'T' | b'N' | b'E'))
}

/// An MPEG audio frame: fields that exist, and another frame where this one ends.
pub(super) fn is_mp3(head: &[u8]) -> bool {
    if head.starts_with(b"ID3") {
        return true;
    }
    let [_, second, third, ..] = head else {
        return false;
    };
    let version = usize::from(second >> 3 & 1);
    let kilobits = KILOBITS[version][usize::from(third >> 4)];
    let Some(&rate) = RATES[version].get(usize::from(third >> 2 & 3)) else {
        return false;
    };
    let samples = if version == 1 { 144_000 } else { 72_000 };
    let frame = samples * kilobits / rate + usize::from(third >> 1 & 1);
    kilobits != 0
        && match head.get(frame..frame + 2) {
            Some(next) => next[0] == 0xff && next[1] == *second,
            // The frame is longer than the sample, which only the highest rates are.
            None => kilobits >= 160,
        }
}

/// mcrypt: the algorithm's name follows.
pub(super) fn is_mcrypt(head: &[u8]) -> bool {
    let Some(name) = head.get(4..40) else {
        return false;
    };
    let end = name.iter().position(|&byte| byte == 0).unwrap_or(0);
    end >= 3
        && name[..end]
            .iter()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
}

/// AES Crypt: the version, then a zero.
pub(super) fn is_aes_crypt(head: &[u8]) -> bool {
    matches!(head, [_, _, _, 0..=3, 0, ..])
}

/// Android backup: the fourth line names the cipher.
pub(super) fn android_encrypted(head: &[u8]) -> Option<bool> {
    let cipher = head.split(|&byte| byte == b'\n').nth(3)?;
    Some(cipher != b"none")
}

/// An Office document that is encrypted: the name of the stream that holds it stands in the
/// container's directory, in UTF-16.
pub(super) fn is_encrypted_office(samples: &Samples<'_>) -> bool {
    const NAME: &[u8] = b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0";
    [samples.head, samples.middle, samples.tail]
        .iter()
        .any(|sample| sample.windows(NAME.len()).any(|window| window == NAME))
}

/// Sampling rates and bit rates of MPEG 2 and MPEG 1 audio, layer III.
const RATES: [[usize; 3]; 2] = [[22050, 24000, 16000], [44100, 48000, 32000]];
const KILOBITS: [[usize; 16]; 2] = [
    [
        0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0,
    ],
    [
        0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0,
    ],
];
