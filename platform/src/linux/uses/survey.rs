//! Goes through the folders in which a host keeps programs and modules, behind everything else.
//!
//! Step: source. What is found is handed to the thread that sets probes, which never waits for it;
//! files that are loaded meanwhile reach that thread by their records. This thread runs with the
//! lowest priority that still gets on, so a busy host hardly notices it and is looked through
//! later. Nobody waits for its end: it stops at the next file.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use nix::libc;

use super::files::{Found, Identity};
use super::look::{LookError, Site, look};
use super::places::Deeper;
use super::{Shared, describe};

/// A file and what is of interest in it.
pub(super) type Surveyed = (Found, Result<Vec<Site>, LookError>);

/// Starts the thread; files that are `known` are passed by.
pub(super) fn start(
    shared: Arc<Shared>,
    known: HashSet<Identity>,
) -> Result<Receiver<Surveyed>, String> {
    let (results, surveyed) = sync_channel(WAITING);
    std::thread::Builder::new()
        .name("survey".to_owned())
        .spawn(move || survey(&shared, &known, &results))
        .map_err(describe)?;
    Ok(surveyed)
}

fn survey(shared: &Shared, known: &HashSet<Identity>, results: &SyncSender<Surveyed>) {
    step_back();
    let mut deeper = Deeper::new();
    while !deeper.is_done() && !shared.stop.load(Ordering::Acquire) {
        let path = deeper.step().and_then(|path| path.canonicalize().ok());
        let found = path.and_then(|path| Found::open(&path));
        let Some(found) = found.filter(|found| !known.contains(&found.identity)) else {
            continue;
        };
        let sites = look(&found, &shared.counts);
        if results.send((found, sites)).is_err() {
            return;
        }
    }
}

/// Lets every other thread go first.
fn step_back() {
    // SAFETY: the call takes numbers only; 0 is the calling thread. Refusal changes nothing.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, LAST) };
}

/// The niceness that yields most (setpriority(2)); a busy processor still gives it a hundredth.
const LAST: i32 = 19;
/// Files that wait for the thread that sets probes; this one waits when they are more.
const WAITING: usize = 64;
