//! Several recordings as one stream in the order of time.
//!
//! Step: source. Times of different recordings compare by the calendar, as each one's opening
//! relates its own clock to it. Invariant: records of one recording keep their order.

use std::time::Duration;

use platform::{Progress, Source, SourceError};
use ring_abi::{Body, Tag, decode};

use crate::enrich::Clock;

/// Recordings with one record of each in hand.
pub(crate) struct Merge<S> {
    streams: Vec<Stream<S>>,
    /// Hosts by name and boot, in the order of their first recording.
    hosts: Vec<(Vec<u8>, Vec<u8>)>,
    taken: Vec<u8>,
    outcome: Result<(), SourceError>,
}

/// A record and whose it is.
pub(crate) struct Merged<'a> {
    /// Its bytes.
    pub(crate) bytes: &'a [u8],
    /// Number of the host's boot, from 0 in the order of their first recording.
    pub(crate) host: usize,
}

struct Stream<S> {
    source: S,
    clock: Clock,
    host: usize,
    /// The next record; empty at the end.
    next: Vec<u8>,
    time: u64,
}

impl<S: Source> Merge<S> {
    /// Takes the first record of each source.
    pub(crate) fn new(sources: Vec<S>) -> Self {
        let mut merge = Self {
            streams: Vec::new(),
            hosts: Vec::new(),
            taken: Vec::new(),
            outcome: Ok(()),
        };
        for source in sources {
            merge.streams.push(Stream {
                source,
                clock: Clock::default(),
                host: 0,
                next: Vec::new(),
                time: 0,
            });
            let last = merge.streams.len() - 1;
            merge.read(last);
        }
        merge
    }

    /// The earliest record of all that are left.
    pub(crate) fn next(&mut self) -> Option<Merged<'_>> {
        let waiting = self
            .streams
            .iter()
            .enumerate()
            .filter(|(_, stream)| !stream.next.is_empty());
        let (index, _) = waiting.min_by_key(|(_, stream)| stream.time)?;
        let host = self.streams[index].host;
        std::mem::swap(&mut self.taken, &mut self.streams[index].next);
        self.read(index);
        Some(Merged {
            bytes: &self.taken,
            host,
        })
    }

    /// The first failure of a source; its records up to there were handed out.
    pub(crate) fn outcome(self) -> Result<(), SourceError> {
        self.outcome
    }

    /// Reads a stream's next record.
    fn read(&mut self, index: usize) {
        let stream = &mut self.streams[index];
        stream.next.clear();
        loop {
            let next = &mut stream.next;
            let mut take = |bytes: &[u8]| next.extend_from_slice(bytes);
            match stream.source.poll(Duration::ZERO, 1, &mut take) {
                Ok(Progress::Records(0)) => {}
                Ok(Progress::Records(_)) => break,
                Ok(Progress::Ended) => return,
                Err(error) => {
                    if self.outcome.is_ok() {
                        self.outcome = Err(error);
                    }
                    return;
                }
            }
        }
        // What does not decode keeps its place behind the record before it, to be counted there.
        let Ok(record) = decode(&stream.next) else {
            return;
        };
        if let Body::CaptureStart(start) = &record.body {
            stream.clock = Clock::anchored(start.wall_time, start.boot_time);
            let field = |tag| record.tail.field(tag).unwrap_or_default().to_vec();
            let host = (field(Tag::HOST), field(Tag::BOOT));
            let known = self.hosts.iter().position(|known| *known == host);
            stream.host = known.unwrap_or_else(|| {
                self.hosts.push(host);
                self.hosts.len() - 1
            });
        }
        // Records of several processors may lie a little out of order; a stream never goes back.
        stream.time = stream.time.max(stream.clock.wall(record.header.time).0);
    }
}

#[cfg(test)]
mod tests;
