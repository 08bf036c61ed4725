//! Recognises packing code that is linked into a program or library, by what it leaves there.
//!
//! Step: source, for the enrichment. Pure: it is given something to read and seek in, asks no
//! system, and compiles everywhere. Versions, messages, tables and names of functions are data in
//! `fingerprints.toml`, all searched for at once in those parts of the file that hold data.
//! Invariants: a file costs bounded bytes and memory however large or malformed it is, what was
//! left out is told, and the same bytes give the same answer.

mod catalogue;
mod elf;
mod finder;
mod imports;
mod macho;
mod search;

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};

use catalogue::{Fingerprint, Fingerprints};
use elf::{Parts, Stretch};
use finder::Finder;
use imports::Imports;
use macho::Mach;
use search::Hits;

/// What code can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodePurpose {
    /// Compress a stream.
    Compress,
    /// Make archives.
    Archive,
    /// Encrypt.
    Encrypt,
}

/// A family of packing code in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The family's name (`zlib`).
    pub family: String,
    /// What it can do.
    pub purpose: CodePurpose,
    /// By what it was recognised, for people.
    pub recognised: String,
}

/// What a scan found, and how much of the file it has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The code, each family once.
    pub code: Vec<Code>,
    /// Bytes that were searched.
    pub bytes: u64,
    /// There were more than the limit, or the time was over: the middle was not searched.
    pub truncated: bool,
    /// Why its headers make no sense; it was searched as a whole then.
    pub malformed: Option<&'static str>,
}

/// Searches files for the fingerprints that this version ships.
#[derive(Debug)]
pub struct Scanner {
    fingerprints: Fingerprints,
    finder: Finder,
    imports: Imports,
    limit: u64,
}

impl Default for Scanner {
    fn default() -> Self {
        Self::new()
    }
}

impl Scanner {
    /// A scanner that reads at most [`LIMIT`] bytes of a file.
    ///
    /// # Panics
    /// Never: a test makes it.
    #[must_use]
    pub fn new() -> Self {
        let fingerprints = Fingerprints::parse(include_str!("fingerprints.toml"))
            .expect("the embedded fingerprints are read by a test");
        let finder = Finder::new(&fingerprints.patterns)
            .expect("the embedded fingerprints are searched by a test");
        let imports = Imports::parse(include_str!("imports.toml"))
            .expect("the embedded list of imports is read by a test");
        Self {
            fingerprints,
            finder,
            imports,
            limit: LIMIT,
        }
    }

    /// Reads less, or more, of a file.
    #[must_use]
    pub fn with_limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// Every family that may be told.
    pub fn families(&self) -> impl Iterator<Item = &str> {
        let linked = self.fingerprints.all.iter();
        let linked = linked.map(|fingerprint| fingerprint.family.as_str());
        linked.chain(self.imports.families())
    }

    /// A number that changes with the fingerprints, so that what earlier ones found is not trusted.
    #[must_use]
    pub fn edition(&self) -> u64 {
        // FNV-1a: it tells editions apart, nothing depends on who wrote them.
        let bytes = include_bytes!("fingerprints.toml").iter();
        let bytes = bytes.chain(include_bytes!("imports.toml"));
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    /// Searches a file. `go_on` is asked between pieces of a quarter mebibyte.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn scan<R: Read + Seek>(
        &self,
        file: &mut R,
        go_on: &mut dyn FnMut() -> bool,
    ) -> io::Result<Scan> {
        let length = file.seek(SeekFrom::End(0))?;
        let mut scan = Scan::default();
        let mut imported = Vec::new();
        let stretches = match self.parts(file, length, &mut imported, &mut scan)? {
            Parts::Data(stretches) => stretches,
            Parts::Foreign => whole(length),
            Parts::Malformed(problem) => {
                scan.malformed = Some(problem);
                whole(length)
            }
        };
        let (stretches, cut) = clipped(joined(stretches), self.limit);
        let wanted: u64 = stretches.iter().map(|stretch| stretch.size).sum();
        let mut hits = Hits::new(self.fingerprints.patterns.len());
        for stretch in stretches {
            let (finder, fingerprints) = (&self.finder, &self.fingerprints);
            scan.bytes += search::search(file, stretch, finder, fingerprints, &mut hits, go_on)?;
        }
        scan.truncated |= cut || scan.bytes < wanted;
        scan.code = self.verdict(&hits);
        for code in imported {
            // What is linked in says more than what is called elsewhere.
            if scan.code.iter().all(|found| found.family != code.family) {
                scan.code.push(code);
            }
        }
        Ok(scan)
    }

