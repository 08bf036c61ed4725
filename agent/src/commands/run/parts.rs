//! What the daemon is put together from, each opened and brought to where the last run stopped.
//!
//! Step: all of them, wired. What an earlier run left and cannot be read is said and forgotten,
//! except findings, of which none is forgotten.

use anyhow::Context as _;
use platform::host::Duty;

use crate::arguments::Run;
use crate::config::Settings;
use crate::inspect::Inspector;
use crate::pipeline::Pipeline;
use crate::sink::{Console, Converter, SNAPSHOT, reconcile};
use crate::spool::{Spool, random};
use crate::state::Store;
use crate::stream::{Stream, Tap};

/// Opens the spool and begins to stream, unless that is not wanted.
pub(super) fn stream(
    arguments: &Run,
    settings: &Settings,
    store: &Store,
    console: &Console,
    duty: Duty,
) -> anyhow::Result<Option<(Stream, Tap)>> {
    if arguments.no_stream {
        return Ok(None);
    }
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
        .map(Some)
}

pub(super) fn converter(settings: &Settings) -> Converter {
    Converter {
        show_secrets: settings.output.show_secrets,
    }
}

/// Goes on where the last run stopped; without that, the daemon starts as if for the first time.
pub(super) fn restore(pipeline: &mut Pipeline, store: &Store, console: &Console) {
    let saved = match store.saved(SNAPSHOT) {
        Ok(Some(saved)) => saved,
        Ok(None) => return,
        Err(error) => return console.say(&format!("open activities are forgotten: {error}")),
    };
    if let Err(error) = pipeline.restore(&saved) {
        console.say(&format!(
            "open activities and the baseline of the last run cannot be read and are forgotten: \
             {error}"
        ));
    }
}

/// Looks into executables, beginning with what earlier runs found in them.
pub(super) fn inspector(store: &Store, console: &Console) -> anyhow::Result<Inspector> {
    let kept = store.scans().unwrap_or_else(|error| {
        console.say(&format!(
            "what was found in executables is forgotten: {error}"
        ));
        Vec::new()
    });
    Inspector::start(&kept, console.clone())
        .context("cannot start the thread that looks into executables")
}

/// The name of the agent's identifier in the state.
const AGENT: &str = "agent";
