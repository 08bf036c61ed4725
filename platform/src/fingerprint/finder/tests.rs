//! The finder finds what a plain search finds, with either engine.

use proptest::prelude::*;

use super::*;

/// What a plain search finds: pattern, begin, end.
fn plain(patterns: &[Vec<u8>], bytes: &[u8]) -> Vec<(usize, usize, usize)> {
    let mut found = Vec::new();
    for (number, pattern) in patterns.iter().enumerate() {
        let windows = bytes.windows(pattern.len()).enumerate();
        let here = windows.filter(|(_, window)| *window == pattern.as_slice());
        found.extend(here.map(|(at, _)| (number, at, at + pattern.len())));
    }
    found.sort_unstable();
    found
}

fn with(finder: &Finder, bytes: &[u8]) -> Vec<(usize, usize, usize)> {
    let mut found = Vec::new();
    finder.find(bytes, |pattern, begin, end| {
        found.push((pattern, begin, end));
    });
    found.sort_unstable();
    found
}

#[test]
fn overlapping_patterns_are_all_found() {
    let patterns: Vec<Vec<u8>> = [
        "/src/write.rs",
        "/src/writer.rs",
        "rc/writ",
        "write.rs",
        "abcd",
    ]
    .iter()
    .map(|pattern| pattern.as_bytes().to_vec())
    .collect();
    let finder = Finder::new(&patterns).unwrap();
    let bytes = b"x/src/write.rs/src/writer.rs/abcdabcdabc";
    assert_eq!(with(&finder, bytes), plain(&patterns, bytes));
    assert_eq!(with(&finder, b""), []);
}

proptest! {
    #[test]
    fn as_a_plain_search(
        patterns in prop::collection::btree_set(prop::collection::vec(0_u8..3, 4..8), 1..20),
        bytes in prop::collection::vec(0_u8..3, 0..300),
    ) {
        let patterns: Vec<Vec<u8>> = patterns.into_iter().collect();
        let mut finder = Finder::new(&patterns).unwrap();
        let wanted = plain(&patterns, &bytes);
        prop_assert_eq!(&with(&finder, &bytes), &wanted);
        finder.engine = automaton(&anchors(&patterns)).unwrap();
        prop_assert_eq!(&with(&finder, &bytes), &wanted);
    }
}
