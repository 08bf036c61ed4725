//! An agent's heartbeats: how many come, and what it says that it lost.
//!
//! Step: sink. A loss is said when it is new, and a flood of heartbeats is an offence.

use std::time::Duration;

use tokio::time::Instant;

use super::connection::{Ending, offence};
use crate::sink::Console;
use crate::wire::{self, ByeCode, Heartbeat};

/// Heartbeats: their number, and the losses that they tell.
pub(super) struct Beats {
    since: Instant,
    number: u32,
    losses: wire::Losses,
}

impl Default for Beats {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            number: 0,
            losses: wire::Losses::default(),
        }
    }
}

impl Beats {
    /// Takes one in; new losses are said.
    ///
    /// # Errors
    /// When they are a flood.
    pub(super) fn take(
        &mut self,
        beat: Heartbeat,
        name: &str,
        console: &Console,
    ) -> Result<(), Ending> {
        if self.since.elapsed() >= FLOOD.1 {
            self.since = Instant::now();
            self.number = 0;
        }
        self.number += 1;
        if self.number > FLOOD.0 {
            let text = format!("{} heartbeats within {} s", self.number, FLOOD.1.as_secs());
            return Err(offence(ByeCode::FLOOD, &text));
        }
        if beat.losses != self.losses {
            let wire::Losses {
                evicted_findings,
                evicted_telemetry,
                damaged,
                overrun,
                unwritten,
            } = beat.losses;
            console.say(&format!(
                "agent {name}: lost since its start: findings evicted {evicted_findings}, \
                 telemetry evicted {evicted_telemetry}, damaged {damaged}, overrun {overrun}, \
                 unwritten {unwritten}; {} bytes wait",
                beat.waiting
            ));
            self.losses = beat.losses;
        }
        Ok(())
    }
}

/// More heartbeats than this within that time are a flood.
const FLOOD: (u32, Duration) = (100, Duration::from_secs(10));
