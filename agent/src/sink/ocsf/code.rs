//! The packing code of a finding: which function of which library was called, and what is linked in.
//!
//! Step: sink. The sentences of `wording` say it to people; this says the same to machines.

use correlator::{Evidence, Finding, UsePurpose, Weighed};

use super::document::Code;
use crate::sink::escape::lossless;

/// Every piece of evidence that names code, in the order of its weight.
pub(super) fn code(finding: &Finding) -> Vec<Code> {
    finding.evidence.iter().filter_map(one).collect()
}

fn one(weighed: &Weighed) -> Option<Code> {
    let pid = weighed.process.map(|process| process.pid);
    match &weighed.evidence {
        Evidence::LibraryUse {
            family,
            function,
            library,
            purpose,
            uses,
            since,
            format,
            level,
        } => Some(Code {
            known_by: "call".to_owned(),
            family: family.to_string(),
            purpose: purpose_name(*purpose).to_owned(),
            file: library.as_deref().map(lossless),
            function: Some(lossless(function)),
            uses: Some(*uses),
            first_time: Some(since.0 / 1_000_000),
            format: format.as_deref().map(lossless),
            level: *level,
            recognised: None,
            pid,
        }),
        Evidence::LinkedIn {
            family,
            purpose,
            recognised,
            file,
        } => Some(Code {
            known_by: "linked in".to_owned(),
            family: family.to_string(),
            purpose: purpose_name(*purpose).to_owned(),
            file: Some(lossless(file)).filter(|file| !file.is_empty()),
            recognised: Some(recognised.to_string()),
            pid,
            ..Code::default()
        }),
        _ => None,
    }
}

fn purpose_name(purpose: UsePurpose) -> &'static str {
    match purpose {
        UsePurpose::Compress => "compress",
        UsePurpose::Archive => "archive",
        UsePurpose::Encrypt => "encrypt",
    }
}
