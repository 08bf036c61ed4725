//! Findings as people read them in a terminal.
//!
//! Step: sink. Rendered from the [`Document`] that is told and kept, so that `explain` needs
//! nothing else. It holds no state: what an update adds is found by comparing two documents.

mod layout;
mod maker;
mod parts;

pub(crate) use layout::{Look, Sheet, Tone};

use super::calendar::utc;
use super::ocsf::Document;

/// How much of a finding is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// As it is told: what a person needs to decide whether to look closer.
    Brief,
    /// Everything that is kept.
    Full,
}

/// A finding as a block of lines.
pub(crate) fn block(document: &Document, extent: Extent, look: Look) -> String {
    let mut sheet = Sheet::new(look);
    sheet.line(
        badge(document),
        Tone::Badge(document.severity_id),
        &document.message,
        Tone::Strong,
    );
    sheet.line(
        "",
        Tone::Plain,
        &parts::classification(document),
        Tone::Faint,
    );
    parts::actors(&mut sheet, document, extent);
    parts::outputs(&mut sheet, document, None);
    parts::sources(&mut sheet, document, extent);
    parts::weights(&mut sheet, document, extent, None);
    parts::gaps(&mut sheet, document);
    if extent == Extent::Brief {
        let hint = format!("packhound explain {}", short_uid(document));
        sheet.line("", Tone::Plain, &hint, Tone::Faint);
    } else {
        parts::identity(&mut sheet, document);
    }
    sheet.gap();
    sheet.finish()
}

/// What an update adds to what was told before.
pub(crate) fn update(document: &Document, before: Option<&Document>, look: Look) -> String {
    let Some(before) = before else {
        return block(document, Extent::Brief, look);
    };
    let mut sheet = Sheet::new(look);
    let revision = document.unmapped.packhound.revision;
    let headline = format!(
        "update {revision} of {}: {}",
        short_uid(document),
        document.message
    );
    sheet.line(
        badge(document),
        Tone::Badge(document.severity_id),
        &headline,
        Tone::Strong,
    );
    if before.severity_id != document.severity_id {
        let change = format!(
            "{} before, score {} then and {} now",
            before.severity, before.unmapped.packhound.score, document.unmapped.packhound.score
        );
        sheet.line("", Tone::Plain, &change, Tone::Faint);
    }
    parts::outputs(&mut sheet, document, Some(before));
    parts::weights(&mut sheet, document, Extent::Brief, Some(before));
    if before.unmapped.packhound.gaps != document.unmapped.packhound.gaps {
        parts::gaps(&mut sheet, document);
    }
    sheet.gap();
    sheet.finish()
}

/// One line per finding, the latest first, for choosing one to explain.
pub(crate) fn list(documents: &[Document], look: Look) -> String {
    let mut sheet = Sheet::new(look);
    for document in documents {
        let text = format!(
            "{}  {}  {}",
            short_uid(document),
            utc(document.time),
            document.message
        );
        sheet.line(
            badge(document),
            Tone::Badge(document.severity_id),
            &text,
            Tone::Plain,
        );
    }
    sheet.finish()
}

/// The beginning of the identifier: enough to name a finding of this host.
fn short_uid(document: &Document) -> &str {
    let uid = &document.finding_info.uid;
    uid.get(..8).unwrap_or(uid)
}

/// The severity in at most seven letters.
fn badge(document: &Document) -> &'static str {
    match document.severity_id {
        1 => "INFO",
        2 => "LOW",
        3 => "MEDIUM",
        4 => "HIGH",
        5 => "CRIT",
        _ => "?",
    }
}

#[cfg(test)]
mod tests;
