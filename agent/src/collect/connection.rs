//! One agent's connection: greeted, read frame by frame, and ended by name when it errs.
//!
//! Step: sink. Invariants: a frame's memory is asked for only after its length was checked and the
//! common budget has room for it; nothing waits for an agent without a limit; whatever an agent
//! sends, the outcome is an item, or one named error and the end of this connection alone.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use platform::host::{LocalSocket, Peer};
use serde::de::IgnoredAny;
use tokio::io::{AsyncRead, AsyncReadExt as _, split};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

use super::beats::Beats;
use super::journal::Entry;
use super::nats::{self, Fleet};
use super::speaking::{Say, speak};
use super::writer::{Batch, Work};
use super::{Counters, Patience};
use crate::config::duration;
use crate::sink::Console;
use crate::sink::escape::lossless;
use crate::wire::{
    self, Acknowledged, Ask, ByeCode, Content, Frame, HEADER, Hello, Lane, WINDOW, Welcome,
    WireError,
};

/// What all connections share.
pub(super) struct Common {
    pub(super) writer: crossbeam_channel::Sender<Work>,
    /// Bytes of frames that may be in memory.
    pub(super) budget: Arc<Semaphore>,
    pub(super) console: Console,
    pub(super) counters: Arc<Counters>,
    /// What the fleet knows, where everything is published, too.
    pub(super) fleet: Option<Fleet>,
    pub(super) patience: Patience,
}

/// Why a connection ends.
#[derive(Debug)]
pub(super) enum Ending {
    /// The agent ended it in order.
    Orderly,
    /// The agent broke the protocol.
    Offence(ByeCode, String),
    /// The system ended it.
    Broken(io::Error),
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Orderly => f.write_str("it ended in order"),
            Self::Offence(code, text) => write!(f, "{}: {text}", code.name()),
            Self::Broken(error) => write!(f, "broken: {error}"),
        }
    }
}

/// Serves one connection to its end.
pub(super) async fn converse(socket: LocalSocket, peer: Peer, common: Arc<Common>) {
    let (from, to) = split(socket);
    let (say, said) = unbounded_channel();
    let (acknowledge, acknowledged) = unbounded_channel();
    let in_flight = Arc::new(AtomicUsize::new(0));
    let silence = common.patience.silence;
    let speaking = speak(to, said, acknowledged, Arc::clone(&in_flight), silence);
    let speaking = tokio::spawn(speaking);
    let mut listener = Listener {
        from,
        common: Arc::clone(&common),
        acknowledge,
        say: say.clone(),
        in_flight,
        asking: Arc::default(),
        name: peer.to_string(),
        beats: Beats::default(),
        last: [None; 2],
    };
    let ending = listener.listen().await;
    if let Ending::Offence(code, text) = &ending {
        let _ = say.send(Say::Bye(*code, text.clone()));
    }
    if !matches!(ending, Ending::Orderly) {
        common.counters.end(match &ending {
            Ending::Offence(code, _) => code.name(),
            Ending::Broken(_) | Ending::Orderly => "broken",
        });
        common.console.say(&format!(
            "agent {}: connection ended: {ending}",
            listener.name
        ));
    }
    drop(say);
    drop(listener);
    // The goodbye has its time; an agent that does not read it is left.
    let _ = timeout(FAREWELL, speaking).await;
}

struct Listener<R> {
    from: R,
    common: Arc<Common>,
    acknowledge: UnboundedSender<Acknowledged>,
    say: UnboundedSender<Say>,
    in_flight: Arc<AtomicUsize>,
    /// A question waits for its answer.
    asking: Arc<AtomicBool>,
    name: String,
    beats: Beats,
    /// The last position of each lane that came.
    last: [Option<(u64, u64)>; 2],
}

impl<R: AsyncRead + Unpin> Listener<R> {
    async fn listen(&mut self) -> Ending {
        match self.converse().await {
            Ok(()) => Ending::Orderly,
            Err(ending) => ending,
        }
    }

