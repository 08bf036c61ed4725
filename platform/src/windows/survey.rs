//! What this host lets Packhound see.
//!
//! Step: source, for `doctor`.

use super::kernel_source::MISSING;
use crate::survey::{Options, Survey, SurveyLine};

/// Looks at the system.
#[must_use]
pub fn survey(_options: &Options) -> Survey {
    Survey {
        lines: vec![SurveyLine::new(
            "live source",
            false,
            "there is none",
            Some(MISSING),
        )],
        hooks: Vec::new(),
        blind_spots: vec!["everything that happens on this host".to_owned()],
    }
}
