//! The connection to the servers: made when it is wanted, watched, and made anew.
//!
//! Step: sink. Invariants: whoever waits for an answer learns at once when the connection breaks; a
//! connection that does not come back by itself is given up, so that the next one reads the
//! credentials again.

use std::time::Duration;

use anyhow::{Context as _, bail};
use async_nats::connection::State;
use async_nats::jetstream::{self, context::ContextBuilder};
use async_nats::{Client, Event};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::login::Target;

/// The connection, or the wish for one.
pub(super) struct Connection {
    target: Target,
    client: Option<Client>,
    jetstream: Option<jetstream::Context>,
    /// Counts how often the connection broke.
    breaks: watch::Receiver<u64>,
    broken: watch::Sender<u64>,
    /// Since when the client looks for a server.
    looking: Option<Instant>,
}

impl Connection {
    pub(super) fn new(target: Target) -> Self {
        let (broken, breaks) = watch::channel(0);
        Self {
            target,
            client: None,
            jetstream: None,
            breaks,
            broken,
            looking: None,
        }
    }

    /// Changes whenever the connection breaks.
    pub(super) fn breaks(&self) -> watch::Receiver<u64> {
        self.breaks.clone()
    }

    /// What to publish through, where the servers can be reached.
    pub(super) async fn jetstream(&mut self) -> anyhow::Result<jetstream::Context> {
        let named = || format!("NATS {}", self.target.servers);
        if let Some(client) = &self.client {
            let patience = Instant::now() + COMING_BACK;
            while client.connection_state() != State::Connected && Instant::now() < patience {
                sleep(GLANCE).await;
            }
            if client.connection_state() != State::Connected {
                let since = *self.looking.get_or_insert_with(Instant::now);
                if since.elapsed() > GIVING_UP {
                    self.client = None;
                    self.jetstream = None;
                }
                bail!("{}: no connection to any server; is it running?", named());
            }
        }
        self.looking = None;
        if let (Some(_), Some(jetstream)) = (&self.client, &self.jetstream) {
            return Ok(jetstream.clone());
        }
        let broken = self.broken.clone();
        let options = self.target.options().with_context(named)?;
        let options = options.event_callback(move |event| {
            if matches!(event, Event::Disconnected | Event::Closed) {
                broken.send_modify(|number| *number += 1);
            }
            std::future::ready(())
        });
        let addresses = self.target.addresses()?;
        let connecting = timeout(CONNECTING, options.connect(addresses)).await;
        let client = connecting
            .map_err(|_| anyhow::anyhow!("no connection within {} s", CONNECTING.as_secs()))
            .and_then(|connected| connected.map_err(anyhow::Error::from))
            .with_context(named)?;
        let jetstream = ContextBuilder::new()
            .timeout(ANSWER)
            .ack_timeout(ANSWER)
            .max_ack_inflight(2 * super::publisher::IN_FLIGHT)
            .build(client.clone());
        self.client = Some(client);
        self.jetstream = Some(jetstream.clone());
        Ok(jetstream)
    }
}

/// How long an attempt waits for a connection that is being made again.
const COMING_BACK: Duration = Duration::from_secs(1);

/// Time between two looks at it.
const GLANCE: Duration = Duration::from_millis(10);

/// After so long without a server the client is made anew, from the files.
const GIVING_UP: Duration = Duration::from_secs(20);

/// Longest time for a first connection.
const CONNECTING: Duration = Duration::from_secs(8);

/// Longest wait for an answer.
pub(super) const ANSWER: Duration = Duration::from_secs(5);
