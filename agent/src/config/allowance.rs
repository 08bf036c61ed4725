//! Reads one allowed piece of work (`[[detection.process_allowlist]]` and its kin).
//!
//! Step: none; serves the configuration. What makes an allowance safe is the correlator's rule;
//! here it is only told with its place.

use correlator::{Allowance, AllowanceParts, Text};

use super::section::Section;

/// Reads the entries of a list of allowances.
pub(super) fn read(section: &mut Section<'_, '_>, key: &'static str, target: &mut Vec<Allowance>) {
    let mut allowances = Vec::new();
    section.sections(key, |entry| {
        let mut name = None;
        let mut parts = AllowanceParts::default();
        text(entry, "name", &mut name);
        text(entry, "path", &mut parts.path);
        text(entry, "parent", &mut parts.parent);
        text(entry, "user", &mut parts.user);
        text(entry, "destination", &mut parts.destination);
        let name = name.ok_or("an allowance needs a `name`, which its findings then show")?;
        let allowance = Allowance::new(name, parts).map_err(|error| error.to_string())?;
        allowances.push(allowance);
        Ok(())
    });
    if !allowances.is_empty() {
        *target = allowances;
    }
}

fn text(section: &mut Section<'_, '_>, key: &'static str, target: &mut Option<Text>) {
    section.checked(key, "a text in quotes", |value| {
        *target = Some(Text::from(value.as_text()?));
        Some(())
    });
}
