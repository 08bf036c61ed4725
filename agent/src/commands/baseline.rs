//! `packhound baseline`: what the daemon has learned to be usual on this host.
//!
//! Step: none. It reads the saved state beside a running daemon, or without one; what the daemon
//! learned since it last saved is not in it yet.

use crate::arguments::Baseline;
use crate::enrich::Enricher;
use crate::pipeline::Pipeline;
use crate::sink::{SNAPSHOT, habits, look, print};
use crate::state::Archive;

/// Runs the command.
pub(super) fn baseline(arguments: &Baseline) -> anyhow::Result<()> {
    let (Baseline::Show(configured) | Baseline::Export(configured)) = arguments;
    let settings = super::settings(configured)?;
    let archive = Archive::open(&settings.state.path)?;
    let mut pipeline = Pipeline::new(Enricher::recorded(), super::judgement(&settings)?);
    if let Some(saved) = archive.saved(SNAPSHOT)? {
        pipeline.restore(&saved)?;
    }
    let learned = pipeline.habits();
    let text = match arguments {
        Baseline::Show(_) => habits::text(&learned, look()),
        Baseline::Export(_) => habits::json_lines(&learned)?,
    };
    Ok(print(&text)?)
}
