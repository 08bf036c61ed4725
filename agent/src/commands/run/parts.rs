//! What the daemon is put together from, each opened and brought to where the last run stopped.
//!
//! Step: all of them, wired. What an earlier run left and cannot be read is said and forgotten,
//! except findings, of which none is forgotten.

use anyhow::Context as _;

use crate::config::Settings;
use crate::inspect::Inspector;
use crate::pipeline::Pipeline;
use crate::sink::{Console, Converter, SNAPSHOT};
use crate::state::Store;

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
