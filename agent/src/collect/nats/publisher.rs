//! Publishes what the writer is about to commit, many messages at a time.
//!
//! Step: sink. Invariants: at most [`IN_FLIGHT`] messages wait for their acknowledgement; a round that
//! failed is made again without the messages that the stream has acknowledged, so that the stream's
//! window of duplicates need only cover those whose acknowledgement was lost on the way; a message
//! that can never be taken is said, counted, and holds nobody up.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use async_nats::HeaderMap;
use async_nats::jetstream::context::PublishAckFuture;
use async_nats::jetstream::message::PublishMessage;
use tokio::sync::{mpsc, watch};

use super::connection::Connection;
use super::login::Target;
use super::message::{self, FINDING, GAP, Message};
use super::prevalence::{Fleet, Settings};
use super::streams;
use super::verdict::{Refusal, Verdict, refusal};
use crate::collect::Counters;
use crate::collect::writer::Batch;
use crate::sink::Console;
use crate::wire::Lane;

/// The writer's end.
pub(in crate::collect) struct Publisher {
    asks: mpsc::Sender<Ask>,
    /// The current round has failed; the rest of it need not be made.
    failed: Arc<AtomicBool>,
    /// Messages of the current group that the stream has, by batch and item.
    settled: HashSet<(usize, usize)>,
    fleet: Fleet,
}

enum Ask {
    Messages(Lane, Vec<Message>),
    End(crossbeam_channel::Sender<Verdict>),
}

impl Publisher {
    /// Starts the thread; it connects when there is something to publish, and at once to say how
    /// it stands.
    pub(in crate::collect) fn start(
        target: &Target,
        console: Console,
        counters: Arc<Counters>,
    ) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start the runtime of publishing")?;
        let (asks, asked) = mpsc::channel(CHUNKS);
        let failed = Arc::new(AtomicBool::new(false));
        let mut connection = Connection::new(target.clone());
        let breaks = connection.breaks();
        let flag = Arc::clone(&failed);
        let target = target.clone();
        let (connected, shared) = watch::channel(None);
        let settings = Settings {
            after: target.prevalence_after,
            replicas: target.replicas,
        };
        let (fleet, keeping) = Fleet::start(settings, shared, console.clone(), &counters);
        std::thread::Builder::new()
            .name("nats".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    let mut thread = Thread {
                        jetstream: None,
                        ensured: Vec::new(),
                        in_flight: VecDeque::new(),
                        verdict: Verdict::default(),
                        failed: flag,
                        breaks,
                        console,
                        counters,
                        target,
                        connected,
                    };
                    tokio::select! {
                        () = thread.work(&mut connection, asked) => {}
                        () = keeping => {}
                    }
                });
            })
            .context("cannot start the thread that publishes")?;
        Ok(Self {
            asks,
            failed,
            settled: HashSet::new(),
            fleet,
        })
    }

    /// What keeps, and tells, what the fleet knows.
    pub(in crate::collect) fn fleet(&self) -> Fleet {
        self.fleet.clone()
    }

    /// Publishes of each batch the items behind the first `skipped`; returns when the stream has
    /// all of them.
    pub(in crate::collect) fn publish(
        &mut self,
        batches: &[Batch],
        fresh: &[(usize, usize)],
    ) -> anyhow::Result<()> {
        let mut order = Vec::new();
        for &(index, skipped) in fresh {
            self.send(&batches[index], index, skipped, &mut order)?;
        }
        if order.is_empty() {
            return Ok(());
        }
        let (reply, answer) = crossbeam_channel::bounded(1);
        let ended = "the thread that publishes has ended";
        self.asks.blocking_send(Ask::End(reply)).context(ended)?;
        let verdict = answer.recv().context(ended)?;
        let settled = verdict.settled.into_iter().map(|number| order[number]);
        self.settled.extend(settled);
        verdict.error.map_or(Ok(()), Err)
    }

    /// A group begins, of which there may be several rounds.
    pub(in crate::collect) fn begin(&mut self) {
        self.settled.clear();
    }

    /// Makes the messages of a batch and hands them on in pieces, which waits while the stream is
    /// slow.
    fn send(
        &self,
        batch: &Batch,
        index: usize,
        skipped: usize,
        order: &mut Vec<(usize, usize)>,
    ) -> anyhow::Result<()> {
        let host = message::token(&batch.host);
        let lane = batch.key.2;
        let mut piece = Vec::new();
        let mut bytes = 0;
        for item in skipped..batch.ends.len() {
            if self.failed.load(Ordering::Relaxed) {
                break;
            }
            if self.settled.contains(&(index, item)) {
                continue;
            }
            let Some((class, payload)) = text(batch, item) else {
                continue;
            };
            bytes += payload.len();
            piece.push(Message {
                number: order.len(),
                subject: message::subject(&class, &host),
                identifier: message::identifier(&batch.key, batch.first + item as u64),
                payload,
            });
            order.push((index, item));
            if bytes >= PIECE_BYTES || piece.len() >= PIECE {
                let full = Ask::Messages(lane, std::mem::take(&mut piece));
                self.asks.blocking_send(full).context("publishing")?;
                bytes = 0;
            }
        }
        if !piece.is_empty() {
            let last = Ask::Messages(lane, piece);
            self.asks.blocking_send(last).context("publishing")?;
        }
        Ok(())
    }
}

