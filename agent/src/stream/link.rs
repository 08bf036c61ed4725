//! The connection to the collector: made, kept, and made again.
//!
//! Step: sink. One thread with a runtime of its own. Invariants: it sends what the spool has, in
//! order and findings first, with a bounded number of batches on their way; it reads and writes at
//! the same time, so that a collector that takes nothing for a while can still say that it is
//! there. Every change of its state is said once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use platform::host::{LocalSocket, identity};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, split};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::Shared;
use super::backoff::Backoff;
use crate::config;
use crate::spool::random;
use crate::wire::{
    self, Ask, Bye, ByeCode, Bytes, Frame, FrameReader, Heartbeat, Hello, Lane, WINDOW, WireError,
};

/// What the thread works with.
pub(super) struct Link {
    shared: Arc<Shared>,
    settings: config::Stream,
    agent: [u8; 16],
    stopping: watch::Receiver<bool>,
    /// The last complaint that was said.
    complaint: Option<String>,
}

/// Why a connection ended.
enum End {
    /// Everything that can be delivered is, and the agent stops.
    Done,
    /// Something else; it is tried again.
    Broken(String),
}

impl Link {
    pub(super) fn new(
        shared: Arc<Shared>,
        settings: config::Stream,
        agent: [u8; 16],
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            shared,
            settings,
            agent,
            stopping,
            complaint: None,
        }
    }

    /// Works until the stop.
    pub(super) fn work(mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        match runtime {
            Ok(runtime) => runtime.block_on(self.keep()),
            Err(error) => self.complain(format!("nothing is streamed: no runtime: {error}")),
        }
    }

    async fn keep(&mut self) {
        let mut backoff = Backoff::default();
        loop {
            let welcomed = self.shared.counters.welcomed.load(Ordering::Relaxed);
            match self.converse().await {
                End::Done => return,
                End::Broken(why) => self.complain(why),
            }
            if *self.stopping.borrow() {
                return;
            }
            if self.shared.counters.welcomed.load(Ordering::Relaxed) > welcomed {
                backoff.reset();
            }
            tokio::select! {
                () = sleep(backoff.next(random())) => {}
                _ = self.stopping.changed() => {}
            }
        }
    }

    /// Says what is wrong, unless that was the last thing said.
    fn complain(&mut self, why: String) {
        if self.complaint.as_ref() != Some(&why) {
            let waits = "what is to be streamed waits in the spool";
            self.shared.console.say(&format!("{why}; {waits}"));
            self.complaint = Some(why);
        }
    }

    /// One connection from its beginning to its end.
    async fn converse(&mut self) -> End {
        let path = self.settings.address.clone();
        let named = |what: &str| format!("collector {}: {what}", path.display());
        let connecting = LocalSocket::connect(&path, &self.settings.collector_uids);
        let socket = match timeout(PATIENCE, connecting).await {
            Ok(Ok(socket)) => socket,
            Ok(Err(error)) => return End::Broken(error.to_string()),
            Err(_) => return End::Broken(named("it does not take the connection")),
        };
        let mut session = Session {
            shared: Arc::clone(&self.shared),
            batch_bytes: self.settings.batch_bytes,
            reader: FrameReader::default(),
            outgoing: self.hello(),
            written: 0,
            in_flight: Vec::new(),
            welcomed: false,
            version: 0,
            heard: Instant::now(),
            spoke: Instant::now(),
        };
        let outcome = session.run(socket, &mut self.stopping).await;
        let connected = &self.shared.counters.connected;
        connected.store(false, Ordering::Relaxed);
        if session.welcomed {
            self.complaint = None;
        }
        match outcome {
            Ok(()) => End::Done,
            Err(why) => End::Broken(named(&why)),
        }
    }

    fn hello(&self) -> Vec<u8> {
        let who = identity();
        let bytes = |text: Option<String>| Bytes::owned(text.unwrap_or_default().into_bytes());
        let spool = self.shared.spool();
        wire::encode(&Frame::Hello(Hello {
            agent: self.agent,
            epoch: spool.epoch(),
            oldest_epoch: spool.oldest_epoch(),
            host: bytes(who.host),
            system: who.system.to_owned(),
            release: bytes(who.release),
            boot: bytes(who.boot),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            ..Hello::of_this_version()
        }))
    }
}

/// One connection.
struct Session {
    shared: Arc<Shared>,
    batch_bytes: usize,
    reader: FrameReader,
    /// The frame that is being written, and how much of it is.
    outgoing: Vec<u8>,
    written: usize,
    /// The last position of each batch that is on its way.
    in_flight: Vec<(Lane, u64, u64)>,
    welcomed: bool,
    /// The version that both ends speak.
    version: u16,
    heard: Instant,
    spoke: Instant,
}

