//! Which functions of which libraries produce something, as `entry_points.toml` lists them.
//!
//! Step: source. Facts only: a name leads to what the function is for and what its arguments mean.
//! The list is part of the program, so a mistake in it fails the tests and never a start.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ring_abi::Purpose;
use toml::{Table, Value};

use crate::elf::Function;

/// The list as it came with the program.
pub(super) static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::parse(TEXT).expect("the tests parse the list of functions"));

/// Every known function, by name and by the beginning of a name.
#[derive(Debug)]
pub(super) struct Catalogue {
    entries: Vec<Entry>,
    by_name: HashMap<Vec<u8>, usize>,
    by_beginning: Vec<usize>,
    requirements: HashMap<Vec<u8>, Vec<Vec<u8>>>,
}

/// A function that begins to produce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The symbol, or what it begins with.
    name: Vec<u8>,
    is_beginning: bool,
    pub(super) family: Vec<u8>,
    pub(super) purpose: Purpose,
    pub(super) format: Option<Vec<u8>>,
    pub(super) level: Option<u8>,
    pub(super) output: Option<u8>,
    pub(super) passphrase: Option<u8>,
    pub(super) format_argument: Option<u8>,
    pub(super) needs: Option<u8>,
    pub(super) test: Option<(Test, u8)>,
    except: Vec<Vec<u8>>,
    without: Vec<Vec<u8>>,
}

/// What an argument must be for a call to count; the numbers are those of a probe's cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    IsOne = 1,
    HasLowestBit = 2,
    Writes = 3,
    IsArchiveWriter = 4,
}

/// A place for a probe: the function as the file defines it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) function: Vec<u8>,
    pub(super) entry: Entry,
}

impl Catalogue {
    fn parse(text: &str) -> Result<Self, String> {
        let table: Table = text.parse().map_err(|error| format!("{error}"))?;
        let mut catalogue = Self {
            entries: Vec::new(),
            by_name: HashMap::new(),
            by_beginning: Vec::new(),
            requirements: HashMap::new(),
        };
        for (family, value) in &table {
            let section = value.as_table().ok_or("a family is a table")?;
            let purpose = section.get("purpose").ok_or("a family has a purpose")?;
            let required = names(section.get("requires"))?;
            if !required.is_empty() {
                catalogue
                    .requirements
                    .insert(family.as_bytes().to_vec(), required);
            }
            let functions = section.get("functions").and_then(Value::as_array);
            for function in functions.ok_or("a family has functions")? {
                let function = function.as_table().ok_or("a function is a table")?;
                catalogue.add(Entry::parse(family, purpose, function)?)?;
            }
        }
        Ok(catalogue)
    }

