//! The fingerprints, read from the embedded table.
//!
//! Step: source, for the enrichment. Invariant: a slip in the table is found by a test, and what is
//! wrong in it is told with its number. It searches nothing.

use toml::{Table, Value};

use super::CodePurpose;
use super::finder::ANCHOR;

/// How one family of code is recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint {
    pub(super) family: String,
    pub(super) purpose: CodePurpose,
    /// Numbers of patterns, any of which recognises it.
    pub(super) marks: Vec<usize>,
    /// Numbers of patterns, each of which must be there.
    pub(super) besides: Vec<usize>,
    /// A text that must stand before the mark.
    pub(super) before: Option<Vec<u8>>,
    /// Only among the names of Go's functions.
    pub(super) go: bool,
    /// Tell the word behind the mark.
    pub(super) version: bool,
    pub(super) how: String,
}

/// All fingerprints with the patterns that they share.
#[derive(Clone, Debug, Default)]
pub(super) struct Fingerprints {
    pub(super) patterns: Vec<Vec<u8>>,
    pub(super) all: Vec<Fingerprint>,
}

impl Fingerprints {
    /// Reads a table of fingerprints.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut table: Table = text.parse().map_err(|error| format!("{error}"))?;
        let Some(Value::Array(entries)) = table.remove("fingerprint") else {
            return Err("no [[fingerprint]]".to_owned());
        };
        let mut read = Self::default();
        for (number, entry) in entries.into_iter().enumerate() {
            let Value::Table(entry) = entry else {
                return Err(format!("fingerprint {number} is no table"));
            };
            read.add(entry)
                .map_err(|problem| format!("fingerprint {number}: {problem}"))?;
        }
        match table.keys().next() {
            Some(key) => Err(format!("unknown key {key}")),
            None => Ok(read),
        }
    }

    fn add(&mut self, mut entry: Table) -> Result<(), String> {
        let purpose = purpose(text(&mut entry, "purpose")?.as_deref())?;
        let go = match text(&mut entry, "within")?.as_deref() {
            None => false,
            Some("go") => true,
            Some(_) => return Err("within is go, or nothing".to_owned()),
        };
        let fingerprint = Fingerprint {
            family: text(&mut entry, "family")?.ok_or("no family")?,
            purpose,
            marks: self.patterns_of(&mut entry, "marks")?,
            besides: self.patterns_of(&mut entry, "besides")?,
            before: text(&mut entry, "before")?.map(String::into_bytes),
            go,
            version: match entry.remove("version") {
                None => false,
                Some(Value::Boolean(version)) => version,
                Some(_) => return Err("version is true or false".to_owned()),
            },
            how: text(&mut entry, "how")?.ok_or("how is it told?")?,
        };
        if fingerprint.marks.is_empty() {
            return Err("no marks".to_owned());
        }
        self.all.push(fingerprint);
        match entry.keys().next() {
            Some(key) => Err(format!("unknown key {key}")),
            None => Ok(()),
        }
    }

    fn patterns_of(&mut self, entry: &mut Table, key: &str) -> Result<Vec<usize>, String> {
        let marks = match entry.remove(key) {
            None => return Ok(Vec::new()),
            Some(Value::Array(marks)) => marks,
            Some(_) => return Err(format!("{key} is a list of texts")),
        };
        marks
            .into_iter()
            .map(|mark| match mark {
                Value::String(mark) => Ok(self.number(pattern(&mark)?)),
                _ => Err(format!("{key} is a list of texts")),
            })
            .collect()
    }

    /// The pattern's number; equal ones share it.
    fn number(&mut self, pattern: Vec<u8>) -> usize {
        let known = self.patterns.iter().position(|known| *known == pattern);
        known.unwrap_or_else(|| {
            self.patterns.push(pattern);
            self.patterns.len() - 1
        })
    }
}

/// What code is for, by its name.
pub(super) fn purpose(name: Option<&str>) -> Result<CodePurpose, String> {
    match name {
        Some("compress") => Ok(CodePurpose::Compress),
        Some("archive") => Ok(CodePurpose::Archive),
        Some("encrypt") => Ok(CodePurpose::Encrypt),
        _ => Err("purpose is compress, archive or encrypt".to_owned()),
    }
}

/// The bytes that a mark stands for.
fn pattern(mark: &str) -> Result<Vec<u8>, String> {
    let numbers = [("u8: ", 1), ("u16: ", 2), ("u32: ", 4)];
    let numbers = numbers
        .iter()
        .find_map(|(prefix, width)| Some((mark.strip_prefix(prefix)?, *width)));
    let bytes = match numbers {
        None => mark.as_bytes().to_vec(),
        Some((list, width)) => {
            let mut bytes = Vec::new();
            for word in list.split(' ') {
                let number: u32 = word
                    .parse()
                    .map_err(|_| format!("{word} is no number: {mark}"))?;
                let little = number.to_le_bytes();
                let (kept, cut) = little.split_at(width);
                if cut.iter().any(|byte| *byte != 0) {
                    return Err(format!("{word} is too large: {mark}"));
                }
                bytes.extend_from_slice(kept);
            }
            bytes
        }
    };
    if bytes.len() < SHORTEST {
        return Err(format!("too short to say anything: {mark}"));
    }
    Ok(bytes)
}

fn text(entry: &mut Table, key: &str) -> Result<Option<String>, String> {
    match entry.remove(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("{key} is a text")),
    }
}

/// Shorter patterns are found in everything.
const SHORTEST: usize = ANCHOR;