    async fn converse(&mut self) -> Result<(), Ending> {
        let greeting = self.frame(self.common.patience.frame, "no Hello").await?;
        let Some((payload, _permit)) = greeting else {
            return Ok(());
        };
        let hello = match wire::decode(&payload) {
            Ok(Frame::Hello(hello)) => hello,
            Ok(_) => return Err(offence(ByeCode::VERSION, "its first frame is no Hello")),
            Err(error @ (WireError::Magic | WireError::Version { .. })) => {
                return Err(offence(ByeCode::VERSION, &error.to_string()));
            }
            Err(error) => return Err(offence(ByeCode::MALFORMED, &error.to_string())),
        };
        let agent = self.greet(&hello).await?;
        let version = hello.common_version();
        let host: Arc<[u8]> = (&*hello.host).into();
        drop(payload);
        loop {
            let Some((payload, permit)) =
                self.frame(self.common.patience.silence, "nothing").await?
            else {
                return Ok(());
            };
            let frame = wire::decode(&payload)
                .map_err(|error| offence(ByeCode::MALFORMED, &error.to_string()))?;
            match frame {
                Frame::Batch(batch) => {
                    self.common.counters.batches.fetch_add(1, Ordering::Relaxed);
                    if self.in_flight.fetch_add(1, Ordering::Relaxed) >= WINDOW {
                        let text = format!("more than {WINDOW} batches without an Ack");
                        return Err(offence(ByeCode::WINDOW, &text));
                    }
                    self.check_order(&batch)?;
                    let turned = self.turn(agent, &host, &batch, permit)?;
                    let sent = self.common.writer.send(Work::Batch(turned));
                    if sent.is_err() {
                        return Err(Ending::Broken(io::Error::other("the writer has ended")));
                    }
                }
                Frame::Heartbeat(beat) => {
                    self.beats.take(beat, &self.name, &self.common.console)?;
                }
                Frame::Ask(ask) if version >= wire::ASKS_SINCE => self.asked(agent, ask)?,
                Frame::Bye(_) => return Ok(()),
                Frame::Hello(_)
                | Frame::Welcome(_)
                | Frame::Ack(_)
                | Frame::Ask(_)
                | Frame::Known(_) => {
                    let text = "a frame that may not come here";
                    return Err(offence(ByeCode::UNEXPECTED, text));
                }
            }
        }
    }

    /// Asks the writer what it has of the agent, and says so.
    async fn greet(&mut self, hello: &Hello<'_>) -> Result<[u8; 16], Ending> {
        self.name = format!("{} ({})", lossless(&hello.host), self.name);
        let (answer, answered) = oneshot::channel();
        let greet = Work::Greet {
            agent: hello.agent,
            oldest: hello.oldest_epoch,
            answer,
        };
        let ended = || Ending::Broken(io::Error::other("the writer has ended"));
        self.common.writer.send(greet).map_err(|_| ended())?;
        let acknowledged = answered.await.map_err(|_| ended())?;
        let welcome = wire::encode(&Frame::Welcome(Welcome {
            version: hello.common_version(),
            acknowledged,
        }));
        let _ = self.say.send(Say::Frame(welcome));
        if let Some(fleet) = &self.common.fleet {
            fleet.present(hello.agent);
        }
        Ok(hello.agent)
    }

    /// Has a question answered; the answer does not keep batches waiting.
    fn asked(&self, agent: [u8; 16], ask: Ask) -> Result<(), Ending> {
        if ask.patterns.is_empty() || ask.patterns.len() > wire::MAX_PATTERNS {
            let text = format!("{} patterns in an Ask", ask.patterns.len());
            return Err(offence(ByeCode::UNEXPECTED, &text));
        }
        if self.asking.swap(true, Ordering::Relaxed) {
            return Err(offence(ByeCode::WINDOW, "a second Ask without a Known"));
        }
        let (say, asking) = (self.say.clone(), Arc::clone(&self.asking));
        let fleet = self.common.fleet.clone();
        tokio::spawn(async move {
            let known = match fleet {
                Some(fleet) => fleet.known(agent, ask.patterns).await,
                None => wire::Known::default(),
            };
            asking.store(false, Ordering::Relaxed);
            // The agent may be gone.
            let _ = say.send(Say::Frame(wire::encode(&Frame::Known(known))));
        });
        Ok(())
    }

    /// The next frame's payload; none when the agent closed between frames.
    async fn frame(
        &mut self,
        patience: Duration,
        missing: &str,
    ) -> Result<Option<(Vec<u8>, tokio::sync::OwnedSemaphorePermit)>, Ending> {
        let mut header = [0; HEADER];
        let silent = || {
            let text = format!("{missing} for {}", duration::format(patience));
            offence(ByeCode::SILENT, &text)
        };
        let first = timeout(patience, self.from.read(&mut header[..1])).await;
        if first.map_err(|_| silent())?.map_err(Ending::Broken)? == 0 {
            return Ok(None);
        }
        let slow = self.common.patience.frame;
        read_rest(&mut self.from, &mut header[1..], slow).await?;
        let length = wire::payload_length(header)
            .map_err(|error| offence(ByeCode::LENGTH, &error.to_string()))?;
        let budget = Arc::clone(&self.common.budget);
        let permit = budget.acquire_many_owned(length as u32).await;
        let permit = permit.map_err(|_| Ending::Broken(io::Error::other("stopping")))?;
        let mut payload = vec![0; length];
        read_rest(&mut self.from, &mut payload, slow).await?;
        let received = &self.common.counters.received;
        received.fetch_add((HEADER + length) as u64, Ordering::Relaxed);
        Ok(Some((payload, permit)))
    }

