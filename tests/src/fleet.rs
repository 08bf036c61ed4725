//! A made-up agent that speaks the stream's protocol, written from `PROTOCOL.md` and not from the
//! program's code, so that both can be wrong only in different ways.
//!
//! Step: tests. It keeps what is not acknowledged, as a spool would, and goes on after a broken
//! connection where the collector says that it stands.

use std::io::{self, Read as _, Write as _};
use std::ops::Range;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A connection, and what it has to send.
#[derive(Debug)]
pub struct FleetAgent {
    /// Its identifier.
    pub agent: [u8; 16],
    /// Its epoch.
    pub epoch: u64,
    /// Its host's name.
    pub host: String,
    /// The newest version that it speaks.
    pub newest: u64,
}

/// A frame that the collector sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What it has: (epoch, lane, through).
    Welcome(Vec<(u64, u64, u64)>),
    /// Up to where it has everything: (epoch, lane, through).
    Ack(u64, u64, u64),
    /// It is there.
    Heartbeat,
    /// What the fleet knows: hosts, days, and (others, lately) for each pattern.
    Known(u64, u64, Vec<([u8; 16], u64, u64)>),
    /// It ends the connection: code and words.
    Bye(u64, String),
}

impl FleetAgent {
    /// The agent of that number.
    #[must_use]
    pub fn new(number: u64) -> Self {
        let mut agent = *b"fleet agent     ";
        agent[8..].copy_from_slice(&number.to_be_bytes());
        Self {
            agent,
            epoch: 1,
            host: format!("host-{number}"),
            newest: 1,
        }
    }

    /// Its first frame.
    #[must_use]
    pub fn hello(&self) -> Vec<u8> {
        let mut payload = vec![0];
        payload.extend_from_slice(b"PHSTREAM");
        number(&mut payload, 1);
        number(&mut payload, self.newest);
        payload.extend_from_slice(&self.agent);
        number(&mut payload, self.epoch);
        number(&mut payload, self.epoch);
        for text in [&*self.host, "linux", "6.18", "boot", "test"] {
            text_of(&mut payload, text.as_bytes());
        }
        frame(&payload)
    }

    /// A question to the fleet.
    #[must_use]
    pub fn ask(&self, patterns: &[[u8; 16]]) -> Vec<u8> {
        let mut payload = vec![6];
        number(&mut payload, patterns.len() as u64);
        for pattern in patterns {
            payload.extend_from_slice(pattern);
        }
        frame(&payload)
    }

    /// A batch of findings.
    #[must_use]
    pub fn findings(&self, first: u64, documents: &[String]) -> Vec<u8> {
        let items = documents.iter().map(|document| (0, document.as_bytes()));
        self.batch(0, first, &items.collect::<Vec<_>>())
    }

    /// A batch of records, each with its time.
    #[must_use]
    pub fn records(&self, first: u64, records: &[(u64, Vec<u8>)]) -> Vec<u8> {
        let items = records.iter().map(|(time, record)| (*time, &**record));
        self.batch(1, first, &items.collect::<Vec<_>>())
    }

    fn batch(&self, lane: u8, first: u64, items: &[(u64, &[u8])]) -> Vec<u8> {
        let mut payload = vec![2];
        number(&mut payload, self.epoch);
        payload.push(lane);
        number(&mut payload, first);
        number(&mut payload, items.len() as u64);
        for (time, item) in items {
            number(&mut payload, *time);
            payload.push(lane);
            text_of(&mut payload, item);
        }
        frame(&payload)
    }

