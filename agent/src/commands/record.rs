//! `packhound record`: the kernel's records into a file.
//!
//! Step: source, kept as it comes. Records are not judged here and are decoded only to be counted,
//! so that a recording holds what the ring held. Invariant: whatever ends the recording, the file
//! can be replayed up to there.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use platform::host::Signals;
use platform::recording::RingFileWriter;
use platform::{Progress, Source as _, SourceError};

use crate::arguments::Record;
use crate::counters::Counters;
use crate::sink::{Console, Stats, wording};

/// Runs the command.
pub(super) fn record(arguments: &Record) -> anyhow::Result<()> {
    let console = Console::new();
    let settings = super::settings(&arguments.configured)?;
    let signals = Signals::install().context("cannot take over the signals")?;
    let report = arguments.stats.as_deref();
    let report = report.map(super::report).transpose()?;
    let mut source = super::open_kernel(&settings)?;
    let mut file = RingFileWriter::create(&arguments.out).context("cannot record")?;
    super::say_hooks(&console, &source);
    let mut tally = Tally::default();
    let begin = Instant::now();
    let mut shown = begin;
    let mut ready = false;
    let mut outcome = Ok(());
    while outcome.is_ok() && !signals.stop() {
        let left = arguments
            .span
            .map(|span| span.saturating_sub(begin.elapsed()));
        if left == Some(Duration::ZERO) {
            break;
        }
        let wait = WAIT.min(left.unwrap_or(WAIT));
        outcome = take(&mut source, wait, &mut file, &mut tally).map(|_| ());
        if !ready && source.is_ready() {
            ready = true;
            console.say("recording; what already ran has been told");
        }
        for note in source.notes() {
            console.say(&note);
        }
        if shown.elapsed() >= Duration::from_secs(1) {
            shown = Instant::now();
            console.status(&tally.line());
        }
    }
    if let Err(error) = source.close() {
        console.say(&error.to_string());
    }
    let deadline = Instant::now() + DRAINING;
    while Instant::now() < deadline {
        match take(&mut source, Duration::ZERO, &mut file, &mut tally) {
            Ok(Progress::Records(_)) => {}
            Ok(Progress::Ended) => break,
            // What the file no longer takes is still drained, so that the counters reconcile.
            Err(error) => outcome = outcome.and(Err(error)),
        }
    }
    let outcome = outcome.and_then(|()| file.sync());
    let stats = Stats::new(&tally.counters, source.stats());
    console.say(&stats.line());
    let path = arguments.out.display();
    let held = std::fs::metadata(&arguments.out).map_or(0, |about| about.len());
    match &outcome {
        Ok(()) => console.say(&format!("{} in {path}", tally.line())),
        Err(_) => console.say(&format!(
            "{path} holds {} that can be replayed",
            wording::bytes(held)
        )),
    }
    if let Some(report) = report {
        stats.write(report).context(super::NO_REPORT)?;
    }
    outcome.context("the recording ends early")
}

/// Moves a batch of records into the file.
fn take(
    source: &mut impl platform::Source,
    wait: Duration,
    file: &mut RingFileWriter,
    tally: &mut Tally,
) -> Result<Progress, SourceError> {
    let mut outcome = Ok(());
    let progress = source.poll(wait, BATCH, &mut |bytes| {
        if outcome.is_ok() {
            outcome = file.append(bytes);
            tally.bytes += bytes.len() as u64;
            let _ = tally.counters.see(bytes);
        }
    })?;
    outcome.map(|()| progress)
}

/// What was handed to the file.
#[derive(Debug, Default)]
struct Tally {
    counters: Counters,
    bytes: u64,
}

impl Tally {
    fn line(&self) -> String {
        let records = wording::count(self.counters.read, "record");
        format!("recorded {records}, {}", wording::bytes(self.bytes))
    }
}

/// Longest wait for records: a signal is noticed after it at the latest.
const WAIT: Duration = Duration::from_millis(100);

/// Records taken between two looks at signals and time.
const BATCH: usize = 4096;

/// Longest time that a stop takes records out of the ring.
const DRAINING: Duration = Duration::from_millis(1_500);