    fn check_order(&mut self, batch: &wire::Batch<'_>) -> Result<(), Ending> {
        let last = &mut self.last[usize::from(batch.lane == Lane::Telemetry)];
        let number = batch.items.len() as u64;
        let end = batch.first.checked_add(number - 1);
        let Some(end) = end.filter(|_| last.is_none_or(|last| (batch.epoch, batch.first) > last))
        else {
            let text = "a batch that goes back behind the last one";
            return Err(offence(ByeCode::UNEXPECTED, text));
        };
        *last = Some((batch.epoch, end));
        Ok(())
    }

    /// Checks a batch's items and turns them into what is written.
    fn turn(
        &self,
        agent: [u8; 16],
        host: &Arc<[u8]>,
        batch: &wire::Batch<'_>,
        permit: tokio::sync::OwnedSemaphorePermit,
    ) -> Result<Batch, Ending> {
        let mut bytes = Vec::new();
        let mut ends = Vec::with_capacity(batch.items.len());
        let mut losses = 0;
        let mut reports = Vec::new();
        for (sequence, item) in (batch.first..).zip(&batch.items) {
            match (batch.lane, &item.content) {
                (Lane::Findings, Content::Finding(json)) => {
                    check_json(json)?;
                    if let Some(fleet) = &self.common.fleet {
                        fleet.told(agent, json);
                    }
                    bytes.extend_from_slice(json);
                    bytes.push(b'\n');
                }
                (Lane::Findings, Content::Loss(loss)) => {
                    losses += 1;
                    if self.common.fleet.is_some() {
                        reports.push((ends.len(), nats::loss(item.time, host, loss)));
                    }
                    let items = loss.items.map_or("unknown".to_owned(), |n| n.to_string());
                    self.common.console.say(&format!(
                        "agent {}: lost {items} items of {} ({}, {})",
                        self.name,
                        loss.lane.name(),
                        loss.cause.name(),
                        loss.place
                    ));
                }
                (Lane::Telemetry, Content::Record(record)) => {
                    if ring_abi::decode(record).is_err() {
                        let counter = &self.common.counters.undecodable;
                        counter.fetch_add(1, Ordering::Relaxed);
                    }
                    Entry {
                        agent,
                        epoch: batch.epoch,
                        sequence,
                        time: item.time,
                        host,
                        record,
                    }
                    .write(&mut bytes);
                }
                _ => {
                    let text = "an item of the other lane";
                    return Err(offence(ByeCode::UNEXPECTED, text));
                }
            }
            ends.push(bytes.len() as u32);
        }
        Ok(Batch {
            key: (agent, batch.epoch, batch.lane),
            first: batch.first,
            bytes,
            ends,
            losses,
            host: Arc::clone(host),
            reports,
            _permit: permit,
            acknowledge: self.acknowledge.clone(),
        })
    }
}

/// Reads the rest of what has begun, in time.
async fn read_rest(
    from: &mut (impl AsyncRead + Unpin),
    rest: &mut [u8],
    slow: Duration,
) -> Result<(), Ending> {
    match timeout(slow, from.read_exact(rest)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(Ending::Broken(error)),
        Err(_) => {
            let text = format!("a frame was not complete after {}", duration::format(slow));
            Err(offence(ByeCode::SLOW, &text))
        }
    }
}

/// A line of the output must be one JSON object, whatever the agent sends.
fn check_json(json: &[u8]) -> Result<(), Ending> {
    let object = json.first() == Some(&b'{') && !json.iter().any(|byte| *byte < b' ');
    if object && serde_json::from_slice::<IgnoredAny>(json).is_ok() {
        return Ok(());
    }
    let text = "a finding that is no JSON object in one line";
    Err(offence(ByeCode::UNEXPECTED, text))
}

pub(super) fn offence(code: ByeCode, text: &str) -> Ending {
    Ending::Offence(code, text.to_owned())
}

/// Time for the goodbye.
const FAREWELL: Duration = Duration::from_secs(2);
