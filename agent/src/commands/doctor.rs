//! `packhound doctor`: what this host can and cannot see, and why.
//!
//! Step: none. It attaches for a moment and takes no record.

use platform::host::survey;

use crate::arguments::Doctor;
use crate::sink::{diagnosis, look, print};

/// Runs the command.
pub(super) fn doctor(arguments: &Doctor) -> anyhow::Result<()> {
    let settings = super::settings(&arguments.configured)?;
    let survey = survey(&super::options(&settings));
    let text = if arguments.json {
        diagnosis::json(&survey)?
    } else {
        diagnosis::text(&survey, look())
    };
    Ok(print(&text)?)
}