/// The class and text of an item.
fn text(batch: &Batch, item: usize) -> Option<(String, Vec<u8>)> {
    if let Some((_, report)) = batch.reports.iter().find(|(at, _)| *at == item) {
        return Some((GAP.to_owned(), report.clone()));
    }
    let begin = item
        .checked_sub(1)
        .map_or(0, |before| batch.ends[before] as usize);
    let bytes = &batch.bytes[begin..batch.ends[item] as usize];
    match batch.key.2 {
        Lane::Findings => {
            let line = bytes.strip_suffix(b"\n")?;
            Some((FINDING.to_owned(), line.to_vec()))
        }
        Lane::Telemetry => message::record(bytes.get(4..)?),
    }
}

/// The thread's end.
struct Thread {
    jetstream: Option<async_nats::jetstream::Context>,
    /// Lanes whose streams were looked at, on this connection.
    ensured: Vec<Lane>,
    in_flight: VecDeque<(usize, String, PublishAckFuture)>,
    verdict: Verdict,
    failed: Arc<AtomicBool>,
    breaks: watch::Receiver<u64>,
    console: Console,
    counters: Arc<Counters>,
    target: Target,
    /// Shows the connection to whoever keeps what the fleet knows.
    connected: watch::Sender<Option<async_nats::jetstream::Context>>,
}

impl Thread {
    async fn work(&mut self, connection: &mut Connection, mut asked: mpsc::Receiver<Ask>) {
        // Tells an operator who has just started it what is wrong, before the first finding does.
        match self.prepare(connection, Lane::Findings).await {
            Ok(()) => {}
            Err(error) => self.console.say(&format!(
                "{error:#}; nothing is acknowledged to agents until that works"
            )),
        }
        while let Some(ask) = asked.recv().await {
            match ask {
                Ask::Messages(lane, messages) => {
                    if self.verdict.error.is_none()
                        && let Err(error) = self.publish(connection, lane, messages).await
                    {
                        self.fail(error);
                    }
                }
                Ask::End(reply) => {
                    self.drain(0).await;
                    self.failed.store(false, Ordering::Relaxed);
                    // The writer waits for it, or has ended.
                    let _ = reply.send(std::mem::take(&mut self.verdict));
                }
            }
        }
    }

    fn fail(&mut self, error: anyhow::Error) {
        self.failed.store(true, Ordering::Relaxed);
        if self.verdict.error.is_none() {
            let failures = &self.counters.publish_failures;
            failures.fetch_add(1, Ordering::Relaxed);
            self.verdict.error = Some(error);
        }
    }

    /// The connection broke: whatever the stream has of what is in flight, it knows again by its
    /// identifiers.
    fn broke(&mut self) {
        self.in_flight.clear();
        self.jetstream = None;
        self.connected.send_replace(None);
        let servers = &self.target.servers;
        self.fail(anyhow::anyhow!("NATS {servers}: the connection broke"));
    }

