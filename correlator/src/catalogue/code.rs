//! Code that packs: what a family of it makes, and how much it says that it is there.
//!
//! Step: correlate. Probes and the scanner of executables name families; the catalogue knows them
//! by these names. It judges nothing.

use rustc_hash::FxHashMap;

use super::entry::Rank;
use crate::evidence::Text;

/// A family of code that packs or encrypts.
#[derive(Clone, Debug)]
pub struct Code {
    /// Its name in the catalogue (`zlib`).
    pub name: Text,
    /// Formats that it makes; none where it may make any.
    pub makes: Vec<Text>,
    /// How much it says that an unusual program has or calls it.
    pub rank: Rank,
}

impl Code {
    /// Whether it may have made content of that format.
    #[must_use]
    pub fn makes(&self, format: &str) -> bool {
        self.makes.is_empty() || self.makes.iter().any(|made| **made == *format)
    }
}

/// All families, found by each of their names.
#[derive(Clone, Debug, Default)]
pub(super) struct CodeTable {
    families: Vec<Code>,
    names: FxHashMap<Box<str>, usize>,
}

impl CodeTable {
    /// Adds a family; a name that one before it has stays that one's.
    pub(super) fn add(&mut self, code: Code, names: &[String]) {
        let index = self.families.len();
        let own = code.name.to_lowercase();
        for name in std::iter::once(own).chain(names.iter().map(|name| name.to_lowercase())) {
            self.names.entry(name.into()).or_insert(index);
        }
        self.families.push(code);
    }

    /// The family of this name; names are written in lower case.
    pub(super) fn find(&self, name: &[u8]) -> Option<&Code> {
        let name = std::str::from_utf8(name).ok()?;
        self.names.get(name).map(|&index| &self.families[index])
    }
}
