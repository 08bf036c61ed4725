//! `packhound run`: the daemon.
//!
//! Step: all of them, wired. One thread drains the ring, decodes, enriches and correlates; keeping
//! and telling go on beside it (`sink::outbox`). Invariants: nothing that was read is dropped on
//! the way to the correlator; a stop detaches, drains, saves and ends within two seconds.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use correlator::{Finding, Time};
use platform::host::{KernelSource, Lookup, Signals, notify, notify_ready};
use platform::{Progress, Source as _, SourceError};

use crate::arguments::Run;
use crate::config::Settings;
use crate::enrich::Enricher;
use crate::inspect::Inspector;
use crate::pipeline::Pipeline;
use crate::sink::{Console, Converter, Gauges, Means, Outbox, SNAPSHOT, Stats, Teller, reconcile};
use crate::spool::{Spool, random};
use crate::state::Store;
use crate::stream::{Stream, Tap};

/// Runs the command.
pub(super) fn run(arguments: &Run) -> anyhow::Result<()> {
    let console = Console::new();
    let settings = super::settings(&arguments.configured)?;
    let judgement = super::judgement(&settings)?;
    let signals = Signals::install().context("cannot take over the signals")?;
    let store = Store::open(&settings.state.path)?;
    let mut pipeline = Pipeline::new(Enricher::live(Lookup::new()), judgement);
    restore(&mut pipeline, &store, &console);
    pipeline.inspect(inspector(&store, &console)?);
    let source = super::open_kernel(&settings)?;
    let gauges = Arc::new(Gauges::default());
    let (stream, tap) = stream(arguments, &settings, &store, &console)?.unzip();
    if let Some(stream) = &stream {
        pipeline.inquire(stream.inquiry());
    }
    let outbox = Outbox::start(Means {
        store,
        bounds: settings.state.clone(),
        converter: converter(&settings),
        teller: Teller::standard(arguments.told.format, console.clone()),
        stream: stream.as_ref().map(Stream::findings),
        console: console.clone(),
        gauges: Arc::clone(&gauges),
    })
    .context("cannot start the threads that keep and tell findings")?;
    let now = Instant::now();
    let mut daemon = Daemon {
        arguments,
        settings,
        console,
        signals,
        source,
        pipeline,
        outbox,
        stream,
        tap,
        gauges,
        findings: Vec::new(),
        last_record: now,
        last_save: now,
        last_count: now,
        ready: false,
    };
    let watched = daemon.watch();
    let stopped = daemon.stop();
    watched
        .context("the kernel's stream broke off")
        .and(stopped)
}

/// Opens the spool and begins to stream, unless that is not wanted.
fn stream(
    arguments: &Run,
    settings: &Settings,
    store: &Store,
    console: &Console,
) -> anyhow::Result<Option<(Stream, Tap)>> {
    if arguments.no_stream {
        return Ok(None);
    }
    let (mut spool, lost) = Spool::open(&settings.spool)?;
    for loss in lost {
        let items = loss
            .items
            .map_or("an unknown number of".to_owned(), |n| n.to_string());
        console.say(&format!(
            "spool: {} items of {} lost, {} bytes damaged in {}",
            items,
            loss.lane.name(),
            loss.bytes,
            loss.place
        ));
    }
    let taken = reconcile(&mut spool, store, &settings.state)?;
    if taken > 0 {
        console.say(&format!(
            "{taken} findings were spooled and not kept; they are now"
        ));
    }
    let saved = store.saved(AGENT)?.and_then(|saved| saved.try_into().ok());
    let agent = if let Some(agent) = saved {
        agent
    } else {
        let agent = (u128::from(random()) << 64 | u128::from(random())).to_le_bytes();
        store.save(AGENT, &agent)?;
        agent
    };
    Stream::start(spool, &settings.stream, agent, console.clone())
        .context("cannot start the threads that stream")
        .map(Some)
}

fn converter(settings: &Settings) -> Converter {
    Converter {
        show_secrets: settings.output.show_secrets,
    }
}

