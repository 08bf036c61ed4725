//! The thread that opens files and searches them.
//!
//! Step: enrich. A file that cannot be read is an outcome like another. Invariants: one file costs
//! at most the scanner's limit of bytes and [`LONGEST`] of time (a file system that never answers
//! holds up this thread alone); a file that makes no sense is told once, and not more than a few
//! of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use platform::ImageAt;
use platform::fingerprint::{Code, Scan, Scanner};
use platform::host::open_image;

use super::kept::{KeptScan, KeptScans};
use super::{Report, ScanCounters};
use crate::sink::Console;

/// What the thread works with.
pub(super) struct Worker {
    pub(super) kept: KeptScans,
    pub(super) scanner: Scanner,
    pub(super) console: Console,
    pub(super) counters: Arc<ScanCounters>,
    /// Files that were told because they make no sense.
    pub(super) told: u32,
}

impl Worker {
    /// Works until nobody asks or listens any more.
    pub(super) fn work(mut self, jobs: &Receiver<ImageAt>, done: &Sender<Report>) {
        for at in jobs {
            let (code, fresh) = self.inspect(&at);
            if code.as_ref().is_some_and(|code| !code.is_empty()) {
                add(&self.counters.with_code, 1);
            }
            if done.send(Report { at, code, fresh }).is_err() {
                return;
            }
        }
    }

    fn inspect(&mut self, at: &ImageAt) -> (Option<Arc<[Code]>>, Option<KeptScan>) {
        let mut image = match open_image(at) {
            Ok(Some(image)) => image,
            Ok(None) => {
                add(&self.counters.gone, 1);
                return (None, None);
            }
            Err(_) => {
                add(&self.counters.unreadable, 1);
                return (None, None);
            }
        };
        if let Some(known) = self.kept.find(&image.identity) {
            add(&self.counters.known, 1);
            return (Some(Arc::clone(known)), None);
        }
        let begun = Instant::now();
        let mut go_on = || begun.elapsed() < LONGEST;
        let Ok(scan) = self.scanner.scan(&mut image.file, &mut go_on) else {
            add(&self.counters.unreadable, 1);
            return (None, None);
        };
        self.count(&scan, begun.elapsed());
        if let Some(problem) = scan.malformed {
            self.tell(at, problem);
        }
        let fresh = KeptScan::new(image.identity, self.scanner.edition(), &scan.code);
        (Some(scan.code.into()), Some(fresh))
    }

    fn count(&self, scan: &Scan, took: Duration) {
        let counters = &self.counters;
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        add(&counters.searched, 1);
        add(&counters.bytes, scan.bytes);
        add(&counters.microseconds, microseconds);
        counters
            .longest_microseconds
            .fetch_max(microseconds, Ordering::Relaxed);
        add(&counters.truncated, u64::from(scan.truncated));
        add(&counters.malformed, u64::from(scan.malformed.is_some()));
    }

    fn tell(&mut self, at: &ImageAt, problem: &str) {
        self.told += 1;
        if self.told > MOST_TOLD {
            return;
        }
        let name = at.path.as_deref().unwrap_or(b"a file without a name");
        let name = String::from_utf8_lossy(name);
        let last = if self.told == MOST_TOLD {
            "; further ones are only counted"
        } else {
            ""
        };
        self.console.say(&format!(
            "{name}: no sound program ({problem}); its bytes were searched for packing code as \
             they are{last}"
        ));
    }
}

fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}

/// Longest time that one file is searched.
const LONGEST: Duration = Duration::from_secs(2);

/// Files without sense that are told, not only counted.
const MOST_TOLD: u32 = 16;