impl Session {
    async fn run(
        &mut self,
        socket: LocalSocket,
        stopping: &mut watch::Receiver<bool>,
    ) -> Result<(), String> {
        let (mut from, mut to) = split(socket);
        let mut buffer = vec![0; 64 << 10];
        let mut said_bye = false;
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        loop {
            if self.written == self.outgoing.len() {
                if said_bye {
                    return Ok(());
                }
                self.outgoing.clear();
                self.written = 0;
                if self.welcomed {
                    said_bye = self.fill(*stopping.borrow())?;
                }
            }
            let pending = self.written < self.outgoing.len();
            let room = self.in_flight.len() < WINDOW;
            let shared = Arc::clone(&self.shared);
            tokio::select! {
                read = from.read(&mut buffer) => match read {
                    Ok(0) => return Err("it closed the connection".to_owned()),
                    Ok(length) => self.hear(&buffer[..length])?,
                    Err(error) => return Err(format!("reading: {error}")),
                },
                wrote = to.write(&self.outgoing[self.written..]), if pending => {
                    self.wrote(wrote)?;
                }
                () = shared.wake.notified(), if self.welcomed && room && !pending => {}
                _ = tick.tick() => self.check_silence()?,
                changed = stopping.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn wrote(&mut self, wrote: io::Result<usize>) -> Result<(), String> {
        match wrote {
            Ok(length) => {
                self.written += length;
                self.spoke = Instant::now();
                Ok(())
            }
            Err(error) => Err(format!("writing: {error}")),
        }
    }

    /// Puts the next frame together, if there is one to send; says whether it is the last.
    fn fill(&mut self, stopping: bool) -> Result<bool, String> {
        if self.version >= wire::ASKS_SINCE
            && let Some(patterns) = self.shared.asking.next()
        {
            self.outgoing = wire::encode(&Frame::Ask(Ask { patterns }));
            return Ok(false);
        }
        let mut spool = self.shared.spool();
        if self.in_flight.len() < WINDOW {
            for lane in Lane::ALL {
                let next = spool.next(lane, self.batch_bytes);
                let Some(chunk) = next.map_err(|error| error.to_string())? else {
                    continue;
                };
                let last = chunk.first + chunk.number as u64 - 1;
                self.in_flight.push((lane, chunk.epoch, last));
                let sent = &self.shared.counters.sent;
                sent.fetch_add(chunk.number as u64, Ordering::Relaxed);
                self.outgoing =
                    wire::batch(chunk.epoch, lane, chunk.first, chunk.number, &chunk.items);
                return Ok(false);
            }
        }
        if stopping && self.in_flight.is_empty() {
            self.outgoing = wire::encode(&Frame::Bye(Bye {
                code: ByeCode::STOPPING,
                text: "the agent stops".to_owned(),
            }));
            return Ok(true);
        }
        if self.spoke.elapsed() >= HEARTBEAT {
            self.outgoing = wire::encode(&Frame::Heartbeat(Heartbeat {
                losses: spool.losses(),
                waiting: spool.waiting(),
            }));
        }
        Ok(false)
    }

    fn check_silence(&self) -> Result<(), String> {
        let patience = if self.welcomed { SILENCE } else { PATIENCE };
        if self.heard.elapsed() > patience {
            return Err(format!("silent for {} seconds", patience.as_secs()));
        }
        Ok(())
    }

    /// Takes in what the collector sent.
    fn hear(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.heard = Instant::now();
        self.reader.push(bytes);
        loop {
            let named = |error: WireError| error.to_string();
            let Some(payload) = self.reader.next_payload().map_err(named)? else {
                return Ok(());
            };
            match wire::decode(payload).map_err(named)? {
                Frame::Welcome(welcome) if !self.welcomed => {
                    if !(wire::OLDEST..=wire::VERSION).contains(&welcome.version) {
                        return Err(format!("it speaks protocol version {}", welcome.version));
                    }
                    let mut spool = self.shared.spool();
                    for position in welcome.acknowledged {
                        spool.acknowledge(position);
                    }
                    spool.rewind();
                    self.shared.asking.rewind();
                    self.version = welcome.version;
                    self.welcomed = true;
                    let connected = &self.shared.counters.connected;
                    connected.store(true, Ordering::Relaxed);
                    let welcomed = &self.shared.counters.welcomed;
                    if welcomed.fetch_add(1, Ordering::Relaxed) == 0 {
                        self.shared.console.say("the collector takes the stream");
                    } else {
                        self.shared
                            .console
                            .say("the collector takes the stream again");
                    }
                }
                Frame::Ack(position) if self.welcomed => {
                    self.shared.spool().acknowledge(position);
                    self.in_flight.retain(|(lane, epoch, last)| {
                        *lane != position.lane
                            || (*epoch, *last) > (position.epoch, position.through)
                    });
                }
                Frame::Known(known) if self.version >= wire::ASKS_SINCE => {
                    if !self.shared.asking.answered(known) {
                        return Err("it answered what nobody asked".to_owned());
                    }
                }
                Frame::Heartbeat(_) => {}
                Frame::Bye(Bye { code, text }) => {
                    return Err(format!("it ends the connection ({}): {text}", code.name()));
                }
                _ => return Err("it sent a frame that may not come here".to_owned()),
            }
        }
    }
}

/// Longest wait for a connection and for the first answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Longest silence of the collector.
const SILENCE: Duration = Duration::from_mins(1);

/// After so much silence of its own an agent says that it is there.
const HEARTBEAT: Duration = Duration::from_secs(10);
