//! Keeps and tells findings beside the thread that makes them.
//!
//! Step: sink. Two threads, each behind a bounded queue: the first commits findings to the state,
//! the second writes them to standard output. A finding is committed before it is told, so none
//! that was told is lost by a crash; findings that wait together are committed together. When a
//! queue is full its feeder waits for a bounded time, once; until the queue moves again, what does
//! not fit is dropped there and counted. A standard output that nobody reads therefore delays
//! neither the state nor the ring.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use correlator::Finding;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use platform::Duty;

use super::console::Console;
use super::desk::{Desk, Told};
use super::gauges::Gauges;
use super::keeper::Keeper;
use super::ocsf::Converter;
use super::shelf::Shelf;
use super::tally::Tally;
use super::teller::Teller;
use crate::config;
use crate::host::Host;
use crate::inspect::KeptScan;
use crate::metrics::Depth;
use crate::privileges::lower;
use crate::pulse::Flow;
use crate::state::Store;
use crate::stream::FindingFeed;

/// What the outbox is told.
pub(super) enum Letter {
    /// A finding of a host, to keep and to tell.
    Finding(Box<Finding>, Arc<Host>),
    /// The correlator's state, to save.
    Snapshot(Vec<u8>),
    /// What was found in executables, with a line about it.
    Scans(Vec<KeptScan>, String),
    /// How findings are drawn up and kept from now on.
    Settings(Converter, config::State),
}

/// What became of every finding.
#[derive(Debug, Default)]
pub(crate) struct Delivery {
    /// Dropped before the state, because its queue was full.
    pub(crate) dropped: AtomicU64,
    /// Told by an earlier run already.
    pub(crate) repeated: AtomicU64,
    /// Committed to the state.
    pub(crate) kept: AtomicU64,
    /// Not committed, because the state failed.
    pub(crate) unkept: AtomicU64,
    /// Written to standard output.
    pub(crate) told: AtomicU64,
    /// Not written, because standard output failed or nobody read it.
    pub(crate) untold: AtomicU64,
    /// Scans of executables that had to go from the state for later ones.
    pub(crate) scans_evicted: AtomicU64,
}

/// The end that findings go into.
pub(crate) struct Outbox {
    letters: Feed<Letter>,
    /// The other ends of the queues, to see what waits in them.
    incoming: Receiver<Letter>,
    to_tell: Receiver<Told>,
    flow: Flow,
    delivery: Arc<Delivery>,
    tally: Arc<Tally>,
    closed: Arc<AtomicBool>,
    kept_all: Receiver<()>,
    told_all: Receiver<()>,
}

/// What the outbox works with.
pub(crate) struct Means {
    /// The state that findings are kept in.
    pub(crate) store: Store,
    /// Its bounds.
    pub(crate) bounds: config::State,
    /// How documents are made.
    pub(crate) converter: Converter,
    /// Where they are told.
    pub(crate) teller: Teller,
    /// Where they are streamed, if they are.
    pub(crate) stream: Option<FindingFeed>,
    /// Where failures are told.
    pub(crate) console: Console,
    /// What the status line shows.
    pub(crate) gauges: Arc<Gauges>,
    /// What the threads are for, as the system's rights go.
    pub(crate) duty: Duty,
}

impl Outbox {
    /// Starts both threads.
    pub(crate) fn start(means: Means) -> std::io::Result<Self> {
        let delivery = Arc::new(Delivery::default());
        let closed = Arc::new(AtomicBool::new(false));
        let (letters, incoming) = bounded(LETTERS);
        let (told, to_tell) = bounded(LETTERS);
        let (kept_signal, kept_all) = bounded(0);
        let (told_signal, told_all) = bounded(0);
        let Means {
            store,
            bounds,
            converter,
            teller,
            stream,
            console,
            gauges,
            duty,
        } = means;
        let shelf = Shelf::new(store, bounds, console.clone(), Arc::clone(&delivery));
        let told = Feed::new(told, BRIEFLY);
        let tally = Arc::new(Tally::default());
        let (waiting_letters, waiting_told) = (incoming.clone(), to_tell.clone());
        let flow = Flow::default();
        let keeper = Keeper::new(shelf, Desk::new(converter), stream, told, flow.clone());
        let say = console.clone();
        let writer = Writer {
            teller,
            console,
            gauges,
            delivery: Arc::clone(&delivery),
            tally: Arc::clone(&tally),
            closed: Arc::clone(&closed),
            failing: false,
        };
        // Each thread owns a sender whose end says that the thread has ended.
        thread::Builder::new()
            .name("keeper".to_owned())
            .spawn(move || {
                lower(duty, &say);
                keeper.work(&incoming);
                drop(kept_signal);
            })?;
        thread::Builder::new()
            .name("teller".to_owned())
            .spawn(move || {
                lower(Duty::Own, &writer.console);
                writer.work(&to_tell);
                drop(told_signal);
            })?;
        Ok(Self {
            letters: Feed::new(letters, Duration::from_secs(2)),
            incoming: waiting_letters,
            to_tell: waiting_told,
            flow,
            delivery,
            tally,
            closed,
            kept_all,
            told_all,
        })
    }

