//! Samples that real programs made, and such that are built here; what they are taken for.
//!
//! `tests/samples.txt` holds a file in each line: `label | path | base64 => verdict`.
//! `UPDATE_EXPECT=1` writes the verdicts anew.

mod built;
mod obfuscated;

use std::fmt::Write as _;
use std::sync::LazyLock;

use expect_test::expect_file;
use proptest::prelude::*;

use super::*;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);

#[test]
fn what_real_programs_made() {
    let table = expect_file!["tests/samples.txt"];
    let mut actual = String::new();
    for line in table.data().lines() {
        let asked = line.split(" => ").next().unwrap_or_default();
        let mut parts = asked.split(" | ");
        let (Some(_), Some(path), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
            writeln!(actual, "{line}").unwrap();
            continue;
        };
        let bytes = decode_base64(text.trim_end().as_bytes(), usize::MAX);
        writeln!(actual, "{asked} => {}", verdict(&bytes, path)).unwrap();
    }
    table.assert_eq(&actual);
}

proptest! {
    #[test]
    fn any_samples_are_examined(
        head in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..600)),
        middle in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..600)),
        tail in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..300)),
        start in proptest::sample::select(STARTS.to_vec()),
        size in proptest::option::of(any::<u64>()),
        path in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40)),
    ) {
        let head = head.map(|rest| [start, &rest].concat());
        let content = Content {
            head: head.as_deref(),
            middle: middle.as_deref(),
            tail: tail.as_deref(),
        };
        let examination = examine(&CATALOGUE, &content, path.as_deref(), size);
        prop_assert!(examination.entropy.is_none_or(|entropy| (0.0..=8.0).contains(&entropy)));
        prop_assert!(examination.sampled <= 1600);
        prop_assert!(examination.obfuscation.is_none_or(|found| found.key.len() <= 32));
        let _ = extension_mismatch(&CATALOGUE, path.as_deref().unwrap_or_default(), &examine(
            &CATALOGUE, &content, None, size,
        ));
    }
}

/// Starts that lead into the readers.
const STARTS: [&[u8]; 14] = [
    b"",
    b"PK\x03\x04",
    b"7z\xbc\xaf\x27\x1c\x00\x04",
    b"Rar!\x1a\x07\x00",
    b"Rar!\x1a\x07\x01\x00",
    b"\x8c\x0d\x04\x09",
    b"070701",
    b"b'BZh9",
    b"begin 644 x\n",
    b"-----BEGIN X-----\n",
    b"UEsDBBQAAAAIAAAAAAAAAAAAAAAA",
    b"504b0304140000000800",
    b"\xff\xfb\x90",
    b"ANDROID BACKUP\n",
];

/// Examines a whole file as the probe samples it.
fn examine_file(bytes: &[u8], path: &str) -> Examination {
    let size = bytes.len();
    let middle_at = (size / 2) & !511;
    let content = Content {
        head: Some(&bytes[..size.min(512)]),
        middle: (size > 512).then(|| &bytes[middle_at..size.min(middle_at + 512)]),
        tail: (size > 512).then(|| &bytes[size - 256..]),
    };
    // A small file's tail comes too.
    let content = if size <= 512 {
        Content {
            tail: Some(&bytes[size.saturating_sub(256)..]),
            ..content
        }
    } else {
        content
    };
    examine(
        &CATALOGUE,
        &content,
        Some(path.as_bytes()),
        Some(size as u64),
    )
}

/// What a file is taken for, in a few words.
fn verdict(bytes: &[u8], path: &str) -> String {
    let found = examine_file(bytes, path);
    let mut text = match &found.format {
        Some(format) => {
            let encrypted = match format.encrypted {
                Some(true) => ", encrypted",
                Some(false) => "",
                None if format.class == FormatClass::Other => "",
                None => ", encrypted?",
            };
            format!("{:?} {}{encrypted}", format.class, format.format).to_lowercase()
        }
        None => format!("{:?}", found.density).to_lowercase(),
    };
    if let Some(holds) = &found.holds {
        write!(text, ", holds {holds}").unwrap();
    }
    if let Some(obfuscation) = &found.obfuscation {
        let key = obfuscation.key.escape_ascii();
        write!(text, ", {} under {key}", obfuscation.reveals).unwrap();
    }
    if extension_mismatch(&CATALOGUE, path.as_bytes(), &found).is_some() {
        text.push_str(", belied name");
    }
    text
}

/// Bytes as good as random, always the same for a seed.
fn random_bytes(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect()
}
