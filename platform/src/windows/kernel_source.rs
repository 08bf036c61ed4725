//! The live kernel as a source of records: not on Windows yet.
//!
//! Step: source. Opening it fails with what to do instead, so no value of this type ever exists,
//! and none of its methods is ever called.

use std::convert::Infallible;
use std::time::Duration;

use crate::source::{Progress, Source, SourceError, SourceStats};
use crate::survey::{Hook, Options};

/// The live kernel.
pub struct KernelSource(Infallible);

impl KernelSource {
    /// Refuses.
    ///
    /// # Errors
    /// `Unsupported`, always.
    pub fn open(_options: &Options) -> Result<Self, SourceError> {
        Err(SourceError::Unsupported(MISSING.to_owned()))
    }

    /// The hooks and whether they listen.
    #[must_use]
    pub fn hooks(&self) -> &[Hook] {
        match self.0 {}
    }

    /// How functions of libraries are watched; else why they are not.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn library_probes(&self) -> Result<&'static str, &str> {
        match self.0 {}
    }

    /// What there is to say that no counter tells, each once.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        match self.0 {}
    }

    /// Whether everything that already ran has been handed out.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        match self.0 {}
    }
}

impl Source for KernelSource {
    fn poll(
        &mut self,
        _wait: Duration,
        _limit: usize,
        _take: &mut dyn FnMut(&[u8]),
    ) -> Result<Progress, SourceError> {
        match self.0 {}
    }

    fn stats(&mut self) -> SourceStats {
        match self.0 {}
    }

    fn close(&mut self) -> Result<(), SourceError> {
        match self.0 {}
    }
}

/// Why there is no source, and what can be done.
pub(super) const MISSING: &str = "this version cannot watch a live Windows yet: record with \
                                  Sysmon or an ETW session and use packhound replay";
