//! What the daemon watches: this host's kernel, or what another program tells of one.
//!
//! Step: source, chosen. Invariant: of a host that may be another one nothing is looked up here,
//! neither names of users nor executables.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use platform::endpoint::Piped;
use platform::host::{KernelSource, Lookup, identity};
use platform::{HookState, Progress, Source, SourceError, SourceStats};

use crate::arguments::Origin;
use crate::config::Settings;
use crate::enrich::Enricher;
use crate::sink::Console;

/// A source that a daemon takes records from.
pub(super) enum Watched {
    /// This host's kernel.
    Kernel(Box<KernelSource>),
    /// `eslogger`, on standard input.
    Eslogger(Box<Piped>),
}

impl Watched {
    /// Opens what the arguments name.
    pub(super) fn open(origin: Origin, settings: &Settings) -> anyhow::Result<Self> {
        Ok(match origin {
            Origin::Kernel => Self::Kernel(Box::new(super::open_kernel(settings)?)),
            Origin::Eslogger => {
                let identity = identity();
                let host = identity.host.as_deref();
                let boot = identity.boot.as_deref().filter(|_| is_own(origin));
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                let now = now.map_or(0, |now| now.as_nanos() as u64);
                let piped = Piped::start(std::io::stdin(), host, boot, now)
                    .context("cannot start the thread that reads eslogger's messages")?;
                Self::Eslogger(Box::new(piped))
            }
        })
    }

    /// Says what it is blind to, and how much it sees.
    pub(super) fn say(&self, console: &Console) {
        match self {
            Self::Kernel(source) => super::say_hooks(console, source),
            Self::Eslogger(_) => {
                console.say(
                    "watching: eslogger's messages on standard input; blind to network connections, \
                     to the content of files and to library functions being called",
                );
            }
        }
    }

    /// How much it sees, in a few words.
    pub(super) fn attached(&self) -> String {
        match self {
            Self::Kernel(source) => {
                let hooks = source.hooks();
                let attached = hooks
                    .iter()
                    .filter(|hook| hook.state == HookState::Attached);
                let (attached, tier) = (attached.count(), super::tier_of(source));
                format!("{attached} of {} hooks{tier}", hooks.len())
            }
            Self::Eslogger(_) => "eslogger on standard input".to_owned(),
        }
    }

    /// Whether what ran before was told.
    pub(super) fn is_ready(&self) -> bool {
        match self {
            Self::Kernel(source) => source.is_ready(),
            Self::Eslogger(_) => true,
        }
    }

    /// What it has to say beside its counters.
    pub(super) fn notes(&self) -> Vec<String> {
        match self {
            Self::Kernel(source) => source.notes(),
            Self::Eslogger(_) => Vec::new(),
        }
    }

    /// Records that were put into the ring, and those that were taken out.
    pub(super) fn ring_levels(&mut self) -> (u64, u64) {
        let mut levels = (0, 0);
        for kind in self.stats().kinds {
            let dropped: u64 = kind.dropped.iter().map(|(_, count)| count).sum();
            levels.0 += kind.emitted.saturating_sub(dropped);
            levels.1 += kind.delivered;
        }
        levels
    }
}

impl Source for Watched {
    fn poll(
        &mut self,
        wait: Duration,
        limit: usize,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Progress, SourceError> {
        match self {
            Self::Kernel(source) => source.poll(wait, limit, take),
            Self::Eslogger(source) => source.poll(wait, limit, take),
        }
    }

    fn stats(&mut self) -> SourceStats {
        match self {
            Self::Kernel(source) => source.stats(),
            Self::Eslogger(source) => source.stats(),
        }
    }

    fn close(&mut self) -> Result<(), SourceError> {
        match self {
            Self::Kernel(source) => source.close(),
            Self::Eslogger(source) => source.close(),
        }
    }
}

/// Whether what is watched is surely this host: `eslogger` runs on macOS alone, and what it says on
/// another system was sent there.
pub(super) fn is_own(origin: Origin) -> bool {
    match origin {
        Origin::Kernel => true,
        Origin::Eslogger => identity().system == "macos",
    }
}

/// Enriches records of what is watched.
pub(super) fn enricher(origin: Origin) -> Enricher {
    if is_own(origin) {
        Enricher::live(Lookup::new())
    } else {
        Enricher::recorded()
    }
}