/// Goes on where the last run stopped; without that, the daemon starts as if for the first time.
fn restore(pipeline: &mut Pipeline, store: &Store, console: &Console) {
    let saved = match store.saved(SNAPSHOT) {
        Ok(Some(saved)) => saved,
        Ok(None) => return,
        Err(error) => return console.say(&format!("open activities are forgotten: {error}")),
    };
    if let Err(error) = pipeline.restore(&saved) {
        console.say(&format!(
            "open activities and the baseline of the last run cannot be read and are forgotten: \
             {error}"
        ));
    }
}

/// Looks into executables, beginning with what earlier runs found in them.
fn inspector(store: &Store, console: &Console) -> anyhow::Result<Inspector> {
    let kept = store.scans().unwrap_or_else(|error| {
        console.say(&format!(
            "what was found in executables is forgotten: {error}"
        ));
        Vec::new()
    });
    Inspector::start(&kept, console.clone())
        .context("cannot start the thread that looks into executables")
}

struct Daemon<'a> {
    arguments: &'a Run,
    settings: Settings,
    console: Console,
    signals: Signals,
    source: KernelSource,
    pipeline: Pipeline,
    outbox: Outbox,
    stream: Option<Stream>,
    tap: Option<Tap>,
    gauges: Arc<Gauges>,
    findings: Vec<Finding>,
    last_record: Instant,
    last_save: Instant,
    last_count: Instant,
    ready: bool,
}

