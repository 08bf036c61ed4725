//! The agent's end of the stream: into the spool, and from there to the collector.
//!
//! Step: sink. Invariants: nothing here waits for the collector but the one thread that talks to it;
//! the thread that drains the ring only fills a bounded queue and counts what does not fit; what
//! was spooled leaves the spool only when the collector has it. Threads: `spooler` takes telemetry
//! from the queue to the disk, `stream` is the connection ([`link`]).

mod asking;
mod backoff;
mod link;
mod tap;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use platform::Duty;
use tokio::sync::{Notify, watch};

use crate::config;
use crate::metrics::Depth;
use crate::prevalence::Inquiry;
use crate::privileges::lower;
use crate::sink::Console;
use crate::spool::Spool;
use crate::wire::{self, Bytes, Cause, Content, Item, Known, Lane, Loss, Losses};
pub(crate) use asking::AskFeed;
use asking::Asking;
use link::Link;
use tap::Records;
pub(crate) use tap::Tap;

/// What all threads of the stream see.
pub(super) struct Shared {
    spool: Mutex<Spool>,
    /// Something new is in the spool.
    wake: Notify,
    console: Console,
    failing: AtomicBool,
    counters: Counters,
    asking: Asking,
}

/// What became of what was streamed.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Items that the spool took.
    pub(crate) spooled: AtomicU64,
    /// Items sent, repeated ones included.
    pub(crate) sent: AtomicU64,
    /// Connections that a collector welcomed.
    pub(crate) welcomed: AtomicU64,
    /// A collector takes the stream now.
    pub(crate) connected: AtomicBool,
    /// Items that found the queue full, and were not told of yet.
    overrun: AtomicU64,
}

/// The same, and the spool's losses, at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Streamed {
    /// Items that the spool took.
    pub(crate) spooled: u64,
    /// Items sent, repeated ones included.
    pub(crate) sent: u64,
    /// Connections that a collector welcomed.
    pub(crate) welcomed: u64,
    /// What was lost on the way into the spool or in it.
    pub(crate) losses: Losses,
    /// Bytes that wait.
    pub(crate) waiting: u64,
    /// Whether the collector has every finding.
    pub(crate) delivered: bool,
    /// Questions to the fleet, and answers, that found no room.
    pub(crate) unasked: u64,
    /// Whether it has every record and report as well.
    pub(crate) whole: bool,
}

/// The stream of a running agent.
pub(crate) struct Stream {
    shared: Arc<Shared>,
    answers: Receiver<Known>,
    /// The other end of the queue before the spool, to see what waits in it.
    queue: Receiver<Records>,
    stop: watch::Sender<bool>,
    spooler_ended: Receiver<()>,
    link_ended: Receiver<()>,
}

/// The end that findings go into.
#[derive(Clone)]
pub(crate) struct FindingFeed(Arc<Shared>);

/// Shows how the stream stands.
pub(crate) struct StreamGauge(Arc<Shared>);

impl Stream {
    /// Starts both threads, and gives the end that the ring's records go into.
    pub(crate) fn start(
        spool: Spool,
        settings: &config::Stream,
        agent: [u8; 16],
        console: Console,
        duty: Duty,
    ) -> std::io::Result<(Self, Tap)> {
        let (asking, answers) = Asking::new();
        let shared = Arc::new(Shared {
            spool: Mutex::new(spool),
            wake: Notify::new(),
            console,
            failing: AtomicBool::new(false),
            counters: Counters::default(),
            asking,
        });
        let (records, queue) = bounded(QUEUE);
        let (stop, stopping) = watch::channel(false);
        let (spooler_signal, spooler_ended) = bounded(0);
        let (link_signal, link_ended) = bounded(0);
        let spooler = Arc::clone(&shared);
        let wait = settings.batch_wait;
        let enough = settings.batch_bytes;
        let waiting = queue.clone();
        thread::Builder::new()
            .name("spooler".to_owned())
            .spawn(move || {
                lower(duty, &spooler.console);
                take_records(&spooler, &queue, wait, enough);
                drop(spooler_signal);
            })?;
        let say = shared.console.clone();
        let link = Link::new(Arc::clone(&shared), settings.clone(), agent, stopping);
        thread::Builder::new()
            .name("stream".to_owned())
            .spawn(move || {
                lower(duty, &say);
                link.work();
                drop(link_signal);
            })?;
        let tap = Tap::new(settings.what, records, Arc::clone(&shared));
        let stream = Self {
            shared,
            answers,
            queue: waiting,
            stop,
            spooler_ended,
            link_ended,
        };
        Ok((stream, tap))
    }

    /// How it stands, for whoever asks.
    pub(crate) fn gauge(&self) -> StreamGauge {
        StreamGauge(Arc::clone(&self.shared))
    }

    /// What waits in the queue before the spool.
    pub(crate) fn queue(&self) -> Depth {
        let queue = self.queue.clone();
        ("spooler", Box::new(move || queue.len()))
    }

    /// Where findings go.
    pub(crate) fn findings(&self) -> FindingFeed {
        FindingFeed(Arc::clone(&self.shared))
    }

    /// Where questions to the fleet go, and where its answers come from.
    pub(crate) fn inquiry(&self) -> Inquiry {
        Inquiry::new(AskFeed(Arc::clone(&self.shared)), self.answers.clone())
    }

