//! Agents that have something to deliver at every kill of whom they deliver to.
//!
//! Step: tests. A round follows each kill, however fast the machine is.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use harness::{Collector, CollectorSettings, FleetAgent, Nats};
use libtest_mimic::Failed;

use crate::ensure;
use crate::nats::texts;
use crate::stream::{documents, each_once};

/// Agents that deliver round by round, so that every kill meets documents to come.
pub(crate) struct Load {
    killed: Arc<AtomicUsize>,
    agents: Vec<std::thread::JoinHandle<std::io::Result<()>>>,
    number: usize,
}

impl Load {
    /// Begins the first round of so many documents for each agent; there is one for each kill, and
    /// one after the last.
    pub(crate) fn start(socket: &Path, kills: usize, per_round: usize) -> Self {
        let killed = Arc::new(AtomicUsize::new(0));
        let number = per_round * (kills + 1);
        let deliver = |agent| {
            let (socket, killed) = (socket.to_owned(), Arc::clone(&killed));
            std::thread::spawn(move || {
                let documents = documents(agent, number as u64);
                (1..=kills + 1).try_for_each(|round| {
                    while killed.load(Ordering::Relaxed) + 1 < round {
                        std::thread::park_timeout(Duration::from_millis(1));
                    }
                    let so_far = &documents[..per_round * round];
                    FleetAgent::new(agent).deliver(&socket, so_far, 50, 1_000)
                })
            })
        };
        let agents = (0..AGENTS).map(deliver).collect();
        Self {
            killed,
            agents,
            number,
        }
    }

    /// Lets the next round begin, once something was killed.
    pub(crate) fn next_round(&self) {
        self.killed.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits for the agents; fails unless each document is everywhere exactly once, in the stream
    /// of `nats`, too, if one is given.
    pub(crate) fn finish(
        self,
        collector: Collector,
        settings: &CollectorSettings,
        nats: Option<&Nats>,
    ) -> Result<(), Failed> {
        for agent in self.agents {
            agent.join().map_err(|_| "an agent panicked")??;
        }
        let (status, _) = collector.stop()?;
        ensure(status.success(), || settings.log())?;
        let expected = (0..AGENTS).flat_map(|agent| documents(agent, self.number as u64));
        let expected: BTreeSet<String> = expected.collect();
        each_once(&settings.lines()?, &expected)?;
        match nats {
            Some(nats) => each_once(&texts(nats, "packhound-findings")?, &expected),
            None => Ok(()),
        }
    }
}

const AGENTS: u64 = 4;
