//! Which imported functions begin to pack, read from the embedded table.
//!
//! Step: source, for the enrichment. Invariant: a slip in the table is found by a test.

use std::collections::HashMap;

use toml::{Table, Value};

use super::CodePurpose;
use super::catalogue::purpose;

/// The functions.
#[derive(Clone, Debug, Default)]
pub(super) struct Imports {
    families: Vec<(String, CodePurpose)>,
    by_name: HashMap<Vec<u8>, usize>,
    by_beginning: Vec<(Vec<u8>, usize)>,
}

impl Imports {
    /// Reads a table of functions.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let table: Table = text.parse().map_err(|error| format!("{error}"))?;
        let mut read = Self::default();
        for (family, value) in table {
            let Value::Table(mut entry) = value else {
                return Err(format!("{family} is no table"));
            };
            let own = read.families.len();
            let purpose = entry.remove("purpose");
            let purpose = purpose
                .as_ref()
                .and_then(Value::as_str)
                .and_then(purpose_named);
            let purpose = purpose.ok_or_else(|| format!("{family}: what for?"))?;
            let Some(Value::Array(functions)) = entry.remove("functions") else {
                return Err(format!("{family} has no functions"));
            };
            for function in functions {
                let name = function
                    .as_str()
                    .ok_or_else(|| format!("{family}: a name is a text"))?;
                read.add(name, own)?;
            }
            if let Some(key) = entry.keys().next() {
                return Err(format!("{family}: unknown key {key}"));
            }
            read.families.push((family, purpose));
        }
        Ok(read)
    }

    fn add(&mut self, name: &str, family: usize) -> Result<(), String> {
        if let Some(beginning) = name.strip_suffix('*') {
            self.by_beginning
                .push((beginning.as_bytes().to_vec(), family));
        } else if self
            .by_name
            .insert(name.as_bytes().to_vec(), family)
            .is_some()
        {
            return Err(format!("{name} stands there twice"));
        }
        Ok(())
    }

    /// Every family.
    pub(super) fn families(&self) -> impl Iterator<Item = &str> {
        self.families.iter().map(|(family, _)| family.as_str())
    }

    /// The family that a function is of, and what it is for.
    pub(super) fn find(&self, function: &[u8]) -> Option<(&str, CodePurpose)> {
        let beginnings = || {
            let mut all = self.by_beginning.iter();
            all.find(|(beginning, _)| function.starts_with(beginning))
        };
        let exact = self.by_name.get(function).copied();
        let family = exact.or_else(|| beginnings().map(|(_, family)| *family))?;
        let (name, purpose) = self.families.get(family)?;
        Some((name, *purpose))
    }
}

fn purpose_named(name: &str) -> Option<CodePurpose> {
    purpose(Some(name)).ok()
}
