//! `eslogger`'s messages as they come, on a pipe.
//!
//! Step: source. A thread reads; between it and whoever takes records stands a queue of
//! [`MOST_PIECES`] pieces of at most [`PIECE`] bytes. Its policy is to wait: while it is full nothing
//! is read, the pipe fills, `eslogger` waits, and what the system then drops shows as a gap in the
//! numbers of its messages. Invariants: no line ends the stream, whatever it holds; the stream ends
//! when its writer has closed it.

use std::io::{ErrorKind, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use ring_abi::System;

use crate::encode::endpoint::Bounds;
use crate::encode::opening;
use crate::recording::Lines;
use crate::source::{KindStats, Progress, Source, SourceError, SourceStats};

/// A stream of messages.
#[derive(Debug)]
pub struct Piped {
    flow: Flow,
    lines: Lines,
    /// The record that the stream begins with.
    opening: Option<Vec<u8>>,
    delivered: [u64; KINDS],
}

/// What comes through the pipe.
#[derive(Debug)]
struct Flow {
    pieces: Receiver<std::io::Result<Vec<u8>>>,
    /// Nothing more comes.
    ended: bool,
    /// Nothing more is waited for.
    closed: bool,
}

impl Piped {
    /// Reads `from` a thread of its own. `host` and `boot` name the host that the messages are of,
    /// where that is known; `now` is in nanoseconds since 1970.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(
        from: impl Read + Send + 'static,
        host: Option<&str>,
        boot: Option<&str>,
        now: u64,
    ) -> std::io::Result<Self> {
        let (to, pieces) = sync_channel(MOST_PIECES);
        thread::Builder::new()
            .name("eslogger".to_owned())
            .spawn(move || pump(from, &to))?;
        let (host, boot) = (host.map(str::as_bytes), boot.map(str::as_bytes));
        let mut lines = Lines::new(Bounds::default());
        lines.records.number_from(1);
        Ok(Self {
            flow: Flow {
                pieces,
                ended: false,
                closed: false,
            },
            lines,
            opening: Some(opening(now, System::MACOS, host, boot)),
            delivered: [0; KINDS],
        })
    }
}

impl Flow {
    /// Takes the next piece, if one comes in time; says whether there is more to do.
    fn take_piece(
        &mut self,
        lines: &mut Lines,
        until: Option<Instant>,
    ) -> Result<bool, SourceError> {
        let until = until.filter(|_| !self.closed);
        let piece = match until.map(|until| until.saturating_duration_since(Instant::now())) {
            None => self.pieces.try_recv().map_err(|error| match error {
                TryRecvError::Empty if !self.closed => RecvTimeoutError::Timeout,
                TryRecvError::Empty | TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
            }),
            Some(left) => self.pieces.recv_timeout(left),
        };
        match piece {
            Ok(Ok(piece)) => lines.add(&piece),
            Ok(Err(source)) => {
                return Err(SourceError::Io {
                    what: "reading eslogger's messages".to_owned(),
                    source,
                });
            }
            Err(RecvTimeoutError::Timeout) => return Ok(false),
            Err(RecvTimeoutError::Disconnected) => {
                self.ended = true;
                lines.end()?;
            }
        }
        Ok(true)
    }
}

impl Source for Piped {
    fn poll(
        &mut self,
        wait: Duration,
        limit: usize,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Progress, SourceError> {
        let until = Instant::now() + wait;
        let mut handed = 0;
        let delivered = &mut self.delivered;
        let mut count_and_take = |record: &[u8]| {
            if let Some(&[low, high]) = record.get(6..8) {
                let kind = usize::from(u16::from_le_bytes([low, high])).min(KINDS - 1);
                delivered[kind] += 1;
            }
            take(record);
        };
        if limit > 0
            && let Some(opening) = self.opening.take()
        {
            count_and_take(&opening);
            handed += 1;
        }
        // Most lines come to no record; one poll does not go on for ever over them.
        for _ in 0..MOST_LINES {
            let records = &mut self.lines.records;
            handed += records.hand_on(limit - handed, &mut count_and_take);
            if handed == limit {
                break;
            }
            if self.lines.take_line()? {
                continue;
            }
            if self.flow.ended {
                return Ok(match handed {
                    0 => Progress::Ended,
                    handed => Progress::Records(handed),
                });
            }
            let until = (handed == 0).then_some(until);
            if !self.flow.take_piece(&mut self.lines, until)? {
                break;
            }
        }
        Ok(Progress::Records(handed))
    }

    fn stats(&mut self) -> SourceStats {
        let tally = self.lines.session.tally;
        let mut others = vec![
            ("events", tally.events),
            ("events_passed_over", tally.passed_over),
            ("events_undecodable", tally.undecodable),
        ];
        others.extend(self.lines.counters());
        let kinds = self.delivered.iter().zip(0_u16..);
        let kinds = kinds.filter(|(delivered, _)| **delivered > 0);
        SourceStats {
            // What was made and waits for its taker is delivered before anything else is made.
            kinds: kinds
                .map(|(delivered, kind)| KindStats {
                    kind,
                    emitted: *delivered,
                    delivered: *delivered,
                    dropped: Vec::new(),
                })
                .collect(),
            others,
        }
    }

    fn close(&mut self) -> Result<(), SourceError> {
        // The thread may be waiting in a read, out of which nothing gets it but its writer; it ends
        // with the process.
        self.flow.closed = true;
        Ok(())
    }
}

/// Reads until the end, or until nobody takes what was read.
fn pump(mut from: impl Read, to: &SyncSender<std::io::Result<Vec<u8>>>) {
    let mut piece = vec![0; PIECE];
    loop {
        let message = match from.read(&mut piece) {
            Ok(0) => return,
            Ok(length) => Ok(piece[..length].to_vec()),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let is_last = message.is_err();
        if to.send(message).is_err() || is_last {
            return;
        }
    }
}

/// Bytes that are read at a time at most: what a pipe holds.
const PIECE: usize = 64 << 10;

/// Pieces that wait at most.
const MOST_PIECES: usize = 64;

/// Lines that one poll looks at.
const MOST_LINES: usize = 16_384;

const KINDS: usize = 32;

#[cfg(test)]
mod tests;
