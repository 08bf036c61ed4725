//! Sessions of Event Tracing for Windows: started, listened to, ended.
//!
//! Step: source. What they are is in [`crate::etw::plan`]; this calls the system. Invariants: a
//! session that was started is ended by its name whatever fails afterwards; one of ours that an
//! earlier run left behind is ended and started anew.

mod control;
mod listener;

use std::sync::Arc;
use std::thread::JoinHandle;

use crate::etw::plan::{SESSIONS, SessionPlan};
use crate::etw::trouble::{self, Refusal};
use crate::etw::{Intake, Lost};
use crate::source::SourceError;
use control::Told;
use listener::Listener;

/// Sessions that run. Dropping them ends them.
pub(super) struct Sessions {
    running: Vec<Running>,
}

struct Running {
    lane: usize,
    plan: &'static SessionPlan,
    thread: Option<JoinHandle<()>>,
    told: Told,
}

/// How starting a session went.
pub(super) struct Outcome {
    /// Its lane.
    pub(super) lane: usize,
    /// What kept it from starting.
    pub(super) failed: Option<String>,
}

impl Sessions {
    /// Starts all sessions.
    ///
    /// # Errors
    /// When one that is essential does not start; those that did are ended.
    pub(super) fn start(intake: &Arc<Intake>) -> Result<(Self, Vec<Outcome>), SourceError> {
        let mut sessions = Self {
            running: Vec::new(),
        };
        let mut outcomes = Vec::new();
        for (lane, plan) in SESSIONS.iter().enumerate() {
            let failed = match start(lane, plan, intake) {
                Ok(running) => {
                    sessions.running.push(running);
                    None
                }
                Err(error) if plan.essential => return Err(error),
                Err(error) => Some(error.to_string()),
            };
            outcomes.push(Outcome { lane, failed });
        }
        Ok((sessions, outcomes))
    }

    /// Asks for what was there before the sessions. Gives what could not be asked.
    pub(super) fn ask_for_rundown(&self) -> Vec<String> {
        let mut failed = Vec::new();
        for running in &self.running {
            for provider in running.plan.providers.iter().filter(|plan| plan.rundown) {
                if let Err(code) = control::capture_state(running.plan.name, provider) {
                    let what = format!("asking {} for what is open already", provider.name);
                    failed.push(trouble::error(&what, code).to_string());
                }
            }
        }
        failed
    }

    /// What each session has lost since the last time.
    pub(super) fn losses(&mut self) -> Vec<(usize, Lost)> {
        let mut losses = Vec::new();
        for running in &mut self.running {
            if let Ok(told) = control::query(running.plan.name) {
                losses.push((running.lane, told.since(running.told)));
                running.told = told;
            }
        }
        losses
    }

    /// Ends the sessions; what their buffers hold is handed over before this returns.
    pub(super) fn stop(&mut self) -> Result<(), SourceError> {
        let mut outcome = Ok(());
        for running in &mut self.running {
            if let Err(code) = control::stop(running.plan.name) {
                let what = format!("ending the session {}", running.plan.name);
                outcome = outcome.and(Err(trouble::error(&what, code)));
            }
        }
        for mut running in self.running.drain(..) {
            let thread = running.thread.take();
            if outcome.is_ok() {
                // It ends by itself once the session has ended and its buffers are empty.
                let _ = thread.map(JoinHandle::join);
            }
        }
        outcome
    }
}

impl Drop for Sessions {
    fn drop(&mut self) {
        // What stays is taken over by the next start.
        let _ = self.stop();
    }
}

/// Starts a session, in place of one that an earlier run left behind.
fn start(
    lane: usize,
    plan: &'static SessionPlan,
    intake: &Arc<Intake>,
) -> Result<Running, SourceError> {
    let mut outcome = attempt(lane, plan, intake, true);
    if matches!(&outcome, Err(code) if Refusal::of(*code) == Refusal::Exists) {
        let what = format!("taking over the session {}", plan.name);
        control::stop(plan.name).map_err(|code| trouble::error(&what, code))?;
        outcome = attempt(lane, plan, intake, true);
    }
    if matches!(&outcome, Err(code) if Refusal::of(*code) == Refusal::Invalid) {
        // Older systems have no filters by number; they send more, which is passed over.
        outcome = attempt(lane, plan, intake, false);
    }
    outcome.map_err(|code| trouble::error(&format!("starting the session {}", plan.name), code))
}

/// Starts a session and a thread that listens to it; the error is the system's number.
fn attempt(
    lane: usize,
    plan: &'static SessionPlan,
    intake: &Arc<Intake>,
    filtered: bool,
) -> Result<Running, i32> {
    let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let processors = u32::try_from(processors).unwrap_or(u32::MAX);
    let handle = control::start(plan, processors)?;
    listen(lane, plan, intake, handle, filtered).inspect_err(|_| {
        // Whatever fails from here on would leave the session behind.
        let _ = control::stop(plan.name);
    })
}

/// Fills a session that was made, and listens to it.
fn listen(
    lane: usize,
    plan: &'static SessionPlan,
    intake: &Arc<Intake>,
    handle: u64,
    filtered: bool,
) -> Result<Running, i32> {
    if !plan.classic {
        for provider in plan.providers {
            control::enable(handle, provider, filtered)?;
        }
    }
    let listener = Listener::open(plan.name, lane, Arc::clone(intake))?;
    let thread = std::thread::Builder::new()
        .name(plan.name.to_owned())
        .spawn(move || listener.listen())
        .map_err(|error| error.raw_os_error().unwrap_or(0))?;
    Ok(Running {
        lane,
        plan,
        thread: Some(thread),
        told: Told::default(),
    })
}
