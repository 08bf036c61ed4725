//! Finds all patterns at once, each by its rarest part.
//!
//! Step: source, for the enrichment. A table of small numbers begins with bytes that are everywhere
//! in a program, so a search by beginnings would stop at every other byte. Each pattern is therefore
//! searched for from its rarest place on, and what is before that place is compared afterwards.
//! Invariant: every occurrence of every pattern is found, however they overlap.

use aho_corasick::packed::{Config, MatchKind, Searcher};
use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, Span};

/// Patterns, ready to be searched for.
#[derive(Debug)]
pub(super) struct Finder {
    patterns: Vec<Vec<u8>>,
    engine: Engine,
    /// By number of the anchor: the patterns that may be where it is found, and how far before it
    /// each begins.
    at: Vec<Vec<(usize, usize)>>,
}

#[derive(Debug)]
enum Engine {
    /// Looks at many bytes at once.
    Packed(Box<Searcher>),
    /// For processors that cannot.
    Automaton(AhoCorasick),
}

impl Finder {
    /// A finder of these patterns, none of which may be shorter than an anchor.
    pub(super) fn new(patterns: &[Vec<u8>]) -> Option<Self> {
        let anchors = anchors(patterns);
        let at = anchors
            .iter()
            .map(|own| {
                let own = patterns.iter().enumerate().filter_map(|(number, pattern)| {
                    let (offset, anchor) = rarest(pattern);
                    (anchor == *own).then_some((number, offset))
                });
                own.collect()
            })
            .collect();
        let packed = Config::new()
            .match_kind(MatchKind::LeftmostFirst)
            .heuristic_pattern_limits(false)
            .only_teddy(true)
            .builder()
            .extend(&anchors)
            .build();
        let engine = match packed {
            Some(searcher) => Engine::Packed(Box::new(searcher)),
            None => automaton(&anchors)?,
        };
        Some(Self {
            patterns: patterns.to_vec(),
            engine,
            at,
        })
    }

    /// Hands out each occurrence: the pattern's number, where it begins and where it ends.
    pub(super) fn find(&self, bytes: &[u8], mut take: impl FnMut(usize, usize, usize)) {
        let mut found = |anchor: usize, at: usize| {
            for &(pattern, offset) in &self.at[anchor] {
                let Some(begin) = at.checked_sub(offset) else {
                    continue;
                };
                let wanted = &self.patterns[pattern];
                if bytes[begin..].starts_with(wanted) {
                    take(pattern, begin, begin + wanted.len());
                }
            }
        };
        let mut from = 0;
        while let Some((anchor, at)) = self.next(bytes, from) {
            found(anchor, at);
            // Anchors of different patterns may overlap.
            from = at + 1;
        }
    }

    /// The next anchor and where it stands.
    fn next(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        let span = Span::from(from..bytes.len());
        let hit = match &self.engine {
            Engine::Packed(searcher) => searcher.find_in(bytes, span),
            Engine::Automaton(automaton) => automaton.find(Input::new(bytes).span(span)),
        }?;
        Some((hit.pattern().as_usize(), hit.start()))
    }
}

/// An engine for every processor.
fn automaton(anchors: &[[u8; ANCHOR]]) -> Option<Engine> {
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .prefilter(false)
        .build(anchors)
        .ok()?;
    Some(Engine::Automaton(automaton))
}

/// What is searched for of these patterns, each once.
fn anchors(patterns: &[Vec<u8>]) -> Vec<[u8; ANCHOR]> {
    let mut anchors: Vec<_> = patterns.iter().map(|pattern| rarest(pattern).1).collect();
    anchors.sort_unstable();
    anchors.dedup();
    anchors
}

/// The rarest stretch of the length of an anchor, and where it begins.
fn rarest(pattern: &[u8]) -> (usize, [u8; ANCHOR]) {
    let score = |stretch: &[u8; ANCHOR]| stretch.iter().map(|byte| rarity(*byte)).sum::<u32>();
    let stretches = pattern.array_windows::<ANCHOR>().enumerate();
    let best = stretches.max_by_key(|(at, stretch)| (score(stretch), std::cmp::Reverse(*at)));
    best.map_or((0, [0; ANCHOR]), |(at, stretch)| (at, *stretch))
}

/// How rare a byte is in the data of programs.
fn rarity(byte: u8) -> u32 {
    match byte {
        0 => 0,
        1..=8 | 0xff => 2,
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b' ' => 3,
        b'j' | b'k' | b'q' | b'v' | b'w' | b'x' | b'z' => 5,
        b'a'..=b'z' | b'_' | b'.' | b'/' | 9..=31 => 4,
        _ => 6,
    }
}

/// Bytes of a pattern that are searched for.
pub(super) const ANCHOR: usize = 4;

#[cfg(test)]
mod tests;
