//! Files of event traces (ETL).
//!
//! Step: source. A file is a row of buffers, each of one processor, so events are gathered, sorted
//! by time and then encoded; only those of providers that are read at all are kept. Invariants:
//! what a buffer claims of lengths is believed only as far as its bytes go; events and unpacked
//! buffers are bounded; what the tracing lost, as its own header says, is told as lost.

mod buffer;
mod events;
mod logfile;
mod xpress;

use std::io::Read;

use ring_abi::{Flags, Kind, Loss, LossReason};

use super::gathered::Gathered;
use crate::encode::Records;
use crate::encode::etw::{Event, Session, is_known};
use crate::encode::{Came, Who};
use crate::source::SourceError;
use buffer::{Buffer, Next};
use events::{Traced, traced};
use logfile::{Clock, Logfile};

/// Reads a trace; `name` is the file's for messages.
///
/// # Errors
/// When it cannot be read, or is no trace.
pub fn read(name: &str, from: &mut dyn Read) -> Result<Gathered, SourceError> {
    let mut trace = Trace::default();
    let broken = loop {
        match buffer::next(from) {
            Ok(Next::Buffer(buffer)) => {
                if let Err(what) = trace.take(&buffer) {
                    break Some(trouble(name, trace.buffers, &what));
                }
            }
            Ok(Next::End) => break None,
            Ok(Next::Broken(what)) => break Some(trouble(name, trace.buffers, what)),
            Err(source) => {
                return Err(SourceError::Io {
                    what: format!("reading {name}"),
                    source,
                });
            }
        }
    };
    let Some(logfile) = trace.logfile.take() else {
        return Err(broken.unwrap_or_else(|| {
            SourceError::Format(format!("{name}: not a trace: it has no header"))
        }));
    };
    Ok(trace.encode(&logfile, broken))
}

fn trouble(name: &str, buffer: u64, what: &str) -> SourceError {
    SourceError::Format(format!(
        "{name}: buffer {buffer}: {what}; everything before it was read"
    ))
}

/// What was read of a trace.
#[derive(Debug, Default)]
struct Trace {
    logfile: Option<Logfile>,
    clock: Option<Clock>,
    kept: Vec<Kept>,
    payloads: Vec<u8>,
    buffers: u64,
    unpacked: usize,
    /// Events that are not kept.
    others: u64,
    unreadable: u64,
    lossy_buffers: u64,
}

/// An event that is kept until all are there.
#[derive(Clone, Copy, Debug)]
struct Kept {
    ticks: u64,
    pid: u32,
    tid: u32,
    id: u16,
    version: u8,
    pointer: u8,
    length: u32,
    at: usize,
    provider: [u8; 16],
}

impl Trace {
    /// Takes the events of a buffer.
    fn take(&mut self, buffer: &Buffer) -> Result<(), String> {
        self.buffers += 1;
        self.unpacked += buffer.unpacked;
        if self.unpacked > MOST_UNPACKED {
            return Err(format!(
                "it unpacks to more than {} MiB",
                MOST_UNPACKED >> 20
            ));
        }
        self.lossy_buffers += u64::from(buffer.lost);
        let mut rest = buffer.events();
        while !rest.is_empty() {
            let Some((event, after)) = traced(rest) else {
                // Zeros or nonsense fill the rest of a buffer.
                self.unreadable += u64::from(rest.iter().any(|byte| !matches!(byte, 0 | 0xff)));
                return Ok(());
            };
            rest = after;
            if self.logfile.is_none() {
                let logfile = Logfile::read(&event);
                let logfile = logfile.ok_or("the first event is not a trace's header")?;
                self.clock = Some(logfile.clock);
                self.logfile = Some(logfile);
                self.others += 1;
                continue;
            }
            if !is_known(&event.provider) {
                self.others += 1;
                continue;
            }
            self.keep(&event)?;
        }
        Ok(())
    }

    fn keep(&mut self, event: &Traced<'_>) -> Result<(), String> {
        if self.payloads.len() > MOST_KEPT {
            return Err(format!("more than {} MiB of events", MOST_KEPT >> 20));
        }
        self.kept.push(Kept {
            ticks: event.ticks,
            pid: event.pid,
            tid: event.tid,
            id: event.id,
            version: event.version,
            pointer: event.pointer as u8,
            length: event.payload.len() as u32,
            at: self.payloads.len(),
            provider: event.provider,
        });
        self.payloads.extend_from_slice(event.payload);
        Ok(())
    }

    /// Encodes everything in the order of time.
    fn encode(mut self, logfile: &Logfile, broken: Option<SourceError>) -> Gathered {
        let clock = logfile.clock;
        let mut session = Session::default();
        let mut records = Records::default();
        if let Some(boot) = logfile.boot {
            records.name_boot(boot.to_string().into_bytes());
        }
        for _ in 0..self.others {
            session.tally.count(Came::PassedOver);
        }
        self.kept.sort_by_key(|kept| kept.ticks);
        let mut outcome = Ok(());
        for kept in &self.kept {
            let payload = self.payloads.get(kept.at..kept.at + kept.length as usize);
            let event = Event {
                provider: kept.provider,
                id: kept.id,
                version: kept.version,
                time: clock.wall(kept.ticks),
                pid: kept.pid,
                tid: kept.tid,
                pointer: usize::from(kept.pointer),
                payload: payload.unwrap_or_default(),
            };
            outcome = session.encode(&event, &mut records);
            if outcome.is_err() {
                break;
            }
        }
        let outcome = outcome.and_then(|()| session.finish(&mut records));
        let lost = logfile.events_lost;
        if lost > 0 {
            self.tell_loss(logfile, &mut records);
        }
        let further = [
            ("events_lost", u64::from(lost)),
            ("buffers", self.buffers),
            ("buffers_lost", u64::from(logfile.buffers_lost)),
            ("buffers_after_a_loss", self.lossy_buffers),
            ("buffers_unreadable", self.unreadable),
        ];
        Gathered::new(records, session.tally, &further, broken.or(outcome.err()))
    }

    /// Where in the trace events were lost is not told, so the loss lasts as long as the trace.
    fn tell_loss(&self, logfile: &Logfile, records: &mut Records) {
        let from = logfile.start;
        let last = self.kept.last().map(|kept| logfile.clock.wall(kept.ticks));
        let to = logfile.end.max(last.unwrap_or(0)).max(from);
        let loss = Loss {
            count: u64::from(logfile.events_lost),
            from,
            to,
            reason: LossReason::SYSTEM.0,
            cpu: u32::MAX,
            ..Loss::default()
        };
        let who = Who {
            time: to,
            ..Who::default()
        };
        records.put(Kind::LOSS, who, Flags(0), &loss.write(), &[]);
    }
}

/// Bytes of kept events.
const MOST_KEPT: usize = 1 << 30;

/// Bytes that packed buffers may become in all.
const MOST_UNPACKED: usize = 4 << 30;

#[cfg(test)]
mod tests;