    /// As [`Self::finish`], but waits as long as the collector goes on taking what is spooled, and
    /// for `patience` when it does not.
    pub(crate) fn deliver(self, patience: Duration) -> Streamed {
        let _ = self.spooler_ended.recv_timeout(patience);
        let _ = self.stop.send(true);
        let mut waiting = u64::MAX;
        loop {
            let left = self.shared.spool().waiting();
            // The link ends by itself once everything is acknowledged.
            match self.link_ended.recv_timeout(patience) {
                Err(RecvTimeoutError::Timeout) if left < waiting => waiting = left,
                _ => return self.shared.streamed(),
            }
        }
    }

    /// Bytes that wait for the collector.
    pub(crate) fn waiting(&self) -> u64 {
        self.shared.spool().waiting()
    }

    /// Spools what is on its way, gives the collector `longest` to take what is spooled, and says
    /// how it stands. The tap must be gone by now.
    pub(crate) fn finish(self, longest: Duration) -> Streamed {
        let deadline = Instant::now() + longest;
        let _ = self.spooler_ended.recv_deadline(deadline);
        let _ = self.stop.send(true);
        let _ = self.link_ended.recv_deadline(deadline);
        self.shared.streamed()
    }
}

impl StreamGauge {
    /// How the stream stands now.
    pub(crate) fn read(&self) -> Streamed {
        self.0.streamed()
    }

    /// Whether a collector takes it.
    pub(crate) fn is_connected(&self) -> bool {
        self.0.counters.connected.load(Ordering::Relaxed)
    }
}

impl FindingFeed {
    /// Spools findings, each a JSON document, in one group.
    pub(crate) fn put<'d>(&self, documents: impl Iterator<Item = (u64, &'d [u8])>) {
        let items: Vec<Vec<u8>> = documents
            .map(|(milliseconds, json)| {
                wire::item(&Item {
                    time: milliseconds.saturating_mul(1_000_000),
                    content: Content::Finding(Bytes::new(json)),
                })
            })
            .collect();
        self.0.append(Lane::Findings, &items);
    }
}

impl Shared {
    fn spool(&self) -> MutexGuard<'_, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends to the spool and wakes the connection; says once that the spool fails.
    fn append<B: AsRef<[u8]>>(&self, lane: Lane, items: &[B]) {
        if items.is_empty() {
            return;
        }
        let outcome = self.spool().append(lane, items);
        match outcome {
            Ok(()) => {
                let number = items.len() as u64;
                self.counters.spooled.fetch_add(number, Ordering::Relaxed);
                if self.failing.swap(false, Ordering::Relaxed) {
                    self.console.say("the spool takes items again");
                }
            }
            Err(error) => {
                if !self.failing.swap(true, Ordering::Relaxed) {
                    self.console
                        .say(&format!("what is to be streamed is lost for now: {error}"));
                }
            }
        }
        self.wake.notify_one();
    }

    /// Tells, as an item, what the queue had no room for since the last time.
    fn tell_overrun(&self) {
        let items = self.counters.overrun.swap(0, Ordering::Relaxed);
        if items > 0 {
            self.spool().lost(Loss {
                lane: Lane::Telemetry,
                cause: Cause::Overrun,
                epoch: None,
                items: Some(items),
                bytes: 0,
                place: "the queue before the spool".to_owned(),
            });
            self.wake.notify_one();
        }
    }

    fn streamed(&self) -> Streamed {
        let spool = self.spool();
        Streamed {
            spooled: self.counters.spooled.load(Ordering::Relaxed),
            sent: self.counters.sent.load(Ordering::Relaxed),
            welcomed: self.counters.welcomed.load(Ordering::Relaxed),
            losses: spool.losses(),
            waiting: spool.waiting(),
            delivered: spool.is_done(Lane::Findings),
            unasked: self.asking.dropped(),
            whole: spool.is_done(Lane::Findings) && spool.is_done(Lane::Telemetry),
        }
    }
}

/// Takes records from the queue to the spool, in groups of a batch's size, until nobody sends more.
fn take_records(shared: &Shared, queue: &Receiver<Records>, wait: Duration, enough: usize) {
    let mut waiting: Vec<Records> = Vec::new();
    let mut since = Instant::now();
    loop {
        let received = queue.recv_timeout(wait.saturating_sub(since.elapsed()));
        let ended = matches!(received, Err(RecvTimeoutError::Disconnected));
        if let Ok(records) = received {
            waiting.push(records);
        }
        let bytes: usize = waiting.iter().map(Records::bytes).sum();
        if ended || bytes >= enough || since.elapsed() >= wait {
            let items: Vec<&[u8]> = waiting.iter().flat_map(Records::items).collect();
            for group in items.chunks(GROUP) {
                shared.append(Lane::Telemetry, group);
            }
            waiting.clear();
            shared.tell_overrun();
            since = Instant::now();
        }
        if ended {
            return;
        }
    }
}

/// Packets of records that may wait for the spool; each has up to [`tap::PACKET`] bytes.
const QUEUE: usize = 64;

/// Items that are appended together at most.
const GROUP: usize = 1024;