    /// Where data is, whichever system the file is for; and what it takes from libraries, where
    /// nothing but the file tells that.
    fn parts<R: Read + Seek>(
        &self,
        file: &mut R,
        length: u64,
        imported: &mut Vec<Code>,
        scan: &mut Scan,
    ) -> io::Result<Parts> {
        Ok(match macho::look(file, length, &self.imports)? {
            Mach::Foreign => elf::parts(file, length)?,
            Mach::Malformed(problem) => Parts::Malformed(problem),
            Mach::Sound(sound) => {
                *imported = sound.code;
                scan.truncated = sound.truncated;
                Parts::Data(sound.stretches)
            }
        })
    }

    fn verdict(&self, hits: &Hits) -> Vec<Code> {
        let mut found: BTreeMap<&str, Code> = BTreeMap::new();
        for (number, fingerprint) in self.fingerprints.all.iter().enumerate() {
            let Some(recognised) = recognised(fingerprint, number, hits) else {
                continue;
            };
            found.entry(&fingerprint.family).or_insert_with(|| Code {
                family: fingerprint.family.clone(),
                purpose: fingerprint.purpose,
                recognised,
            });
        }
        found.into_values().collect()
    }
}

/// What is told of a fingerprint, if it is met.
fn recognised(fingerprint: &Fingerprint, number: usize, hits: &Hits) -> Option<String> {
    let go = fingerprint.go;
    if !fingerprint
        .besides
        .iter()
        .all(|&pattern| hits.has(go, pattern))
    {
        return None;
    }
    let asks = fingerprint.before.is_some() || fingerprint.version;
    fingerprint.marks.iter().find_map(|&pattern| {
        if !hits.has(go, pattern) {
            return None;
        }
        let told = hits.told(go, pattern, number);
        match told {
            Some(version) => Some(fingerprint.how.replace("{}", version)),
            None => (!asks).then(|| fingerprint.how.clone()),
        }
    })
}

fn whole(length: u64) -> Vec<Stretch> {
    // Where the names of Go's functions are is not known; they are searched for everywhere.
    [false, true]
        .map(|go| Stretch {
            offset: 0,
            size: length,
            go,
        })
        .to_vec()
}

/// Each byte once for each of the two kinds, however often sections claim it.
fn joined(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.sort_unstable_by_key(|stretch| (stretch.go, stretch.offset));
    let mut joined: Vec<Stretch> = Vec::with_capacity(stretches.len());
    for stretch in stretches {
        let end = stretch.offset + stretch.size;
        match joined.last_mut() {
            Some(last) if last.go == stretch.go && stretch.offset <= last.offset + last.size => {
                last.size = last.size.max(end - last.offset);
            }
            _ => joined.push(stretch),
        }
    }
    joined
}

/// The first three quarters of the limit and the last one, if all is more than the limit.
fn clipped(stretches: Vec<Stretch>, limit: u64) -> (Vec<Stretch>, bool) {
    let total: u64 = stretches
        .iter()
        .fold(0, |sum, stretch| sum.saturating_add(stretch.size));
    if total <= limit {
        return (stretches, false);
    }
    let (head, tail_from) = (limit / 4 * 3, total - limit / 4);
    let mut kept = Vec::new();
    let mut at = 0;
    for stretch in stretches {
        let end = at + stretch.size;
        let parts = [(at, end.min(head)), (at.max(tail_from).max(head), end)];
        for (from, to) in parts {
            if from < to {
                kept.push(Stretch {
                    offset: stretch.offset + (from - at),
                    size: to - from,
                    go: stretch.go,
                });
            }
        }
        at = end;
    }
    (kept, true)
}

/// Bytes that are searched of one file at most: of the largest programs, Node and those of Go, the
/// marks are in the first half of this.
pub const LIMIT: u64 = 32 << 20;

#[cfg(test)]
mod tests;
