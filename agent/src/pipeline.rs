//! One stream's way from bytes to findings: decode, enrich, correlate.
//!
//! Step: enrich to correlate. It is a function of the records and the times that it is given, so
//! that a recording gives what the live stream gave. Invariants: a bad record is counted and the
//! stream goes on; nothing is allocated for a record that leads to no finding. It does no I/O.

use std::sync::Arc;

use correlator::{
    Answered, Catalogue, CodeInside, Correlator, Detail, Event, FileKey, Finding, Habit, Knobs,
    Limits, LinkedCode, ProcessKey, SnapshotError, Time, Usage, UsePurpose,
};
use platform::fingerprint::CodePurpose;
use ring_abi::System;

use crate::counters::Counters;
use crate::enrich::Enricher;
use crate::host::Host;
use crate::inspect::{Found, Inspector};
use crate::prevalence::Inquiry;

/// What the correlator is given beside events.
#[derive(Clone)]
pub(crate) struct Judgement {
    /// The facts.
    pub(crate) catalogue: Arc<Catalogue>,
    /// The operator's settings.
    pub(crate) knobs: Knobs,
}

/// The state of one stream.
pub(crate) struct Pipeline {
    enricher: Enricher,
    /// Looks into executables; a recording's are not here to be looked into.
    inspector: Option<Inspector>,
    /// Asks the fleet; a recording is judged without one.
    inquiry: Option<Inquiry>,
    correlator: Correlator,
    judgement: Judgement,
    counters: Counters,
    host: Arc<Host>,
    latest: Time,
}

impl Pipeline {
    pub(crate) fn new(enricher: Enricher, judgement: Judgement) -> Self {
        let Judgement { catalogue, knobs } = judgement.clone();
        Self {
            enricher,
            inspector: None,
            inquiry: None,
            correlator: Correlator::new(catalogue, knobs, Limits::default()),
            judgement,
            counters: Counters::default(),
            host: Arc::default(),
            latest: Time::default(),
        }
    }

    /// Takes one record as the source gave it, and adds what it led to.
    pub(crate) fn record(&mut self, bytes: &[u8], findings: &mut Vec<Finding>) {
        let Some(record) = self.counters.see(bytes) else {
            return;
        };
        let Some(event) = self.enricher.enrich(&record) else {
            return self.opened();
        };
        self.latest = self.latest.max(event.time);
        let known = self
            .inspector
            .as_mut()
            .and_then(|inspector| inspector.see(&event));
        if let Some((file, found)) = known
            && !self.correlator.knows_code_in(file)
        {
            let made = tell_code(&mut self.correlator, self.latest, file, &found);
            self.counters.findings += made.len() as u64;
            findings.extend(made);
        }
        let mut made = self.correlator.step(&event);
        self.counters.findings += made.len() as u64;
        if let Some(inquiry) = &mut self.inquiry {
            for finding in &made {
                inquiry.see(finding);
            }
        }
        findings.append(&mut made);
    }

    /// Asks the fleet from now on, first about what is open already.
    pub(crate) fn inquire(&mut self, mut inquiry: Inquiry) {
        for pattern in self.correlator.open_patterns() {
            inquiry.ask(&pattern);
        }
        self.inquiry = Some(inquiry);
    }

    /// Takes over what the fleet answered.
    fn hear_the_fleet(&mut self, now: Time, findings: &mut Vec<Finding>) {
        let Some(inquiry) = &mut self.inquiry else {
            return;
        };
        for _ in 0..MOST_HEARD {
            let Some((pattern, prevalence)) = inquiry.next() else {
                return;
            };
            let made = self.correlator.step(&Event {
                time: now,
                process: ProcessKey { pid: 0, start: 0 },
                incomplete: false,
                detail: Detail::Answered(Answered {
                    pattern: &pattern,
                    prevalence,
                }),
            });
            self.counters.findings += made.len() as u64;
            findings.extend(made);
        }
    }

    /// Looks into executables from now on.
    pub(crate) fn inspect(&mut self, inspector: Inspector) {
        self.inspector = Some(inspector);
    }

    /// What looks into executables.
    pub(crate) fn inspector(&mut self) -> Option<&mut Inspector> {
        self.inspector.as_mut()
    }

