//! The sending half of a connection.
//!
//! Step: sink. It never makes the receiving half wait, and an agent that does not read is left.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

use crate::wire::{self, Acknowledged, Bye, ByeCode, Frame, Heartbeat, Lane};

/// What the sending half is told.
pub(super) enum Say {
    /// A frame to send.
    Frame(Vec<u8>),
    /// The last words.
    Bye(ByeCode, String),
}

/// The sending half: answers, acknowledgements (the last of those that wait stands for all), and a
/// heartbeat when there is nothing to say.
pub(super) async fn speak(
    mut to: impl AsyncWrite + Unpin,
    mut said: UnboundedReceiver<Say>,
    mut acknowledged: UnboundedReceiver<Acknowledged>,
    in_flight: Arc<AtomicUsize>,
    patience: Duration,
) -> io::Result<()> {
    loop {
        let mut frames = Vec::new();
        let mut last = false;
        tokio::select! {
            biased;
            Some(position) = acknowledged.recv() => {
                let mut latest: [Option<Acknowledged>; 2] = [None; 2];
                let mut number = 0;
                let mut next = Some(position);
                while let Some(position) = next {
                    number += 1;
                    latest[usize::from(position.lane == Lane::Telemetry)] = Some(position);
                    next = acknowledged.try_recv().ok();
                }
                in_flight.fetch_sub(number, Ordering::Relaxed);
                for position in latest.into_iter().flatten() {
                    frames.extend(wire::encode(&Frame::Ack(position)));
                }
            }
            say = said.recv() => match say {
                Some(Say::Frame(frame)) => frames = frame,
                Some(Say::Bye(code, text)) => {
                    frames = wire::encode(&Frame::Bye(Bye { code, text }));
                    last = true;
                }
                None => return Ok(()),
            },
            () = tokio::time::sleep(HEARTBEAT) => {
                frames = wire::encode(&Frame::Heartbeat(Heartbeat::default()));
            }
        }
        match timeout(patience, to.write_all(&frames)).await {
            Ok(outcome) => outcome?,
            // It does not read; it will be noticed as silent.
            Err(_) => return Ok(()),
        }
        if last {
            return to.shutdown().await;
        }
    }
}

/// After so much silence of its own the collector says that it is there.
const HEARTBEAT: Duration = Duration::from_secs(10);
