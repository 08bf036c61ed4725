//! The live kernel as a source of records, through Event Tracing for Windows.
//!
//! Step: source. Opening it starts the sessions and lists what runs already; polling moves events
//! from the sessions' queue through [`Live`] and hands its records out. Everything that decides is
//! in [`crate::etw`]. After [`Source::close`] the sessions' buffers are emptied, so every event that
//! was delivered becomes a record or is counted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::devices;
use super::etw::Sessions;
use super::looker::Eyes;
use super::system;
use crate::etw::plan::SESSIONS;
use crate::etw::{Intake, Live, LiveBounds, trouble};
use crate::looks::{Looker, wall};
use crate::source::{Progress, Source, SourceError, SourceStats};
use crate::survey::{Hook, HookState, Options, Tier};

/// The live kernel.
pub struct KernelSource {
    intake: Arc<Intake>,
    sessions: Sessions,
    looker: Option<Looker>,
    live: Live,
    hooks: Vec<Hook>,
    notes: std::cell::RefCell<Vec<String>>,
    last_losses: Instant,
    last_volumes: Instant,
    /// A session that is essential was ended by somebody.
    broken: Option<SourceError>,
    closed: bool,
}

impl KernelSource {
    /// Starts the sessions.
    ///
    /// # Errors
    /// `Privilege` when this user may start none, `Unsupported` when the system cannot.
    pub fn open(options: &Options) -> Result<Self, SourceError> {
        let begin = wall();
        let bounds: Vec<usize> = SESSIONS.iter().map(|plan| plan.queue_bytes).collect();
        let intake = Arc::new(Intake::new(&bounds));
        let (sessions, outcomes) = Sessions::start(&intake)?;
        let bell = Arc::clone(&intake);
        let eyes = || {
            let mut eyes = Eyes::default();
            move |want: &_| eyes.look(want)
        };
        let looker = Looker::start(eyes, move || bell.ring());
        let identity = system::identity();
        let mut live = Live::new(
            identity.host.as_deref(),
            identity.boot.as_deref(),
            begin,
            &LiveBounds {
                open_files: OPEN_FILES,
                names: NAMES,
                directories_per_process: options.directories_per_process as usize,
                records_per_second: options.records_per_second,
                looking: looker.is_ok(),
            },
        );
        live.translate(devices::volumes());
        let mut hooks = Vec::new();
        let mut notes = Vec::new();
        for outcome in outcomes {
            let plan = &SESSIONS[outcome.lane];
            if outcome.failed.is_some() {
                live.leave_out(outcome.lane);
            }
            hooks.extend(plan.providers.iter().map(|provider| Hook {
                name: provider.name.to_owned(),
                sees: provider.sees,
                essential: plan.essential,
                state: match &outcome.failed {
                    None => HookState::Attached,
                    Some(why) => HookState::Failed(why.clone()),
                },
            }));
        }
        if let Err(error) = &looker {
            notes.push(format!(
                "no thread for looking at files and processes, so their contents and command lines \
                 stay unknown: {error}"
            ));
        }
        if options.rundown {
            match Eyes::default().running(begin) {
                Ok(running) => {
                    for process in &running {
                        live.runs(process, begin);
                    }
                }
                Err(error) => notes.push(format!("what runs already cannot be listed: {error}")),
            }
            notes.extend(sessions.ask_for_rundown());
        }
        Ok(Self {
            intake,
            sessions,
            looker: looker.ok(),
            live,
            hooks,
            notes: notes.into(),
            last_losses: Instant::now(),
            last_volumes: Instant::now(),
            broken: None,
            closed: false,
        })
    }

    /// Where the hooks stand, on systems with more than one tier.
    #[must_use]
    pub fn tier(&self) -> Option<Tier> {
        None
    }

    /// The hooks and whether they listen.
    #[must_use]
    pub fn hooks(&self) -> &[Hook] {
        &self.hooks
    }

    /// How functions of libraries are watched; else why they are not.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn library_probes(&self) -> Result<&'static str, &str> {
        Err("Windows tells which libraries are loaded, not which of their functions are called")
    }

    /// What there is to say that no counter tells, each once.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.notes.take()
    }

    /// Whether everything that already ran has been handed out.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        // It stands before everything else that is handed out.
        true
    }

    /// Moves events on to where they are records.
    fn turn(&mut self) {
        let now = Instant::now();
        for (lane, plan) in SESSIONS.iter().enumerate() {
            if !self.live.has_room() {
                break;
            }
            let taken = self.intake.take(lane);
            if let Some(code) = taken.ended.filter(|_| !self.closed) {
                let what = format!("listening to the session {}", plan.name);
                // An end without an error is one all the same: nobody here has asked for it.
                let code = if code == 0 { ENDED } else { code };
                let error = trouble::error(&what, code);
                if plan.essential {
                    self.broken.get_or_insert(error);
                } else {
                    self.notes.borrow_mut().push(error.to_string());
                }
            }
            self.live.take(lane, taken, wall());
        }
        if !self.closed && self.last_losses.elapsed() >= LOSSES {
            self.last_losses = now;
            for (lane, lost) in self.sessions.losses() {
                self.live.lost(lane, lost, wall());
            }
        }
        if self.last_volumes.elapsed() >= VOLUMES {
            self.last_volumes = now;
            self.live.translate(devices::volumes());
        }
        self.live.step(wall(), now);
        if let Some(looker) = &self.looker {
            looker.serve(self.live.outgoing());
        }
    }
}

impl Source for KernelSource {
    fn poll(
        &mut self,
        wait: Duration,
        limit: usize,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Progress, SourceError> {
        self.turn();
        let mut records = self.live.outgoing().hand_out(Instant::now(), limit, take);
        if records == 0 && !self.closed {
            // What is held back leaves by the clock, not by a new event.
            let longest = if self.live.is_drained() {
                wait
            } else {
                wait.min(HELD)
            };
            self.intake.wait(longest);
            self.turn();
            records = self.live.outgoing().hand_out(Instant::now(), limit, take);
        }
        if self.closed {
            self.live.end(Instant::now());
            records +=
                self.live
                    .outgoing()
                    .hand_out(Instant::now(), limit.saturating_sub(records), take);
            if records == 0 && self.live.is_drained() {
                return Ok(Progress::Ended);
            }
        }
        match self.broken.take() {
            Some(error) if records == 0 => Err(error),
            broken => {
                self.broken = broken;
                Ok(Progress::Records(records))
            }
        }
    }

    fn stats(&mut self) -> SourceStats {
        self.live.stats()
    }

    fn close(&mut self) -> Result<(), SourceError> {
        if self.closed {
            return Ok(());
        }
        for (lane, lost) in self.sessions.losses() {
            self.live.lost(lane, lost, wall());
        }
        let outcome = self.sessions.stop();
        self.closed = true;
        outcome
    }
}

/// How often the system is asked what it has lost.
const LOSSES: Duration = Duration::from_secs(1);

/// How often it is asked which letters volumes have.
const VOLUMES: Duration = Duration::from_secs(30);

/// How often what is held back is looked at.
const HELD: Duration = Duration::from_millis(20);

/// File objects that are followed: about 300 bytes each.
const OPEN_FILES: usize = 50_000;

/// Names of files that were open before.
const NAMES: usize = 50_000;

/// The system's number for a session that was cancelled.
const ENDED: i32 = 1223;
