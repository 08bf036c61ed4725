//! `packhound run`: the daemon.
//!
//! Step: all of them, wired. One thread drains the ring, decodes, enriches and correlates; keeping
//! and telling go on beside it (`sink::outbox`). Invariants: nothing that was read is dropped on
//! the way to the correlator; a stop detaches, drains, saves and ends within two seconds.

mod parts;

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use correlator::{Finding, Time};
use platform::host::Signals;
use platform::{Duty, Progress, Source as _, SourceError};

use crate::arguments::Run;
use crate::config::Settings;
use crate::metrics::{DaemonReport, Published, Server};
use crate::pipeline::Pipeline;
use crate::privileges;
use crate::pulse::{Levels, Pulse};
use crate::sink::{Console, Gauges, Means, Outbox, Stats, Teller};
use crate::state::Store;
use crate::stream::{Stream, Tap};

use super::watched::{self, Watched};
use parts::{converter, inspector, restore};

/// Runs the command.
pub(super) fn run(arguments: &Run) -> anyhow::Result<()> {
    let console = Console::new();
    let settings = super::settings(&arguments.configured)?;
    let judgement = super::judgement(&settings)?;
    let signals = Signals::install().context("cannot take over the signals")?;
    let report = arguments.stats.as_deref().map(super::report).transpose()?;
    let store = Store::open(&settings.state.path)?;
    let origin = arguments.from;
    let mut pipeline = Pipeline::new(watched::enricher(origin), judgement);
    restore(&mut pipeline, &store, &console);
    privileges::lower(Duty::Starting, &console);
    if watched::is_own(origin) {
        pipeline.inspect(inspector(&store, &console)?);
    }
    let source = Watched::open(origin, &settings)?;
    let gauges = Arc::new(Gauges::default());
    let duty = privileges::of_writers(&settings);
    let streaming = (!arguments.no_stream)
        .then(|| super::streaming::start(&settings, &store, &console, duty))
        .transpose()?;
    let (stream, tap) = streaming.unzip();
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
        duty,
    })
    .context("cannot start the threads that keep and tell findings")?;
    let bound = settings.spool.max_bytes;
    let counted = DaemonReport::of(&mut pipeline, &outbox, stream.as_ref(), bound);
    let published = counted.published();
    let metrics = Server::start(&settings.metrics, "packhound", counted, &console)?;
    privileges::lower(Duty::Watching, &console);
    let now = Instant::now();
    let mut daemon = Daemon {
        arguments,
        settings,
        pulse: Pulse::new(console.clone()),
        console,
        signals,
        report,
        attached: source.attached(),
        source,
        pipeline,
        outbox,
        stream,
        tap,
        gauges,
        metrics: metrics.map(|server| (server, published)),
        findings: Vec::new(),
        last_record: now,
        last_save: now,
        last_count: now,
    };
    let watched = daemon.watch();
    let stopped = daemon.stop();
    watched
        .context("the source's stream broke off")
        .and(stopped)
}

struct Daemon<'a> {
    arguments: &'a Run,
    settings: Settings,
    console: Console,
    signals: Signals,
    pulse: Pulse,
    /// Where the final counters go.
    report: Option<File>,
    /// How much the source sees.
    attached: String,
    source: Watched,
    pipeline: Pipeline,
    outbox: Outbox,
    stream: Option<Stream>,
    tap: Option<Tap>,
    gauges: Arc<Gauges>,
    /// Answers whoever asks for counters, and where it finds those of this thread.
    metrics: Option<(Server, Arc<Published>)>,
    findings: Vec<Finding>,
    last_record: Instant,
    last_save: Instant,
    last_count: Instant,
}

impl Daemon<'_> {
    /// Watches until a signal, or until nobody reads the findings any more.
    fn watch(&mut self) -> Result<(), SourceError> {
        while !self.signals.stop() && !self.outbox.is_closed() {
            if self.signals.reload() {
                self.reload();
            }
            if self.take(WAIT)? == Progress::Ended {
                self.console.say("the source's stream has ended");
                return Ok(());
            }
            self.let_time_pass();
            if !self.pulse.is_ready() && self.source.is_ready() {
                self.source.say(&self.console);
                let status = self.status();
                self.pulse.ready(&status);
            }
            self.tell_the_manager();
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

    /// Tells the service manager that records move, and how it goes.
    fn tell_the_manager(&mut self) {
        let Self {
            pulse,
            source,
            outbox,
            pipeline,
            stream,
            attached,
            ..
        } = self;
        let levels = || Levels {
            ring: source.ring_levels(),
            letters: outbox.levels(),
        };
        pulse.turn(levels, || status(pipeline, stream.as_ref(), attached));
    }

    /// How it goes, in a line.
    fn status(&self) -> String {
        status(&self.pipeline, self.stream.as_ref(), &self.attached)
    }

    /// Says what the source has to say beside its counters.
    fn tell_notes(&self) {
        for note in self.source.notes() {
            self.console.say(&note);
        }
    }

    /// Publishes what the status line shows.
    fn count(&mut self) {
        let source = self.metrics.is_some().then(|| self.source.stats());
        let counters = self.pipeline.counters();
        let gauges = &self.gauges;
        gauges.records.store(counters.read, Ordering::Relaxed);
        gauges.findings.store(counters.findings, Ordering::Relaxed);
        gauges.lost.store(counters.lost, Ordering::Relaxed);
        if self.console.is_live() || self.metrics.is_some() {
            let processes = self.pipeline.usage().live_processes as u64;
            gauges.processes.store(processes, Ordering::Relaxed);
            if let (Some((_, published)), Some(source)) = (&self.metrics, source) {
                published.publish(counters, source, processes);
            }
        }
    }

    /// Takes over a changed configuration, or keeps all of the old one.
    fn reload(&mut self) {
        self.pulse.reloading();
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
                        metrics,
                        ..
                    } = one.clone();
                    (capture, stream, spool, state.path, metrics)
                };
                if fixed(old) != fixed(&settings) {
                    self.console.say(
                        "[capture], [stream], [spool], [metrics] and [state] path change at the next start",
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
        let status = self.status();
        self.pulse.reloaded(&status);
    }

    /// Detaches, takes what the ring still holds, saves, and waits for the sinks.
    fn stop(mut self) -> anyhow::Result<()> {
        let begin = Instant::now();
        self.pulse.stopping("taking what the ring still holds");
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
        if let Some(report) = self.report {
            stats.write(report).context(super::NO_REPORT)?;
        }
        Ok(())
    }
}

/// How it goes, in a line.
fn status(pipeline: &Pipeline, stream: Option<&Stream>, attached: &str) -> String {
    let counters = pipeline.counters();
    let (read, findings, lost) = (counters.read, counters.findings, counters.lost);
    let waiting = stream.map_or(0, Stream::waiting);
    let waits = if waiting == 0 {
        String::new()
    } else {
        format!("; {waiting} bytes wait for the collector")
    };
    format!("watching, {attached}: {read} records read, {lost} lost, {findings} findings{waits}")
}

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
