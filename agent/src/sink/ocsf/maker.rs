//! What a program's file and its system say of it, in OCSF's terms.
//!
//! Step: sink. OCSF's file has a place for the name that the maker gave and for the company, its
//! process for the integrity; the rest goes where OCSF has no place.

use correlator::{Behind, ProcessSummary};

use super::convert::regular_file;
use super::document::{File, Participant};
use crate::sink::escape::lossless;

/// The file of a process's program.
pub(super) fn program(process: &ProcessSummary) -> Option<File> {
    let path = process.image.as_deref()?;
    let maker = process.maker.as_deref();
    let text = |text: Option<&std::sync::Arc<[u8]>>| text.map(|text| lossless(text));
    Some(File {
        internal_name: text(maker.and_then(|maker| maker.original_name.as_ref())),
        company_name: text(maker.and_then(|maker| maker.company.as_ref())),
        ..regular_file(path, None)
    })
}

/// OCSF's number and word for a label of integrity.
pub(super) fn integrity(label: Option<&str>) -> Option<(u32, String)> {
    let label = label?;
    let level = label.strip_prefix("S-1-16-");
    let level = level.and_then(|level| level.parse::<u32>().ok());
    let Some(level) = level else {
        return Some((OTHER, label.to_owned()));
    };
    // A label may lie between two of the usual ones; it has all rights of the lower.
    let (number, word) = match level {
        0..4096 => (1, "Untrusted"),
        4096..8192 => (2, "Low"),
        8192..12_288 => (3, "Medium"),
        12_288..16_384 => (4, "High"),
        16_384..20_480 => (5, "System"),
        20_480.. => (6, "Protected"),
    };
    Some((number, word.to_owned()))
}

/// Adds what OCSF has no place for.
pub(super) fn describe(participant: &mut Participant, process: &ProcessSummary) {
    match process.behind {
        Some(Behind::Creator(key)) => participant.creator_pid = Some(key.pid),
        Some(Behind::Responsible(key)) => participant.responsible_pid = Some(key.pid),
        None => {}
    }
    let Some(maker) = process.maker.as_deref() else {
        return;
    };
    let texts = maker.map(|text| lossless(text));
    participant.product = texts.product;
    participant.signing_id = texts.signing_id;
    participant.team_id = texts.team_id;
    participant.signed = texts.signed;
    participant.system_program = texts.of_system;
}

/// A label that OCSF has no number for.
const OTHER: u32 = 99;
