//! `packhound doctor`: what this host can and cannot see, and why.
//!
//! Step: none. It attaches for a moment and takes no record.

use platform::SurveyLine;
use platform::host::survey;

use crate::arguments::Doctor;
use crate::config::Settings;
use crate::sink::{diagnosis, look, print};
use crate::state::{Archive, StateError};

/// Runs the command.
pub(super) fn doctor(arguments: &Doctor) -> anyhow::Result<()> {
    let settings = super::settings(&arguments.configured)?;
    let mut survey = survey(&super::options(&settings));
    survey.lines.push(linked_code(&settings));
    let text = if arguments.json {
        diagnosis::json(&survey)?
    } else {
        diagnosis::text(&survey, look())
    };
    Ok(print(&text)?)
}

/// What is known of packing code in this host's executables.
fn linked_code(settings: &Settings) -> SurveyLine {
    let known = Archive::open(&settings.state.path).and_then(|archive| archive.scans());
    let (ok, detail) = match known {
        Ok((scans, about)) => {
            let with_code = scans.iter().filter(|scan| !scan.code.is_empty()).count();
            let last = about.map_or_else(String::new, |about| format!("; the last run: {about}"));
            let files = scans.len();
            (
                true,
                format!("{files} executables looked into, {with_code} hold packing code{last}"),
            )
        }
        Err(StateError::Absent(_)) => (true, "no executable was looked into yet".to_owned()),
        Err(error) => (false, error.to_string()),
    };
    SurveyLine {
        name: "linked-in code".to_owned(),
        ok,
        detail,
        remedy: None,
    }
}
