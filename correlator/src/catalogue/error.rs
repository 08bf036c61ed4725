//! What can be wrong with a catalogue file, told so that its author can mend it.
//!
//! Step: correlate (the catalogue's boundary). Every variant carries the file's name and, where it
//! is known, the line and the entry.

use std::fmt;

/// Why a catalogue could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CatalogueError {
    /// The text is not TOML, or has a key or value that the catalogue does not know.
    Syntax {
        /// Where.
        at: Position,
        /// The parser's words.
        source: Box<toml::de::Error>,
    },
    /// An entry's value makes no sense.
    Value {
        /// Where.
        at: Position,
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// What is wrong and what would be right.
        problem: &'static str,
    },
    /// `remove` names an entry that no earlier file has.
    NothingToRemove {
        /// Where.
        at: Position,
        /// What it names.
        name: String,
    },
}

/// A place in a catalogue file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The file's name as the caller gave it.
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The entry, as `section.name`.
    pub entry: Option<String>,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(entry) = &self.entry {
            write!(f, ": [{entry}]")?;
        }
        Ok(())
    }
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { at, source } => {
                write!(f, "{at}: {}", source.message())?;
                f.write_str("; correct or remove it")
            }
            Self::Value {
                at,
                key,
                value,
                problem,
            } => write!(f, "{at}: {key} = {value:?}: {problem}"),
            Self::NothingToRemove { at, name } => write!(
                f,
                "{at}: remove = {name:?}: there is no such entry; write it as \"section.name\" \
                 with the name of an entry of the built-in catalogue or of an earlier file"
            ),
        }
    }
}

impl std::error::Error for CatalogueError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Syntax { source, .. } => Some(&**source),
            Self::Value { .. } | Self::NothingToRemove { .. } => None,
        }
    }
}