    /// Takes a finding to keep and to tell.
    pub(crate) fn finding(&mut self, finding: Finding, host: &Arc<Host>) {
        let letter = Letter::Finding(Box::new(finding), Arc::clone(host));
        if !self.offer(letter) {
            self.delivery.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes a snapshot to save after every finding that came before it. When there is no room the
    /// next snapshot will do.
    pub(crate) fn snapshot(&mut self, snapshot: Vec<u8>) {
        let _ = self.offer(Letter::Snapshot(snapshot));
    }

    /// Takes what was found in executables, to be kept. Without room it is searched again some day.
    pub(crate) fn scans(&mut self, found: Vec<KeptScan>, about: String) {
        let _ = self.offer(Letter::Scans(found, about));
    }

    /// Changes how findings are drawn up and kept.
    pub(crate) fn settings(&mut self, converter: Converter, bounds: config::State) {
        let _ = self.offer(Letter::Settings(converter, bounds));
    }

    /// Letters that were put in, and those that the keeper has dealt with.
    pub(crate) fn levels(&self) -> (u64, u64) {
        self.flow.levels()
    }

    fn offer(&mut self, letter: Letter) -> bool {
        let taken = self.letters.offer(letter).is_ok();
        if taken {
            self.flow.put();
        }
        taken
    }

    /// What became of findings so far, and how many of which kind were told.
    pub(crate) fn counted(&self) -> (Arc<Delivery>, Arc<Tally>) {
        (Arc::clone(&self.delivery), Arc::clone(&self.tally))
    }

    /// What waits in the queues.
    pub(crate) fn queues(&self) -> Vec<Depth> {
        let (letters, told) = (self.incoming.clone(), self.to_tell.clone());
        vec![
            ("keeper", Box::new(move || letters.len())),
            ("teller", Box::new(move || told.len())),
        ]
    }

    /// Whether the reader of standard output went away.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Waits until everything is kept and told, for at most `longest` (a reader that stands still
    /// must not hold up the stop), and gives the counters.
    pub(crate) fn finish(self, longest: Duration) -> Arc<Delivery> {
        let deadline = Instant::now() + longest;
        drop(self.letters);
        let _ = self.kept_all.recv_deadline(deadline);
        let _ = self.told_all.recv_deadline(deadline);
        self.delivery
    }
}

/// A queue's end that waits for room once and not for every item.
pub(super) struct Feed<T> {
    queue: Sender<T>,
    patience: Duration,
    stuck: bool,
}

impl<T> Feed<T> {
    pub(super) fn new(queue: Sender<T>, patience: Duration) -> Self {
        Self {
            queue,
            patience,
            stuck: false,
        }
    }

    /// Puts an item into the queue, or gives it back.
    pub(super) fn offer(&mut self, item: T) -> Result<(), T> {
        let outcome = if self.stuck {
            self.queue
                .try_send(item)
                .map_err(crossbeam_channel::TrySendError::into_inner)
        } else {
            let sent = self.queue.send_timeout(item, self.patience);
            sent.map_err(crossbeam_channel::SendTimeoutError::into_inner)
        };
        self.stuck = outcome.is_err();
        outcome
    }
}

/// Writes findings, and the status line between them.
struct Writer {
    teller: Teller,
    console: Console,
    gauges: Arc<Gauges>,
    delivery: Arc<Delivery>,
    tally: Arc<Tally>,
    closed: Arc<AtomicBool>,
    failing: bool,
}

impl Writer {
    fn work(mut self, to_tell: &Receiver<Told>) {
        let mut shown = Instant::now();
        loop {
            match to_tell.recv_timeout(REFRESH) {
                Ok(told) => self.tell(&told),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.console.is_live() && shown.elapsed() >= REFRESH {
                self.console.status(&self.gauges.line(shown.elapsed()));
                shown = Instant::now();
            }
        }
        self.console.beside(|| ());
    }

    fn tell(&mut self, told: &Told) {
        if self.closed.load(Ordering::Relaxed) {
            self.delivery.untold.fetch_add(1, Ordering::Relaxed);
            return;
        }
        match self.teller.tell(told) {
            Ok(()) => {
                self.failing = false;
                self.delivery.told.fetch_add(1, Ordering::Relaxed);
                self.tally.add(told);
            }
            Err(error) => {
                self.delivery.untold.fetch_add(1, Ordering::Relaxed);
                if error.kind() == std::io::ErrorKind::BrokenPipe {
                    self.closed.store(true, Ordering::Relaxed);
                } else if !self.failing {
                    self.console
                        .say(&format!("findings are kept but not told: {error}"));
                    self.failing = true;
                }
            }
        }
    }
}

/// Findings that may wait in each queue.
const LETTERS: usize = 1024;

/// How long the keeper waits for a reader that stands still; it holds up the state meanwhile.
const BRIEFLY: Duration = Duration::from_millis(200);

/// The status line is drawn again after this time at the earliest.
const REFRESH: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
