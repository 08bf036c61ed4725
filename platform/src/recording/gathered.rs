//! A recording that was read whole and is handed out in the order of time.
//!
//! Step: source.

use std::time::Duration;

use crate::encode::{Records, Tally};
use crate::source::{Progress, Source, SourceError, SourceStats};

/// Records of a foreign recording.
#[derive(Debug)]
pub struct Gathered {
    records: Records,
    counters: Vec<(&'static str, u64)>,
    /// Why the file was not read to its end; told after what was read.
    broken: Option<SourceError>,
}

impl Gathered {
    /// From what was read.
    pub(super) fn new(
        mut records: Records,
        tally: Tally,
        further: &[(&'static str, u64)],
        broken: Option<SourceError>,
    ) -> Self {
        records.sort();
        let mut counters = vec![
            ("events", tally.events),
            ("events_passed_over", tally.passed_over),
            ("events_undecodable", tally.undecodable),
        ];
        counters.extend(further);
        Self {
            records,
            counters,
            broken,
        }
    }
}

impl Source for Gathered {
    fn poll(
        &mut self,
        _wait: Duration,
        limit: usize,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Progress, SourceError> {
        match self.records.hand_out(limit, take) {
            0 if limit > 0 => match self.broken.take() {
                Some(error) => Err(error),
                None => Ok(Progress::Ended),
            },
            handed => Ok(Progress::Records(handed)),
        }
    }

    fn stats(&mut self) -> SourceStats {
        SourceStats {
            kinds: Vec::new(),
            others: self.counters.clone(),
        }
    }

    fn close(&mut self) -> Result<(), SourceError> {
        Ok(())
    }
}
