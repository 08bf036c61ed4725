//! Searches stretches of a file for all patterns at once, in pieces of bounded size.
//!
//! Step: source, for the enrichment. Invariant: memory is one piece and what was found, whatever
//! the file's size; a pattern across two pieces is found, since each begins with the end of the one
//! before.

use std::io::{self, Read, Seek, SeekFrom};

use super::catalogue::Fingerprints;
use super::elf::Stretch;
use super::finder::Finder;

/// What was found of each pattern.
#[derive(Clone, Debug)]
pub(super) struct Hits {
    /// Among data, by number of the pattern.
    data: Vec<Hit>,
    /// Among the names of Go's functions.
    go: Vec<Hit>,
}

/// Where a pattern stood first, as far as that tells something.
#[derive(Clone, Debug, Default)]
struct Hit {
    found: bool,
    /// By number of the fingerprint: what stands between its `before` and the mark, or behind it.
    told: Vec<(usize, String)>,
}

impl Hits {
    pub(super) fn new(patterns: usize) -> Self {
        Self {
            data: vec![Hit::default(); patterns],
            go: vec![Hit::default(); patterns],
        }
    }

    /// Whether the pattern was found where the fingerprint looks for it.
    pub(super) fn has(&self, go: bool, pattern: usize) -> bool {
        self.of(go)[pattern].found
    }

    /// What a mark tells of its fingerprint, if it was met as that asks.
    pub(super) fn told(&self, go: bool, pattern: usize, fingerprint: usize) -> Option<&str> {
        let told = &self.of(go)[pattern].told;
        let own = told.iter().find(|(number, _)| *number == fingerprint);
        own.map(|(_, text)| text.as_str())
    }

    fn of(&self, go: bool) -> &[Hit] {
        if go { &self.go } else { &self.data }
    }
}

/// Searches one stretch; stops where `go_on` says so and returns the bytes that were read.
pub(super) fn search<R: Read + Seek>(
    file: &mut R,
    stretch: Stretch,
    finder: &Finder,
    fingerprints: &Fingerprints,
    hits: &mut Hits,
    go_on: &mut dyn FnMut() -> bool,
) -> io::Result<u64> {
    file.seek(SeekFrom::Start(stretch.offset))?;
    let mut piece = Vec::with_capacity(PIECE + OVERLAP);
    let mut read = 0;
    while read < stretch.size && go_on() {
        let kept = piece.len().min(OVERLAP);
        piece.drain(..piece.len() - kept);
        let wanted = (stretch.size - read).min(PIECE as u64);
        let got = file.by_ref().take(wanted).read_to_end(&mut piece)? as u64;
        if got == 0 {
            break;
        }
        read += got;
        look(&piece, stretch.go, finder, fingerprints, hits);
    }
    Ok(read)
}

fn look(piece: &[u8], go: bool, finder: &Finder, fingerprints: &Fingerprints, hits: &mut Hits) {
    let hits = if go { &mut hits.go } else { &mut hits.data };
    finder.find(piece, |pattern, begin, end| {
        let hit = &mut hits[pattern];
        hit.found = true;
        for (number, fingerprint) in fingerprints.all.iter().enumerate() {
            let asks = fingerprint.before.is_some() || fingerprint.version;
            let known = || hit.told.iter().any(|(known, _)| *known == number);
            if !asks || fingerprint.go != go || !fingerprint.marks.contains(&pattern) || known() {
                continue;
            }
            let told = match &fingerprint.before {
                Some(before) => between(&piece[..begin], before),
                None => word(&piece[end..]),
            };
            hit.told.extend(told.map(|text| (number, text)));
        }
    });
}

/// What stands between the last `before` and the end, if that is near.
fn between(bytes: &[u8], before: &[u8]) -> Option<String> {
    let near = &bytes[bytes.len().saturating_sub(NEAR + before.len())..];
    let at = near.windows(before.len()).rposition(|it| it == before)?;
    let text = &near[at + before.len()..];
    // A version, and not the rest of another crate's name (`/zip-extract-0.1`).
    let version = text.first().is_some_and(u8::is_ascii_digit) && !text.contains(&b'/');
    version.then(|| plain(text))
}

/// The word at the beginning, if it is a version and not a pattern that looks for one.
fn word(bytes: &[u8]) -> Option<String> {
    let bytes = &bytes[..bytes.len().min(NEAR)];
    let from = bytes.iter().position(|byte| *byte != b' ').unwrap_or(0);
    let rest = &bytes[from..];
    let end = rest.iter().position(|byte| !byte.is_ascii_graphic());
    let word = &rest[..end.unwrap_or(rest.len())];
    word.first()
        .is_some_and(u8::is_ascii_digit)
        .then(|| plain(word))
}

/// What a file says is told only as far as it is plain text.
fn plain(bytes: &[u8]) -> String {
    let graphic = bytes
        .iter()
        .take(LONGEST_TOLD)
        .filter(|byte| byte.is_ascii_graphic());
    graphic.map(|byte| char::from(*byte)).collect()
}

/// Bytes that are read at once.
const PIECE: usize = 256 << 10;

/// Bytes of a piece that the next one begins with: the longest pattern and what is told around it.
pub(super) const OVERLAP: usize = 512;

/// How far around a mark is looked.
const NEAR: usize = 64;

/// Longest version that is told.
const LONGEST_TOLD: usize = 24;
