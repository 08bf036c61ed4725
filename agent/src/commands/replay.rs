//! `packhound replay`: what would have been found in recordings.
//!
//! Step: all of them, wired to files. A single recording goes through without a copy; several are
//! merged by time, and each host's boot is judged by itself, since process numbers mean nothing
//! across hosts. Invariant: the same recordings give the same findings, on any host.

use anyhow::Context as _;
use correlator::Finding;
use platform::recording::RingFileReader;
use platform::{Progress, Source as _, SourceError, SourceStats};

use super::judgement;
use crate::arguments::{From, Replay};
use crate::counters::Counters;
use crate::enrich::Enricher;
use crate::merge::Merge;
use crate::pipeline::{Judgement, Pipeline};
use crate::sink::{Console, Converter, Desk, Stats, Teller};

/// Runs the command.
pub(super) fn replay(arguments: &Replay) -> anyhow::Result<()> {
    let console = Console::new();
    let settings = super::settings(&arguments.configured)?;
    let mut player = Player {
        judgement: judgement(&settings)?,
        pipelines: Vec::new(),
        desk: Desk::new(Converter {
            show_secrets: settings.output.show_secrets,
        }),
        teller: Teller::standard(arguments.told.format, console.clone()),
        findings: Vec::new(),
        told: 0,
        output: Ok(()),
    };
    let mut readers = Vec::new();
    for path in &arguments.files {
        // One format so far, which the reader itself recognises by the file's first bytes.
        let (From::Auto | From::Ring) = arguments.from;
        readers.push(RingFileReader::open(path)?);
    }
    let outcome = match <[RingFileReader; 1]>::try_from(readers) {
        Ok([reader]) => player.play_one(reader),
        Err(readers) => player.play_merged(readers),
    };
    player.end();

    let mut counters = Counters::default();
    for pipeline in &player.pipelines {
        counters.add(pipeline.counters());
        if counters.read > 0 && !pipeline.knows_the_calendar() {
            console.say("a recording does not say when it was made: its times count from the boot");
        }
    }
    let mut stats = Stats::new(&counters, SourceStats::default());
    stats.told(player.told);
    console.say(&stats.line());
    if let Some(path) = &arguments.stats {
        std::fs::File::create(path)
            .and_then(|file| stats.write(file))
            .with_context(|| format!("cannot write the counters to {}", path.display()))?;
    }
    match player.output {
        // The reader has read enough; what it did not want to know is no failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
        output => output.context("cannot write to standard output")?,
    }
    outcome.context("the replay ends early")
}

struct Player {
    judgement: Judgement,
    pipelines: Vec<Pipeline>,
    desk: Desk,
    teller: Teller,
    findings: Vec<Finding>,
    told: u64,
    /// The first failure of standard output; it ends the replay.
    output: std::io::Result<()>,
}

impl Player {
    fn play_one(&mut self, mut reader: RingFileReader) -> Result<(), SourceError> {
        let lane = self.lane();
        while self.is_heard() {
            let Self {
                pipelines,
                desk,
                teller,
                findings,
                told,
                output,
                ..
            } = self;
            let pipeline = &mut pipelines[lane];
            let progress = reader.poll(std::time::Duration::ZERO, BATCH, &mut |bytes| {
                pipeline.record(bytes, findings);
                if !findings.is_empty() {
                    tell(pipeline, findings, desk, teller, told, output);
                }
            })?;
            if progress == Progress::Ended {
                break;
            }
            self.let_time_pass(lane);
        }
        Ok(())
    }

    /// Takes the earliest record of all files, until all are at their end. A file that breaks off
    /// ends there; the others go on, and the failure is told at the end.
    fn play_merged(&mut self, readers: Vec<RingFileReader>) -> Result<(), SourceError> {
        let mut merge = Merge::new(readers);
        let mut lanes: Vec<usize> = Vec::new();
        let mut since_pass = 0;
        while self.is_heard() {
            let Some(record) = merge.next() else { break };
            while lanes.len() <= record.host {
                lanes.push(self.lane());
            }
            let lane = lanes[record.host];
            self.pipelines[lane].record(record.bytes, &mut self.findings);
            self.tell_made(lane);
            since_pass += 1;
            if since_pass == BATCH {
                since_pass = 0;
                self.let_time_pass(lane);
            }
        }
        merge.outcome()
    }

    /// A pipeline of its own for a host's boot.
    fn lane(&mut self) -> usize {
        let pipeline = Pipeline::new(Enricher::recorded(), self.judgement.clone());
        self.pipelines.push(pipeline);
        self.pipelines.len() - 1
    }

    /// Time passes as the records tell it.
    fn let_time_pass(&mut self, lane: usize) {
        let pipeline = &mut self.pipelines[lane];
        pipeline.pass(pipeline.latest(), &mut self.findings);
        self.tell_made(lane);
    }

    /// After the last record, whatever waited for time to pass is told.
    fn end(&mut self) {
        for lane in 0..self.pipelines.len() {
            self.pipelines[lane].end(&mut self.findings);
            self.tell_made(lane);
        }
    }

    fn tell_made(&mut self, lane: usize) {
        let pipeline = &self.pipelines[lane];
        let (findings, desk, teller) = (&mut self.findings, &mut self.desk, &mut self.teller);
        tell(
            pipeline,
            findings,
            desk,
            teller,
            &mut self.told,
            &mut self.output,
        );
    }

    /// Whether standard output still takes what is told.
    fn is_heard(&self) -> bool {
        self.output.is_ok()
    }
}

/// Tells what a pipeline made.
fn tell(
    pipeline: &Pipeline,
    findings: &mut Vec<Finding>,
    desk: &mut Desk,
    teller: &mut Teller,
    told: &mut u64,
    output: &mut std::io::Result<()>,
) {
    for finding in findings.drain(..) {
        if output.is_err() {
            continue;
        }
        if let Some(drawn_up) = desk.draw_up(finding, pipeline.host(), |_| None) {
            *output = teller.tell(&drawn_up);
            *told += u64::from(output.is_ok());
        }
    }
}

/// Records taken between two looks at the time.
const BATCH: usize = 4096;