    /// Connects and greets; gives the connection and up to where the collector has the lane.
    ///
    /// # Errors
    /// When nobody takes the connection or the answer is no Welcome.
    pub fn connect(&self, socket: &Path, lane: u64) -> io::Result<(UnixStream, Option<u64>)> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(&self.hello())?;
        match answer(&mut stream)? {
            Answer::Welcome(known) => {
                let own = known
                    .iter()
                    .find(|one| (one.0, one.1) == (self.epoch, lane));
                Ok((stream, own.map(|one| one.2)))
            }
            other => Err(io::Error::other(format!("no Welcome but {other:?}"))),
        }
    }

    /// Sends documents until all are acknowledged, connecting again as often as that needs; gives
    /// up after `attempts` connections that led to nothing.
    ///
    /// # Errors
    /// The last one, when it gave up.
    pub fn deliver(
        &self,
        socket: &Path,
        documents: &[String],
        size: usize,
        attempts: usize,
    ) -> io::Result<()> {
        let batch = |range: Range<usize>| self.findings(range.start as u64, &documents[range]);
        self.deliver_lane(socket, (0, documents.len()), size, attempts, &batch)
    }

    /// The same with records, each with its time.
    ///
    /// # Errors
    /// The last one, when it gave up.
    pub fn deliver_records(
        &self,
        socket: &Path,
        records: &[(u64, Vec<u8>)],
        size: usize,
        attempts: usize,
    ) -> io::Result<()> {
        let batch = |range: Range<usize>| self.records(range.start as u64, &records[range]);
        self.deliver_lane(socket, (1, records.len()), size, attempts, &batch)
    }

    fn deliver_lane(
        &self,
        socket: &Path,
        lane: (u64, usize),
        size: usize,
        attempts: usize,
        batch: &dyn Fn(Range<usize>) -> Vec<u8>,
    ) -> io::Result<()> {
        let mut failed = 0;
        let mut best = None;
        loop {
            match self.attempt(socket, lane, size, batch, &mut best) {
                Ok(()) => return Ok(()),
                Err((error, moved)) => {
                    failed = if moved { 0 } else { failed + 1 };
                    if failed >= attempts {
                        return Err(error);
                    }
                    // Nobody listens for a moment after a kill.
                    std::thread::park_timeout(Duration::from_millis(20));
                }
            }
        }
    }

    fn attempt(
        &self,
        socket: &Path,
        (lane, total): (u64, usize),
        size: usize,
        batch: &dyn Fn(Range<usize>) -> Vec<u8>,
        best: &mut Option<u64>,
    ) -> Result<(), (io::Error, bool)> {
        let total = total as u64;
        let connected = self.connect(socket, lane);
        let (mut stream, known) = connected.map_err(|error| (error, false))?;
        let mut moved = known > *best;
        *best = (*best).max(known);
        let mut next = known.map_or(0, |through| through + 1);
        let mut acknowledged = next;
        let mut in_flight = 0;
        while acknowledged < total {
            while in_flight < WINDOW && next < total {
                let end = (next as usize + size).min(total as usize);
                let batch = batch(next as usize..end);
                stream.write_all(&batch).map_err(|error| (error, moved))?;
                next = end as u64;
                in_flight += 1;
            }
            match answer(&mut stream).map_err(|error| (error, moved))? {
                Answer::Ack(epoch, of, through) if (epoch, of) == (self.epoch, lane) => {
                    acknowledged = through + 1;
                    in_flight = (next - acknowledged).div_ceil(size as u64);
                    moved = true;
                    *best = (*best).max(Some(through));
                }
                Answer::Bye(code, text) => {
                    return Err((io::Error::other(format!("bye {code}: {text}")), moved));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The next frame from the collector.
///
/// # Errors
/// When the connection ends or says what no collector says.
pub fn answer(stream: &mut UnixStream) -> io::Result<Answer> {
    let mut header = [0; 4];
    stream.read_exact(&mut header)?;
    let mut payload = vec![0; u32::from_le_bytes(header) as usize];
    stream.read_exact(&mut payload)?;
    let mut rest = payload.as_slice();
    let answer = match read(&mut rest)? {
        1 => {
            let _version = read(&mut rest)?;
            let mut known = Vec::new();
            for _ in 0..read(&mut rest)? {
                known.push((read(&mut rest)?, read(&mut rest)?, read(&mut rest)?));
            }
            Answer::Welcome(known)
        }
        3 => Answer::Ack(read(&mut rest)?, read(&mut rest)?, read(&mut rest)?),
        4 => Answer::Heartbeat,
        5 => {
            let code = read(&mut rest)?;
            let _length = read(&mut rest)?;
            Answer::Bye(code, String::from_utf8_lossy(rest).into_owned())
        }
        7 => {
            let (hosts, days) = (read(&mut rest)?, read(&mut rest)?);
            let mut answers = Vec::new();
            for _ in 0..read(&mut rest)? {
                let mut pattern = [0; 16];
                rest.read_exact(&mut pattern)?;
                answers.push((pattern, read(&mut rest)?, read(&mut rest)?));
            }
            Answer::Known(hosts, days, answers)
        }
        other => return Err(io::Error::other(format!("frame {other}"))),
    };
    Ok(answer)
}

/// A payload with its length.
#[must_use]
pub fn frame(payload: &[u8]) -> Vec<u8> {
    [&(payload.len() as u32).to_le_bytes(), payload].concat()
}

fn number(payload: &mut Vec<u8>, value: u64) {
    let bytes = value.to_le_bytes();
    match value {
        0..=250 => payload.push(bytes[0]),
        251..=0xffff => {
            payload.push(251);
            payload.extend_from_slice(&bytes[..2]);
        }
        0x1_0000..=0xffff_ffff => {
            payload.push(252);
            payload.extend_from_slice(&bytes[..4]);
        }
        _ => {
            payload.push(253);
            payload.extend_from_slice(&bytes);
        }
    }
}

fn text_of(payload: &mut Vec<u8>, text: &[u8]) {
    number(payload, text.len() as u64);
    payload.extend_from_slice(text);
}

fn read(rest: &mut &[u8]) -> io::Result<u64> {
    let mut first = [0];
    rest.read_exact(&mut first)?;
    let size = match first[0] {
        251 => 2,
        252 => 4,
        253 => 8,
        small => return Ok(small.into()),
    };
    let mut bytes = [0; 8];
    rest.read_exact(&mut bytes[..size])?;
    Ok(u64::from_le_bytes(bytes))
}

/// Batches without an acknowledgement.
const WINDOW: u64 = 16;

/// Longest wait for the collector: it may be waiting for its disk.
const PATIENCE: Duration = Duration::from_mins(1);
