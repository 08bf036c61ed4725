//! What the service manager is told while the daemon runs: that it moves, and how it goes.
//!
//! Step: all of them, watched. The thread that takes records tells it itself, between two batches,
//! and only as long as what it hands on is taken further: no timer speaks for a pipeline that
//! stands still. Without a service manager nothing of this happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use platform::host::{notify, watchdog};

use crate::sink::Console;

/// The daemon's signs of life.
#[derive(Debug)]
pub(crate) struct Pulse {
    console: Console,
    /// Longest time between two beats; none where nobody waits for them.
    watchdog: Option<Duration>,
    last_beat: Instant,
    last_status: Option<Instant>,
    motion: Motion,
    ready: bool,
    standing: bool,
}

/// A queue's two counters: what was put in, and what was taken out and dealt with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flow {
    put: Arc<AtomicU64>,
    taken: Arc<AtomicU64>,
}

impl Flow {
    /// One more was put in.
    pub(crate) fn put(&self) {
        self.put.fetch_add(1, Ordering::Relaxed);
    }

    /// So many more were dealt with.
    pub(crate) fn taken(&self, number: u64) {
        self.taken.fetch_add(number, Ordering::Relaxed);
    }

    /// What was put in and taken so far, for [`Pulse::turn`].
    pub(crate) fn levels(&self) -> (u64, u64) {
        // The one that follows is read first, so that it is never ahead.
        let taken = self.taken.load(Ordering::Relaxed);
        (self.put.load(Ordering::Relaxed), taken)
    }
}

/// Whether everything moves, from one look to the next.
#[derive(Debug, Default)]
struct Motion {
    last: Levels,
}

/// What was put in and taken out so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Levels {
    /// Of the kernel's ring.
    pub(crate) ring: (u64, u64),
    /// Of the queue before the disk: of what is to be kept, or of the turns of who writes.
    pub(crate) letters: (u64, u64),
}

impl Levels {
    /// Of a thread that has always something to do: a turn is due from one look to the next.
    pub(crate) fn of_turns(turns: u64) -> Self {
        Self {
            letters: (u64::MAX, turns),
            ..Self::default()
        }
    }
}

impl Motion {
    /// Whether both have moved since the last look. Letters are counted by us, both ends exactly:
    /// none may wait from one look to the next. The kernel counts what it puts into the ring while
    /// we look, so there it is only wrong that more came and nothing was taken.
    fn moves(&mut self, now: Levels) -> bool {
        let last = std::mem::replace(&mut self.last, now);
        let ring = now.ring.0 == last.ring.0 || now.ring.1 > last.ring.1;
        let letters = last.letters.0 == last.letters.1 || now.letters.1 > last.letters.1;
        ring && letters
    }
}

impl Pulse {
    /// Asks the service manager's wishes.
    pub(crate) fn new(console: Console) -> Self {
        Self {
            console,
            watchdog: watchdog(),
            last_beat: Instant::now(),
            last_status: None,
            motion: Motion::default(),
            ready: false,
            standing: false,
        }
    }

    /// The daemon does its work from now on.
    pub(crate) fn ready(&mut self, status: &str) {
        self.ready = true;
        self.last_status = Some(Instant::now());
        self.tell(&format!("READY=1\nSTATUS={status}"));
    }

    /// Whether it was told that the daemon does its work.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready
    }

    /// The configuration is being read anew.
    pub(crate) fn reloading(&self) {
        self.tell("RELOADING=1\nSTATUS=reading the configuration");
    }

    /// The configuration was read; what holds now is in `status`.
    pub(crate) fn reloaded(&self, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={status}"));
    }

    /// The daemon ends.
    pub(crate) fn stopping(&self, status: &str) {
        self.tell(&format!("STOPPING=1\nSTATUS={status}"));
    }

    /// Between two batches: tells that the daemon moves, if it is time and if it does, and now and
    /// then how it goes.
    pub(crate) fn turn(
        &mut self,
        levels: impl FnOnce() -> Levels,
        status: impl FnOnce() -> String,
    ) {
        if let Some(longest) = self.watchdog
            && self.last_beat.elapsed() >= longest / BEATS
        {
            self.last_beat = Instant::now();
            if self.motion.moves(levels()) {
                self.standing = false;
                self.tell("WATCHDOG=1");
            } else if !std::mem::replace(&mut self.standing, true) {
                self.console.say(
                    "what was handed on is not taken: the service manager is not told that all \
                     is well until it is",
                );
            }
        }
        let due = |told: Instant| told.elapsed() >= STATUS;
        if self.ready && self.last_status.is_some_and(due) {
            self.last_status = Some(Instant::now());
            self.tell(&format!("STATUS={}", status()));
        }
    }

    /// A service manager that cannot be reached must not stop the watch.
    fn tell(&self, state: &str) {
        if let Err(error) = notify(state) {
            self.console
                .say(&format!("the service manager cannot be told: {error}"));
        }
    }
}

/// Beats within the longest time: one may be late.
const BEATS: u32 = 3;

/// How often it is told how it goes.
const STATUS: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests;
