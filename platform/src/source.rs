//! What every source of records offers, whatever system it reads.
//!
//! Step: source. A source hands out whole records as bytes (`ring_abi::decode` reads them) and
//! counts what it could not hand out. It does not decode, enrich or judge.

use std::time::Duration;

/// A stream of ring records.
pub trait Source {
    /// Hands each record that is there to `take`, at most `limit` of them; waits up to `wait` when
    /// none is there. Records of one process come in the order of their time.
    ///
    /// # Errors
    /// When the stream cannot go on; what was handed out before stays valid.
    fn poll(
        &mut self,
        wait: Duration,
        limit: usize,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Progress, SourceError>;

    /// The counters so far.
    fn stats(&mut self) -> SourceStats;

    /// Stops the stream: detaches what was attached. What is still buffered can be polled until
    /// [`Progress::Ended`].
    ///
    /// # Errors
    /// When something stays attached, with its name.
    fn close(&mut self) -> Result<(), SourceError>;
}

impl Source for Box<dyn Source> {
    fn poll(
        &mut self,
        wait: Duration,
        limit: usize,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Progress, SourceError> {
        (**self).poll(wait, limit, take)
    }

    fn stats(&mut self) -> SourceStats {
        (**self).stats()
    }

    fn close(&mut self) -> Result<(), SourceError> {
        (**self).close()
    }
}

/// What a poll found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// This many records were handed out; 0 after a wait in vain.
    Records(usize),
    /// The stream is at its end and everything was handed out.
    Ended,
}

/// Counters of a source; `emitted = delivered + dropped`, by kind, once everything is drained.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceStats {
    /// Per record kind.
    pub kinds: Vec<KindStats>,
    /// Named counters beside those, such as table entries that were evicted.
    pub others: Vec<(&'static str, u64)>,
}

/// Counters of one record kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindStats {
    /// Wire code of the kind.
    pub kind: u16,
    /// Made by the probe.
    pub emitted: u64,
    /// Handed out by [`Source::poll`].
    pub delivered: u64,
    /// Dropped, by wire code of the loss reason.
    pub dropped: Vec<(u32, u64)>,
}

/// Why a source cannot start or go on.
#[derive(Debug)]
#[non_exhaustive]
pub enum SourceError {
    /// The process lacks a privilege; the text says which and how to get it.
    Privilege(String),
    /// The system offers nothing to attach to; the text says what is missing and what to do.
    Unsupported(String),
    /// A file is not a recording, or is one of another version.
    Format(String),
    /// An operation of the system failed.
    Io {
        /// What was being done, to what.
        what: String,
        /// The system's error.
        source: std::io::Error,
    },
}

impl std::fmt::Display for SourceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Privilege(text) | Self::Unsupported(text) | Self::Format(text) => {
                f.write_str(text)
            }
            Self::Io { what, source } => write!(f, "{what}: {source}"),
        }
    }
}

impl std::error::Error for SourceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