    fn add(&mut self, entry: Entry) -> Result<(), String> {
        let index = self.entries.len();
        if entry.is_beginning {
            self.by_beginning.push(index);
        } else if self.by_name.insert(entry.name.clone(), index).is_some() {
            return Err(format!("{:?} twice", String::from_utf8_lossy(&entry.name)));
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Whether anything is known of a function of this name, or is to be known of it.
    pub(super) fn mentions(&self, name: &[u8]) -> bool {
        let required = || self.requirements.values().flatten();
        self.find(name).is_some() || required().any(|required| required == name)
    }

    fn find(&self, name: &[u8]) -> Option<&Entry> {
        if let Some(index) = self.by_name.get(name) {
            return Some(&self.entries[*index]);
        }
        let mut beginnings = self.by_beginning.iter().map(|index| &self.entries[*index]);
        beginnings.find(|entry| {
            name.strip_prefix(&*entry.name).is_some_and(|rest| {
                !rest.is_empty() && !entry.except.iter().any(|except| except == rest)
            })
        })
    }

    /// Where probes belong in a file that defines these functions.
    pub(super) fn places(&self, functions: &[Function]) -> Vec<Place> {
        let defined: HashSet<&[u8]> = functions.iter().map(|it| &*it.name).collect();
        let is_defined = |name: &Vec<u8>| defined.contains(&**name);
        functions
            .iter()
            .filter_map(|function| Some((function, self.find(&function.name)?)))
            .filter(|(_, entry)| !entry.without.iter().any(is_defined))
            .filter(|(_, entry)| {
                let required = self.requirements.get(&entry.family);
                required.is_none_or(|names| names.iter().any(is_defined))
            })
            .map(|(function, entry)| Place {
                offset: function.offset,
                function: function.name.clone(),
                entry: entry.named(&function.name),
            })
            .collect()
    }
}

impl Entry {
    fn parse(family: &str, purpose: &Value, function: &Table) -> Result<Self, String> {
        let text = |key: &str| function.get(key).and_then(Value::as_str);
        let name = text("name").ok_or("a function has a name")?;
        if let Some(unknown) = function.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(format!("{name}: unknown key {unknown}"));
        }
        let argument = |key: &str| match function.get(key).map(Value::as_integer) {
            None => Ok(None),
            Some(Some(index @ 0..6)) => Ok(Some(index as u8)),
            Some(_) => Err(format!("{name}: {key} is an argument from 0 to 5")),
        };
        let mut tests = Vec::new();
        for (key, test) in TESTS {
            tests.extend(argument(key)?.map(|index| (test, index)));
        }
        if tests.len() > 1 {
            return Err(format!("{name}: more than one test"));
        }
        Ok(Self {
            name: name.trim_end_matches('*').as_bytes().to_vec(),
            is_beginning: name.ends_with('*'),
            family: family.as_bytes().to_vec(),
            purpose: match text("purpose").or(purpose.as_str()) {
                Some("compress") => Purpose::COMPRESS,
                Some("archive") => Purpose::ARCHIVE,
                Some("encrypt") => Purpose::ENCRYPT,
                _ => return Err(format!("{name}: unknown purpose")),
            },
            format: text("format").map(|format| format.as_bytes().to_vec()),
            level: argument("level")?,
            output: argument("output")?,
            passphrase: argument("passphrase")?,
            format_argument: argument("format_argument")?,
            needs: argument("needs")?,
            test: tests.pop(),
            except: names(function.get("except"))?,
            without: names(function.get("without"))?,
        })
    }

    /// Whether a probe reads an argument behind the fourth.
    pub(super) fn reads_beyond_fourth(&self) -> bool {
        let read = [
            self.level,
            self.output,
            self.passphrase,
            self.format_argument,
            self.needs,
            self.test.map(|(_, argument)| argument),
        ];
        read.iter().flatten().any(|argument| *argument > 3)
    }

    /// The entry for one function of those that begin so.
    fn named(&self, name: &[u8]) -> Self {
        let mut entry = self.clone();
        if entry.is_beginning {
            entry.format = name.strip_prefix(&*entry.name).map(<[u8]>::to_vec);
        }
        entry
    }
}

/// A list of texts, which may be absent.
fn names(value: Option<&Value>) -> Result<Vec<Vec<u8>>, String> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let texts = value.as_array().ok_or("a list of names")?;
    let bytes = |text: &Value| text.as_str().map(|text| text.as_bytes().to_vec());
    texts
        .iter()
        .map(|text| bytes(text).ok_or_else(|| "a list of names".to_owned()))
        .collect()
}

const TEXT: &str = include_str!("entry_points.toml");

const TESTS: [(&str, Test); 4] = [
    ("is_one", Test::IsOne),
    ("has_lowest_bit", Test::HasLowestBit),
    ("writes", Test::Writes),
    ("is_archive_writer", Test::IsArchiveWriter),
];

const KEYS: [&str; 14] = [
    "name",
    "purpose",
    "format",
    "level",
    "output",
    "passphrase",
    "format_argument",
    "needs",
    "is_one",
    "has_lowest_bit",
    "writes",
    "is_archive_writer",
    "except",
    "without",
];

#[cfg(test)]
mod tests;