impl Daemon<'_> {
    /// Watches until a signal, or until nobody reads the findings any more.
    fn watch(&mut self) -> Result<(), SourceError> {
        while !self.signals.stop() && !self.outbox.is_closed() {
            if self.signals.reload() {
                self.reload();
            }
            self.take(WAIT)?;
            self.let_time_pass();
            if !self.ready && self.source.is_ready() {
                self.tell_ready();
            }
            if self.last_count.elapsed() >= COUNTING {
                self.last_count = Instant::now();
                self.count();
                self.tell_notes();
            }
            if self.last_save.elapsed() >= self.settings.state.save_every {
                self.last_save = Instant::now();
                self.save();
            }
        }
        Ok(())
    }

    /// Has saved what a later run goes on with.
    fn save(&mut self) {
        if let Some(inspector) = self.pipeline.inspector() {
            let fresh = inspector.take_fresh();
            if !fresh.is_empty() {
                let about = inspector.counters().line();
                self.outbox.scans(fresh, about);
            }
        }
        self.outbox.snapshot(self.pipeline.snapshot());
    }

    /// Takes a batch of records through to the outbox.
    fn take(&mut self, wait: Duration) -> Result<Progress, SourceError> {
        let Self {
            source,
            pipeline,
            outbox,
            tap,
            findings,
            ..
        } = self;
        let progress = source.poll(wait, BATCH, &mut |bytes| {
            if let Some(tap) = tap {
                tap.record(bytes);
            }
            pipeline.record(bytes, findings);
            for finding in findings.drain(..) {
                if let Some(tap) = tap {
                    tap.finding(&finding);
                }
                outbox.finding(finding, pipeline.host());
            }
        })?;
        if !matches!(progress, Progress::Records(0)) {
            self.last_record = Instant::now();
        }
        Ok(progress)
    }

    /// The correlator has no clock; between records it is told how much time went by.
    fn let_time_pass(&mut self) {
        let idle = u64::try_from(self.last_record.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let now = Time(self.pipeline.latest().0.saturating_add(idle));
        self.pipeline.pass(now, &mut self.findings);
        for finding in self.findings.drain(..) {
            if let Some(tap) = &mut self.tap {
                tap.finding(&finding);
            }
            self.outbox.finding(finding, self.pipeline.host());
        }
        if let Some(tap) = &mut self.tap {
            tap.pass();
        }
    }

    fn tell_ready(&mut self) {
        self.ready = true;
        super::say_hooks(&self.console, &self.source);
        self.notified(notify_ready());
    }

    /// Says what the source has to say beside its counters.
    fn tell_notes(&self) {
        for note in self.source.notes() {
            self.console.say(&note);
        }
    }

    /// Publishes what the status line shows.
    fn count(&self) {
        let counters = self.pipeline.counters();
        let gauges = &self.gauges;
        gauges.records.store(counters.read, Ordering::Relaxed);
        gauges.findings.store(counters.findings, Ordering::Relaxed);
        gauges.lost.store(counters.lost, Ordering::Relaxed);
        if self.console.is_live() {
            let processes = self.pipeline.usage().live_processes as u64;
            gauges.processes.store(processes, Ordering::Relaxed);
        }
    }

    /// Takes over a changed configuration, or keeps all of the old one.
    fn reload(&mut self) {
        self.notified(notify("RELOADING=1"));
        let loaded = super::settings(&self.arguments.configured)
            .and_then(|settings| Ok((super::judgement(&settings)?, settings)));
        match loaded {
            Ok((judgement, settings)) => {
                let old = &self.settings;
                let fixed = |one: &Settings| {
                    let Settings {
                        capture,
                        stream,
                        spool,
                        state,
                        ..
                    } = one.clone();
                    (capture, stream, spool, state.path)
                };
                if fixed(old) != fixed(&settings) {
                    self.console.say(
                        "[capture], [stream], [spool] and [state] path change at the next start",
                    );
                }
                self.pipeline.reconfigure(judgement);
                self.outbox
                    .settings(converter(&settings), settings.state.clone());
                self.settings = settings;
                self.console.say("configuration and catalogue taken over");
            }
            Err(error) => self.console.say(&format!(
                "the configuration is not taken over, the old one stays: {}",
                crate::exit::message(&error)
            )),
        }
        self.notified(notify("READY=1"));
    }

    /// Detaches, takes what the ring still holds, saves, and waits for the sinks.
    fn stop(mut self) -> anyhow::Result<()> {
        let begin = Instant::now();
        self.notified(notify("STOPPING=1"));
        if let Err(error) = self.source.close() {
            self.console.say(&error.to_string());
        }
        self.tell_notes();
        // Detaching may take a second of its own on a kernel that waits for every processor.
        let detached = Instant::now();
        while detached.elapsed() < DRAINING {
            match self.take(Duration::ZERO) {
                Ok(Progress::Records(_)) => {}
                Ok(Progress::Ended) => break,
                Err(error) => {
                    self.console.say(&error.to_string());
                    break;
                }
            }
        }
        self.let_time_pass();
        self.save();
        let mut stats = Stats::new(self.pipeline.counters(), self.source.stats());
        if let Some(inspector) = self.pipeline.inspector() {
            stats.scanned(inspector.counters());
        }
        let delivery = self
            .outbox
            .finish(STOPPING.saturating_sub(begin.elapsed()).max(SAVING));
        stats.delivered(&delivery);
        drop(self.tap);
        if let Some(stream) = self.stream {
            let left = STOPPING.saturating_sub(begin.elapsed()).max(SAVING);
            stats.streamed(&stream.finish(left));
        }
        self.console.say(&stats.line());
        if let Some(path) = &self.arguments.stats {
            stats
                .write(path)
                .with_context(|| format!("cannot write the counters to {}", path.display()))?;
        }
        Ok(())
    }

    /// A service manager that cannot be reached must not stop the watch.
    fn notified(&self, outcome: std::io::Result<()>) {
        if let Err(error) = outcome {
            self.console
                .say(&format!("the service manager cannot be told: {error}"));
        }
    }
}

/// The name of the agent's identifier in the state.
const AGENT: &str = "agent";

/// Longest wait for records: a signal is noticed after it at the latest.
const WAIT: Duration = Duration::from_millis(100);

/// Records taken between two looks at signals and time.
const BATCH: usize = 4096;

/// How often the status line's numbers are renewed.
const COUNTING: Duration = Duration::from_millis(500);

/// Longest time that a stop takes records out of the ring.
const DRAINING: Duration = Duration::from_millis(400);

/// Longest time until a stop gives up waiting for the sinks, whose last commit may need
/// [`SAVING`] however long the detaching took.
const STOPPING: Duration = Duration::from_millis(1_700);

/// Time that the sinks have in any case.
const SAVING: Duration = Duration::from_millis(300);
