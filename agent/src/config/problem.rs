//! What is wrong with a configuration, in the words that an operator is told.
//!
//! Step: none. Every problem of a file is told at once, each with its place.

use std::fmt;

/// Why there are no settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// The file could not be read as text.
    Unreadable {
        /// Its name.
        file: String,
        /// Why.
        reason: String,
    },
    /// The text is not a valid configuration.
    Invalid {
        /// Its name.
        file: String,
        /// Everything that is wrong with it, in the order of the text.
        problems: Vec<Problem>,
    },
}

/// One thing that is wrong in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { file, reason } => write!(f, "{file}: {reason}"),
            Self::Invalid { file, problems } => {
                for (index, problem) in problems.iter().enumerate() {
                    if index > 0 {
                        writeln!(f)?;
                    }
                    let Problem {
                        line,
                        column,
                        message,
                    } = problem;
                    write!(f, "{file}:{line}:{column}: {message}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for ConfigError {}
