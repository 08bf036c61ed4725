//! What hears of a Mac: the filter, copies, looks and records, down to the findings.
//!
//! Step: all of them, in tests.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use correlator::{Catalogue, Finding, Knobs};
use platform::endpoint::{Event, Filter, Live, LiveBounds, Message, copied};
use platform::looks::sampling::{Opened, sample};
use platform::looks::{Seen, Want};

use super::things::{DEVICE, Ran, Stored};
use crate::enrich::Enricher;
use crate::pipeline::{Judgement, Pipeline};

/// What hears of it, down to the findings.
pub(super) struct Client {
    filter: Filter,
    pub(super) live: Live,
    pub(super) pipeline: Pipeline,
    pub(super) now: u64,
    messages: u64,
    pub(super) told: Vec<Finding>,
}

impl Client {
    pub(super) fn new() -> Self {
        let judgement = Judgement {
            catalogue: Arc::new(Catalogue::builtin()),
            knobs: Knobs::default(),
        };
        let bounds = LiveBounds {
            directories_per_process: 64,
            records_per_second: 0,
            looking: true,
        };
        Self {
            filter: Filter::default(),
            live: Live::new(Some("mac"), Some("boot"), BEGIN, &bounds),
            pipeline: Pipeline::new(Enricher::recorded(), judgement),
            now: BEGIN,
            messages: 0,
            told: Vec::new(),
        }
    }

    /// Time goes on.
    pub(super) fn tick(&mut self) -> u64 {
        self.now += TICK;
        self.now
    }

    #[expect(
        clippy::large_types_passed_by_value,
        reason = "messages are made where they are used"
    )]
    pub(super) fn hear(&mut self, ran: &Ran, event: Event<'_>, files: &BTreeMap<String, Stored>) {
        let time = self.tick();
        let message = Message {
            version: 8,
            time,
            mach_time: Some(time),
            sequence: None,
            global_sequence: Some(self.messages),
            thread: Some(u64::from(ran.pid)),
            process: ran.process(),
            event,
        };
        self.messages += 1;
        if let Some(passed) = self.filter.pass(&message) {
            let mut copy = Vec::new();
            copied::write(&passed, &mut copy);
            self.live.take(&copy, Instant::now());
        }
        self.judge(files);
    }

    /// Takes the looks that are asked for, and judges the records that are ready.
    pub(super) fn judge(&mut self, files: &BTreeMap<String, Stored>) {
        let Self {
            live,
            pipeline,
            told,
            ..
        } = self;
        let outgoing = live.outgoing();
        while let Some(look) = outgoing.next_look() {
            outgoing.answer(look.ticket, &looked(&look.want, files));
        }
        outgoing.hand_out(Instant::now(), usize::MAX, &mut |record| {
            pipeline.record(record, told);
        });
    }
}

/// What a look finds.
fn looked(want: &Want, files: &BTreeMap<String, Stored>) -> Seen {
    let Want::File {
        path,
        identity,
        closed,
    } = want
    else {
        return Seen::Nothing;
    };
    let path = std::str::from_utf8(path).expect("paths of scenarios are text");
    let Some((file, content)) = files
        .get(path)
        .and_then(|file| Some((file, file.content.as_deref()?)))
    else {
        return Seen::Nothing;
    };
    let opened = Opened {
        identity: (DEVICE, file.inode),
        size: content.len() as u64,
        written: *closed,
    };
    let found = sample(&opened, &mut &*content, *identity, *closed);
    found.map_or(Seen::Nothing, |mut sample| {
        // A scenario may say that a file is larger than what it shows of it.
        sample.size = file.size;
        Seen::File(sample)
    })
}

/// When everything begins, in nanoseconds since 1970.
const BEGIN: u64 = 1_700_000_000_000_000_000;

/// Messages follow one another at this distance.
const TICK: u64 = 1_000_000;
