//! Looks into programs and libraries for packing code that is linked into them.
//!
//! Step: enrich. The thread that reads records only asks whether it knows a file; what it does not
//! know is opened and searched by a thread beside it, once per content, and kept between runs.
//! Invariants: nothing here waits for a file; the queue is bounded, what finds no room is dropped,
//! counted and asked for again at the next start; what is known is bounded, too.

mod counters;
mod kept;
mod worker;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use correlator::{Detail, Event, FileKey, is_installed};
use crossbeam_channel::{Receiver, Sender, bounded};
use platform::Duty;
use platform::ImageAt;
use platform::fingerprint::{Code, Scanner};

pub(crate) use counters::ScanCounters;
pub(crate) use kept::KeptScan;
use kept::KeptScans;
use worker::Worker;

use crate::privileges::lower;
use crate::sink::Console;

/// What is asked, and what came of it.
pub(crate) struct Inspector {
    known: HashMap<FileKey, Known>,
    /// Files in the order in which they became known.
    order: VecDeque<FileKey>,
    jobs: Sender<ImageAt>,
    reports: Receiver<Report>,
    /// What is to be kept for the next run.
    fresh: Vec<KeptScan>,
    counters: Arc<ScanCounters>,
}

/// What is known of a file.
enum Known {
    /// It is being looked at.
    Pending,
    /// This is in it; mostly nothing.
    Searched(Found),
}

/// The code in a file and the file's name.
#[derive(Clone)]
pub(crate) struct Found {
    /// The name under which it was met.
    pub(crate) path: Option<Arc<[u8]>>,
    /// Families of packing code.
    pub(crate) code: Arc<[Code]>,
}

/// What came of looking at a file.
struct Report {
    at: ImageAt,
    /// None where it could not be read.
    code: Option<Arc<[Code]>>,
    /// To keep, where it was searched anew.
    fresh: Option<KeptScan>,
}

impl Inspector {
    /// Starts the thread that opens and searches; `kept` is what earlier runs found.
    pub(crate) fn start(kept: &[KeptScan], console: Console) -> std::io::Result<Self> {
        let (jobs, waiting) = bounded(JOBS);
        let (done, reports) = bounded(JOBS);
        let counters = Arc::new(ScanCounters::default());
        let scanner = Scanner::new();
        let worker = Worker {
            kept: KeptScans::of(kept, scanner.edition()),
            scanner,
            console,
            counters: Arc::clone(&counters),
            told: 0,
        };
        std::thread::Builder::new()
            .name("inspector".to_owned())
            .spawn(move || {
                lower(Duty::Reading, &worker.console);
                worker.work(&waiting, &done);
            })?;
        Ok(Self {
            known: HashMap::new(),
            order: VecDeque::new(),
            jobs,
            reports,
            fresh: Vec::new(),
            counters,
        })
    }

    /// Sees an event go by; gives what is known of the file that it runs or maps, where that holds
    /// packing code.
    pub(crate) fn see(&mut self, event: &Event<'_>) -> Option<(FileKey, Found)> {
        let (file, path, program) = match &event.detail {
            Detail::ProcessStart(start) => (start.image_file?, start.image, true),
            Detail::LibraryLoad { path, file } if path.is_some_and(|path| !is_installed(path)) => {
                ((*file)?, *path, false)
            }
            Detail::FileWritten(written) => {
                self.forget(written.file?);
                return None;
            }
            _ => return None,
        };
        match self.known.get(&file) {
            // Under another name it may be another file: numbers of removed ones are given anew.
            Some(Known::Searched(found)) if found.path.as_deref() == path => {
                (!found.code.is_empty()).then(|| (file, found.clone()))
            }
            Some(Known::Pending) => None,
            Some(Known::Searched(_)) | None => {
                let at = ImageAt {
                    pid: event.process.pid,
                    program,
                    path: path.map(Into::into),
                    device: file.device,
                    inode: file.inode,
                };
                if self.jobs.try_send(at).is_ok() {
                    self.learn(file, Known::Pending);
                } else {
                    self.counters.dropped.fetch_add(1, Ordering::Relaxed);
                }
                None
            }
        }
    }

    /// The next file of which something became known.
    pub(crate) fn next(&mut self) -> Option<(FileKey, Found)> {
        loop {
            let Report { at, code, fresh } = self.reports.try_recv().ok()?;
            let file = FileKey {
                device: at.device,
                inode: at.inode,
            };
            match fresh {
                Some(fresh) if self.fresh.len() < MOST_FRESH => self.fresh.push(fresh),
                Some(_) | None => {}
            }
            let Some(code) = code else {
                // It may be readable the next time.
                self.forget_any(file);
                continue;
            };
            let found = Found {
                path: at.path.map(Into::into),
                code,
            };
            self.learn(file, Known::Searched(found.clone()));
            return Some((file, found));
        }
    }

    /// What was found since the last time, to be kept.
    pub(crate) fn take_fresh(&mut self) -> Vec<KeptScan> {
        std::mem::take(&mut self.fresh)
    }

    /// What became of the files.
    pub(crate) fn counters(&self) -> &Arc<ScanCounters> {
        &self.counters
    }

    /// Its content may be another one now.
    fn forget(&mut self, file: FileKey) {
        if matches!(self.known.get(&file), Some(Known::Searched(_))) {
            self.known.remove(&file);
        }
    }

    fn forget_any(&mut self, file: FileKey) {
        self.known.remove(&file);
    }

    fn learn(&mut self, file: FileKey, known: Known) {
        if self.known.insert(file, known).is_none() {
            self.order.push_back(file);
        }
        // Files that were forgotten stay in the order until their turn comes.
        while self.order.len() > MOST_KNOWN {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }
}

/// Files that wait to be looked at: more than run when the daemon starts on a busy host.
const JOBS: usize = 1_024;

/// Files of which is remembered what is in them.
const MOST_KNOWN: usize = 16_384;

/// Files to be kept at the next saving; more are searched again by the next run.
const MOST_FRESH: usize = 4_096;

#[cfg(test)]
mod tests;
