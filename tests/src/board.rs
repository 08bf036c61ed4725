//! Where findings gather as the daemon prints them, and where tests wait for them.
//!
//! Step: tests. One thread reads lines; anyone may wait for a condition on all lines so far. A line
//! that is no finding is kept as a complaint, because standard output must hold nothing else.

use std::io::BufRead;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::finding::Finding;

/// Everything that the daemon has printed.
#[derive(Clone, Debug, Default)]
pub struct Board {
    shared: Arc<(Mutex<Lines>, Condvar)>,
}

#[derive(Debug, Default)]
struct Lines {
    findings: Vec<Finding>,
    complaints: Vec<String>,
    ended: bool,
}

impl Board {
    /// Reads lines until the stream ends; meant for a thread of its own.
    pub fn read(&self, stream: impl BufRead) {
        for line in stream.lines() {
            let Ok(line) = line else { break };
            let parsed = Finding::parse(&line, Instant::now());
            let mut lines = self.lock();
            match parsed {
                Ok(finding) => lines.findings.push(finding),
                Err(complaint) => lines.complaints.push(complaint),
            }
            self.shared.1.notify_all();
        }
        self.lock().ended = true;
        self.shared.1.notify_all();
    }

    /// Waits until `choose` finds what it looks for among all findings so far.
    pub fn wait<T>(
        &self,
        limit: Duration,
        mut choose: impl FnMut(&[Finding]) -> Option<T>,
    ) -> Option<T> {
        let deadline = Instant::now() + limit;
        let mut lines = self.lock();
        loop {
            if let Some(chosen) = choose(&lines.findings) {
                return Some(chosen);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || lines.ended {
                return None;
            }
            lines = self
                .shared
                .1
                .wait_timeout(lines, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// All findings so far.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        self.lock().findings.clone()
    }

    /// How many findings there are so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().findings.len()
    }

    /// Lines that were no findings.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.lock().complaints.clone()
    }

    /// Forgets what was read, for long runs that look at each window on its own.
    pub fn clear(&self) {
        self.lock().findings.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