    /// Takes over what became known of executables.
    fn hear(&mut self, findings: &mut Vec<Finding>) {
        let Some(inspector) = &mut self.inspector else {
            return;
        };
        for _ in 0..MOST_HEARD {
            let Some((file, found)) = inspector.next() else {
                return;
            };
            if found.code.is_empty() && !self.correlator.knows_code_in(file) {
                continue;
            }
            let made = tell_code(&mut self.correlator, self.latest, file, &found);
            self.counters.findings += made.len() as u64;
            findings.extend(made);
        }
    }

    /// Lets time pass to `now`, where something waits for that.
    pub(crate) fn pass(&mut self, now: Time, findings: &mut Vec<Finding>) {
        self.hear(findings);
        self.hear_the_fleet(self.latest, findings);
        if self
            .correlator
            .next_deadline()
            .is_some_and(|deadline| deadline <= now)
        {
            let mut made = self.correlator.advance(now);
            self.counters.findings += made.len() as u64;
            findings.append(&mut made);
        }
    }

    /// Lets all the time pass that anything waits for: a recording's end.
    pub(crate) fn end(&mut self, findings: &mut Vec<Finding>) {
        while let Some(deadline) = self.correlator.next_deadline() {
            self.pass(deadline, findings);
            // Time must move, or the end would never come.
            if self
                .correlator
                .next_deadline()
                .is_some_and(|next| next <= deadline)
            {
                break;
            }
        }
    }

    /// Takes over what the capture's opening said.
    fn opened(&mut self) {
        if *self.host == *self.enricher.host() {
            return;
        }
        self.host = Arc::new(self.enricher.host().clone());
        let system = match self.host.system {
            Some(System::WINDOWS) => correlator::System::Windows,
            Some(System::MACOS) => correlator::System::MacOs,
            _ => correlator::System::Linux,
        };
        if system != self.judgement.knobs.system {
            self.judgement.knobs.system = system;
            self.judge_anew();
        }
    }

    /// Changes facts and settings; what is known stays.
    pub(crate) fn reconfigure(&mut self, judgement: Judgement) {
        let system = self.judgement.knobs.system;
        self.judgement = judgement;
        self.judgement.knobs.system = system;
        self.enricher.forget_names();
        self.judge_anew();
    }

    fn judge_anew(&mut self) {
        let Judgement { catalogue, knobs } = self.judgement.clone();
        self.correlator.reconfigure(catalogue, knobs);
    }

    /// Open activities and the baseline, for [`Self::restore`].
    pub(crate) fn snapshot(&self) -> Vec<u8> {
        self.correlator.snapshot()
    }

    /// Goes on where a snapshot was taken.
    pub(crate) fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        self.correlator.restore(snapshot)
    }

    /// What was learned to be usual.
    pub(crate) fn habits(&self) -> Vec<Habit> {
        self.correlator.habits()
    }

    /// The latest time that a record told.
    pub(crate) fn latest(&self) -> Time {
        self.latest
    }

    /// Whether the capture told how its clock relates to the calendar.
    pub(crate) fn knows_the_calendar(&self) -> bool {
        self.enricher.knows_the_calendar()
    }

    /// Where the records are from.
    pub(crate) fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// The counters so far.
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What the correlator holds.
    pub(crate) fn usage(&self) -> Usage {
        self.correlator.usage()
    }
}

/// Tells the correlator what is linked into a file.
fn tell_code(correlator: &mut Correlator, now: Time, file: FileKey, found: &Found) -> Vec<Finding> {
    let code: Vec<LinkedCode<'_>> = found
        .code
        .iter()
        .map(|code| LinkedCode {
            family: &code.family,
            purpose: match code.purpose {
                CodePurpose::Compress => UsePurpose::Compress,
                CodePurpose::Archive => UsePurpose::Archive,
                CodePurpose::Encrypt => UsePurpose::Encrypt,
            },
            recognised: &code.recognised,
        })
        .collect();
    correlator.step(&Event {
        time: now,
        process: ProcessKey { pid: 0, start: 0 },
        incomplete: false,
        detail: Detail::CodeInside(CodeInside {
            file,
            path: found.path.as_deref(),
            code: &code,
        }),
    })
}

/// Files, and answers, that are heard of between two batches of records.
const MOST_HEARD: usize = 256;

#[cfg(test)]
mod messages;
