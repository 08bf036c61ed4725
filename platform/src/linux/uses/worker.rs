//! The thread that reads files and sets probes.
//!
//! Step: source. It looks at a file once for each content, sets probes where functions of interest
//! are, and takes them away when the content changes (an old probe in new code would break who
//! runs it), when nobody has the file any more, or when it would keep a file system from being
//! unmounted. It never holds up the records.

mod upkeep;

use std::collections::HashMap;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::files::{Found, Identity, Notice, State};
use super::links::{Point, Setter};
use super::look::{LookError, Site, look};
use super::pace::Pace;
use super::survey::Surveyed;
use super::tables::{Library, Slot, Tables};
use super::{Counts, Shared, places, survey};
use crate::duty::Duty;
use crate::host::keep_only;

/// What keeps the probes of one file attached.
pub(super) type Links = Vec<OwnedFd>;

pub(super) struct Worker {
    setter: Setter,
    tables: Tables,
    shared: Arc<Shared>,
    known: HashMap<Identity, Known>,
    /// Devices of the system's own folders, which are never unmounted.
    system: Vec<u64>,
    last_sweep: Instant,
    last_look: Instant,
}

/// A file that was looked at.
struct Known {
    state: State,
    probes: Option<Probes>,
}

/// The probes in a file.
struct Probes {
    /// None while they rest.
    links: Links,
    points: Vec<Point>,
    pace: Pace,
    slot: Slot,
    library: Library,
    /// Tells whether the file still has a name, and what its content is.
    handle: File,
    /// Sweeps in which nobody had it mapped.
    idle: u32,
}

