//! Which exit code an error leads to.
//!
//! Step: none. Only the binary's `main` asks; everything else returns the error itself.

use std::fmt;

use correlator::CatalogueError;
use platform::SourceError;
use platform::service::ServiceError;

use crate::config::{ConfigError, OverridesError};
use crate::state::StateError;

/// A command was asked for something that makes no sense.
#[derive(Debug)]
pub(crate) struct Misuse(String);

impl Misuse {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misuse {}

/// An error that was told already, with its exit code.
#[derive(Debug)]
pub(crate) struct Told(pub(crate) u8);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the service ended with exit code {}", self.0)
    }
}

impl std::error::Error for Told {}

/// The exit code of an error: 2 usage or configuration, 3 missing privilege, 4 nothing could be
/// attached, 1 anything else.
#[must_use]
pub fn code(error: &anyhow::Error) -> u8 {
    error.chain().find_map(known).unwrap_or(1)
}

fn known(cause: &(dyn std::error::Error + 'static)) -> Option<u8> {
    if cause.is::<Misuse>()
        || cause.is::<ConfigError>()
        || cause.is::<OverridesError>()
        || cause.is::<CatalogueError>()
    {
        return Some(2);
    }
    if let Some(Told(code)) = cause.downcast_ref() {
        return Some(*code);
    }
    match cause.downcast_ref() {
        Some(SourceError::Privilege(_)) => return Some(3),
        Some(SourceError::Unsupported(_)) => return Some(4),
        _ => {}
    }
    if matches!(cause.downcast_ref(), Some(ServiceError::Privilege(_))) {
        return Some(3);
    }
    matches!(cause.downcast_ref(), Some(StateError::Forbidden(_))).then_some(3)
}

/// The error with its causes, each said once.
#[must_use]
pub fn message(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        // Some errors name their cause in their own words already.
        if text.contains(&cause) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause);
    }
    text
}

#[cfg(test)]
mod tests;
