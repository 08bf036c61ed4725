//! Plays recordings through pipelines, one for each host's boot.
//!
//! Step: all of them, wired. Invariants: records of one recording keep their order; what a pipeline
//! makes is told before the next record is looked at.

use std::time::Duration;

use correlator::Finding;
use platform::{Progress, Source, SourceError};

use super::streamed::Streamed;
use crate::enrich::Enricher;
use crate::merge::Merge;
use crate::pipeline::{Judgement, Pipeline};
use crate::sink::{Desk, Teller};

/// Where findings go.
pub(super) struct Telling {
    desk: Desk,
    teller: Teller,
    told: u64,
    /// The first failure of standard output; it ends the replay.
    output: std::io::Result<()>,
    streamed: Option<Streamed>,
}

impl Telling {
    pub(super) fn new(desk: Desk, teller: Teller, streamed: Option<Streamed>) -> Self {
        Self {
            desk,
            teller,
            told: 0,
            output: Ok(()),
            streamed,
        }
    }

    /// Tells what a pipeline made.
    fn tell(&mut self, pipeline: &Pipeline, findings: &mut Vec<Finding>) {
        for finding in findings.drain(..) {
            if self.output.is_err() {
                continue;
            }
            if let Some(streamed) = &mut self.streamed {
                streamed.finding(&finding);
            }
            let drawn_up = self.desk.draw_up(finding, pipeline.host(), |_| None);
            if let Some(drawn_up) = drawn_up {
                if let Some(streamed) = &self.streamed {
                    streamed.document(&drawn_up.document);
                }
                self.output = self.teller.tell(&drawn_up);
                self.told += u64::from(self.output.is_ok());
            }
        }
    }

    /// Takes a record before it is judged.
    fn record(&mut self, bytes: &[u8]) {
        if let Some(streamed) = &mut self.streamed {
            streamed.record(bytes);
        }
    }
}

/// The pipelines and where their findings go.
pub(super) struct Player {
    judgement: Judgement,
    pipelines: Vec<Pipeline>,
    findings: Vec<Finding>,
    telling: Telling,
}

impl Player {
    pub(super) fn new(judgement: Judgement, telling: Telling) -> Self {
        Self {
            judgement,
            pipelines: Vec::new(),
            findings: Vec::new(),
            telling,
        }
    }

    /// Plays recordings; several are merged by time.
    pub(super) fn play(&mut self, mut readers: Vec<Box<dyn Source>>) -> Result<(), SourceError> {
        match readers.pop() {
            Some(reader) if readers.is_empty() => self.play_one(reader),
            Some(reader) => {
                readers.push(reader);
                self.play_merged(readers)
            }
            None => Ok(()),
        }
    }

    /// The pipelines, for their counters.
    pub(super) fn pipelines(&self) -> impl Iterator<Item = &Pipeline> {
        self.pipelines.iter()
    }

    /// How many findings were told, what became of standard output, and the stream.
    pub(super) fn into_told(self) -> (u64, std::io::Result<()>, Option<Streamed>) {
        let Telling {
            told,
            output,
            streamed,
            ..
        } = self.telling;
        (told, output, streamed)
    }

    fn play_one(&mut self, mut reader: Box<dyn Source>) -> Result<(), SourceError> {
        let lane = self.lane();
        while self.is_heard() {
            let Self {
                pipelines,
                findings,
                telling,
                ..
            } = self;
            let pipeline = &mut pipelines[lane];
            let progress = reader.poll(Duration::ZERO, BATCH, &mut |bytes| {
                telling.record(bytes);
                pipeline.record(bytes, findings);
                if !findings.is_empty() {
                    telling.tell(pipeline, findings);
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
    fn play_merged(&mut self, readers: Vec<Box<dyn Source>>) -> Result<(), SourceError> {
        let mut merge = Merge::new(readers);
        let mut lanes: Vec<usize> = Vec::new();
        let mut since_pass = 0;
        while self.is_heard() {
            let Some(record) = merge.next() else { break };
            while lanes.len() <= record.host {
                lanes.push(self.lane());
            }
            let lane = lanes[record.host];
            self.telling.record(record.bytes);
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
    pub(super) fn end(&mut self) {
        for lane in 0..self.pipelines.len() {
            self.pipelines[lane].end(&mut self.findings);
            self.tell_made(lane);
        }
    }

    fn tell_made(&mut self, lane: usize) {
        self.telling.tell(&self.pipelines[lane], &mut self.findings);
    }

    /// Whether standard output still takes what is told.
    fn is_heard(&self) -> bool {
        self.telling.output.is_ok()
    }
}

/// Records taken between two looks at the time.
const BATCH: usize = 4096;