impl Worker {
    pub(super) fn new(setter: Setter, tables: Tables, shared: Arc<Shared>) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        let system = ["/", "/usr", "/usr/lib", "/usr/local", "/opt"]
            .iter()
            .filter_map(|path| Some(std::fs::metadata(path).ok()?.dev()))
            .collect();
        Self {
            setter,
            tables,
            shared,
            known: HashMap::new(),
            system,
            last_sweep: Instant::now(),
            last_look: Instant::now(),
        }
    }

    /// Works until it is told to stop; gives what is still attached then.
    pub(super) fn run(mut self, notices: &Receiver<Notice>) -> Vec<Links> {
        // Refusal leaves this thread with what the daemon was started with.
        let _ = keep_only(if self.setter.sets_many() {
            Duty::Watching
        } else {
            Duty::Setting
        });
        for path in places::linked() {
            self.look_into(&path);
        }
        self.shared.ready.store(true, Ordering::Release);
        let known = self.known.keys().copied().collect();
        let survey = survey::start(Arc::clone(&self.shared), known);
        let mut survey = survey.map_err(|error| self.note(error)).ok();
        let mut last_taken = Instant::now();
        while !self.stopped() {
            let wait = if survey.is_some() { SURVEYING } else { WAIT };
            match notices.recv_timeout(wait) {
                Ok(notice) => {
                    self.notice(&notice);
                    self.shared.waiting.fetch_sub(1, Ordering::AcqRel);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            // Beside a host that hands on files without a pause, too.
            if last_taken.elapsed() >= SURVEYING {
                survey = survey.filter(|surveyed| self.take_over(surveyed));
                last_taken = Instant::now();
            }
            if self.last_look.elapsed() > LOOKING {
                self.keep_pace(self.last_look.elapsed());
                self.last_look = Instant::now();
            }
            if self.last_sweep.elapsed() > SWEEPING {
                self.last_sweep = Instant::now();
                self.sweep();
            }
        }
        let probes = self.known.into_values().filter_map(|known| known.probes);
        probes.map(|probes| probes.links).collect()
    }

    /// Takes over a part of what the survey has found; whether it goes on.
    fn take_over(&mut self, surveyed: &Receiver<Surveyed>) -> bool {
        for _ in 0..TAKEN_OVER {
            match surveyed.try_recv() {
                // A file that was met meanwhile, or has changed since, is not told of anew.
                Ok((found, sites)) => {
                    if !self.known.contains_key(&found.identity) && found.is_unchanged() {
                        self.learn(&found, sites);
                    }
                }
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
        true
    }

    fn stopped(&self) -> bool {
        self.shared.stop.load(Ordering::Acquire)
    }

    fn counts(&self) -> &Counts {
        &self.shared.counts
    }

    /// Looks into a file of this host.
    fn look_into(&mut self, path: &Path) {
        if !self.stopped()
            && let Some(found) = path.canonicalize().ok().and_then(|path| Found::open(&path))
        {
            self.examine(&found, false);
        }
    }

    /// Looks into a file that a record told of.
    fn notice(&mut self, notice: &Notice) {
        match notice.open() {
            Some(found) => self.examine(&found, notice.written),
            None => add(&self.counts().failed, 1),
        }
    }

    fn examine(&mut self, found: &Found, written: bool) {
        if let Some(known) = self.known.get(&found.identity) {
            if known.state == found.state && !written {
                return;
            }
            self.forget(found.identity);
        }
        self.learn(found, look(found, &self.shared.counts));
    }

    /// Remembers a file, with probes where it has something of interest.
    fn learn(&mut self, found: &Found, sites: Result<Vec<Site>, LookError>) {
        if self.known.len() >= MOST_KNOWN {
            self.known.retain(|_, known| known.probes.is_some());
        }
        let probes = match sites {
            Ok(sites) if sites.is_empty() => None,
            Ok(sites) => self.attach(found, &sites),
            Err(error) => {
                self.tell(found, &error);
                None
            }
        };
        let known = Known {
            state: found.state,
            probes,
        };
        self.known.insert(found.identity, known);
    }

    /// Sets probes on functions of a file.
    fn attach(&mut self, found: &Found, sites: &[Site]) -> Option<Probes> {
        let library = Library {
            device: found.told.0,
            inode: found.told.1,
            path: found.path.clone(),
        };
        let slot = self.slot(&library)?;
        let mut points = Vec::with_capacity(sites.len());
        for site in sites {
            match self.tables.cookie(&site.place, &slot) {
                Ok(cookie) => points.push(Point {
                    offset: site.offset,
                    cookie,
                }),
                Err(error) => self.note(error),
            }
        }
        let set = found.reading();
        match set.and_then(|file| self.setter.set(&file, &points)) {
            Ok(links) => {
                let functions = points.len() as u64;
                add(&self.counts().attached, 1);
                add(&self.counts().functions, functions);
                Some(Probes {
                    links,
                    points,
                    pace: Pace::new(self.tables.calls(&slot)),
                    slot,
                    library,
                    handle: found.handle.try_clone().ok()?,
                    idle: 0,
                })
            }
            Err(error) => {
                self.tables.release(slot);
                add(&self.counts().failed, 1);
                let path = String::from_utf8_lossy(&found.path).into_owned();
                self.note(format!("no probes on the functions of {path}: {error}"));
                None
            }
        }
    }

    /// A slot for a file; one that nobody uses makes room where none is left.
    fn slot(&mut self, library: &Library) -> Option<Slot> {
        let mut held = self.tables.hold(library);
        if matches!(held, Ok(None)) && self.make_room() {
            held = self.tables.hold(library);
        }
        match held {
            Ok(Some(slot)) => Some(slot),
            Ok(None) => {
                if self.counts().refused.fetch_add(1, Ordering::Relaxed) == 0 {
                    self.note(
                        "more library files than [capture] most_libraries: further ones are not \
                         watched"
                            .to_owned(),
                    );
                }
                None
            }
            Err(error) => {
                add(&self.counts().failed, 1);
                self.note(error);
                None
            }
        }
    }

    /// Counts why nothing is known of a file, and says so where it is not what it says it is.
    fn tell(&self, found: &Found, error: &LookError) {
        match error {
            LookError::Gone => add(&self.counts().failed, 1),
            LookError::Unfit(error) => {
                add(&self.counts().malformed, 1);
                let path = String::from_utf8_lossy(&found.path).into_owned();
                self.note(format!("{path} is not watched: {error}"));
            }
        }
    }

    fn note(&self, text: String) {
        let mut notes = self
            .shared
            .notes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if notes.len() < MOST_NOTES {
            notes.push(text);
        }
    }
}

fn add(counter: &std::sync::atomic::AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

/// Files that are remembered; those without probes are forgotten first.
const MOST_KNOWN: usize = 65_536;
/// Notes that wait to be taken; what they would say is counted too.
const MOST_NOTES: usize = 64;
/// Longest wait for a file, and time between two looks at how often probes are met.
const WAIT: Duration = LOOKING;
const LOOKING: Duration = Duration::from_millis(250);
/// Time between two looks at what the survey has found, and how much is taken over at each.
const SURVEYING: Duration = Duration::from_millis(20);
const TAKEN_OVER: usize = 256;
const SWEEPING: Duration = Duration::from_secs(30);
