//! Opens the spool and begins to stream.
//!
//! Step: sink, wired. Shared by the daemon and by a replay that streams.

use anyhow::Context as _;
use platform::Duty;

use crate::config::Settings;
use crate::sink::{Console, reconcile};
use crate::spool::{Spool, random};
use crate::state::Store;
use crate::stream::{Stream, Tap};

/// Opens the spool, says what was lost in it, and starts the stream, whose threads have this duty.
pub(super) fn start(
    settings: &Settings,
    store: &Store,
    console: &Console,
    duty: Duty,
) -> anyhow::Result<(Stream, Tap)> {
    let (mut spool, lost) = Spool::open(&settings.spool)?;
    for loss in lost {
        let items = loss
            .items
            .map_or("an unknown number of".to_owned(), |n| n.to_string());
        console.say(&format!(
            "spool: {} items of {} lost, {} bytes damaged in {}",
            items,
            loss.lane.name(),
            loss.bytes,
            loss.place
        ));
    }
    let taken = reconcile(&mut spool, store, &settings.state)?;
    if taken > 0 {
        console.say(&format!(
            "{taken} findings were spooled and not kept; they are now"
        ));
    }
    let saved = store.saved(AGENT)?.and_then(|saved| saved.try_into().ok());
    let agent = if let Some(agent) = saved {
        agent
    } else {
        let agent = (u128::from(random()) << 64 | u128::from(random())).to_le_bytes();
        store.save(AGENT, &agent)?;
        agent
    };
    Stream::start(spool, &settings.stream, agent, console.clone(), duty)
        .context("cannot start the threads that stream")
}

/// The name of the agent's identifier in the state.
const AGENT: &str = "agent";