    /// Makes sure of the connection and of a lane's stream.
    async fn prepare(&mut self, connection: &mut Connection, lane: Lane) -> anyhow::Result<()> {
        if self.jetstream.is_none() {
            self.breaks.mark_unchanged();
            let jetstream = connection.jetstream().await?;
            self.connected.send_replace(Some(jetstream.clone()));
            self.jetstream = Some(jetstream);
        }
        let jetstream = self.jetstream.as_ref().context("it was just made")?;
        if !self.ensured.contains(&lane) {
            streams::ensure(jetstream, &self.target, lane, &self.console)
                .await
                .with_context(|| format!("NATS {}", self.target.servers))?;
            self.ensured.push(lane);
        }
        Ok(())
    }

    async fn publish(
        &mut self,
        connection: &mut Connection,
        lane: Lane,
        messages: Vec<Message>,
    ) -> anyhow::Result<()> {
        self.prepare(connection, lane).await?;
        for message in messages {
            self.drain(IN_FLIGHT - 1).await;
            if self.verdict.error.is_some() {
                return Ok(());
            }
            let jetstream = self.jetstream.as_ref().context("it was just made")?;
            let mut headers = HeaderMap::new();
            headers.insert("Nats-Msg-Id", message.identifier.as_str());
            let bytes = message.payload.len();
            let publish = PublishMessage::build().headers(headers);
            let publish = publish.payload(message.payload.into());
            let sent = tokio::select! {
                sent = jetstream.send_publish(message.subject.clone(), publish) => sent,
                _ = self.breaks.changed() => {
                    self.broke();
                    return Ok(());
                }
            };
            match sent {
                Ok(waiting) => {
                    self.in_flight
                        .push_back((message.number, message.subject, waiting));
                }
                Err(error) => match refusal(error, &message.subject) {
                    Refusal::ForGood(why) => {
                        self.give_up(message.number, &message.subject, bytes, &why);
                    }
                    Refusal::NoStream(error) | Refusal::ForNow(error) | Refusal::Silence(error) => {
                        return Err(error);
                    }
                },
            }
        }
        Ok(())
    }

    /// Waits until at most `most` messages are in flight. After a refusal the others are waited for
    /// all the same: what the stream has must not be published again when its window is over.
    async fn drain(&mut self, most: usize) {
        while self.in_flight.len() > most
            || (self.verdict.error.is_some() && !self.in_flight.is_empty())
        {
            let Some((number, subject, waiting)) = self.in_flight.pop_front() else {
                return;
            };
            let outcome = tokio::select! {
                biased;
                outcome = waiting.into_future() => outcome,
                _ = self.breaks.changed() => return self.broke(),
            };
            match outcome {
                Ok(acknowledged) => {
                    let counter = if acknowledged.duplicate {
                        &self.counters.published_before
                    } else {
                        &self.counters.published
                    };
                    counter.fetch_add(1, Ordering::Relaxed);
                    self.verdict.settled.push(number);
                }
                Err(error) => match refusal(error, &subject) {
                    Refusal::ForGood(why) => self.give_up(number, &subject, 0, &why),
                    Refusal::NoStream(error) => {
                        self.ensured.clear();
                        self.fail(error);
                    }
                    Refusal::ForNow(error) => self.fail(error),
                    Refusal::Silence(error) => {
                        // The others would each be waited for as long.
                        self.in_flight.clear();
                        self.fail(error);
                    }
                },
            }
        }
    }

    /// A message that can never be published: the collector's files have it all the same.
    fn give_up(&mut self, number: usize, subject: &str, bytes: usize, why: &str) {
        let before = self.counters.unpublishable.fetch_add(1, Ordering::Relaxed);
        if before == 0 {
            self.console.say(&format!(
                "NATS: a message of {bytes} bytes for {subject} is {why} and is not published; \
                 further ones are only counted"
            ));
        }
        self.verdict.settled.push(number);
    }
}

/// Messages that wait for their acknowledgement at most.
pub(super) const IN_FLIGHT: usize = 1024;

/// Messages of a piece.
const PIECE: usize = 256;

/// Bytes of a piece, beside its last message.
const PIECE_BYTES: usize = 256 << 10;

/// Pieces that wait for the thread.
const CHUNKS: usize = 4;
