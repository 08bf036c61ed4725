//! Reads `[detection]`: every knob that the ATT&CK analytics leave to the operator.
//!
//! Step: none; serves the configuration. The knobs' meaning and defaults are the correlator's.

use std::ops::RangeInclusive;
use std::time::Duration;

use correlator::{Knobs, Text};

use super::allowance;
use super::section::Section;

/// Reads the section into `knobs`, which hold the defaults before.
pub(super) fn read(section: &mut Section<'_, '_>, knobs: &mut Knobs) {
    section.texts(
        "archive_extensions",
        &mut knobs.archive_extensions,
        extension,
    );
    section.texts("archive_commands", &mut knobs.archive_commands, file_name);
    section.texts(
        "suspicious_directories",
        &mut knobs.suspicious_directories,
        directory,
    );
    section.texts(
        "staging_directories",
        &mut knobs.staging_directories,
        directory,
    );
    section.texts("archive_paths", &mut knobs.archive_paths, directory);
    section.texts(
        "monitored_libraries",
        &mut knobs.monitored_libraries,
        file_name,
    );
    section.texts(
        "file_extension_filter",
        &mut knobs.file_extension_filter,
        extension,
    );
    let megabytes = &mut knobs.file_size_threshold_mb;
    section.integer("file_size_threshold_mb", 1..=1_048_576, megabytes);
    section.duration("time_window", WINDOW, &mut knobs.time_window);
    let threshold = &mut knobs.payload_entropy_threshold;
    section.number("payload_entropy_threshold", 0.0..=8.0, threshold);
    section.section("user_context", |section| {
        let context = &mut knobs.user_context;
        let below = &mut context.service_accounts_below;
        section.integer("service_accounts_below", 0..=u32::MAX, below);
        section.boolean("root_without_terminal", &mut context.root_without_terminal);
        section.texts("users", &mut context.users, user);
    });
    section.section("user_threshold", |section| {
        let threshold = &mut knobs.user_threshold;
        section.integer("files", 1..=1_000_000_000, &mut threshold.files);
        section.integer("bytes", 1..=1 << 50, &mut threshold.bytes);
    });
    allowance::read(section, "process_allowlist", &mut knobs.process_allowlist);
    let utilities = &mut knobs.allowed_archive_utilities;
    allowance::read(section, "allowed_archive_utilities", utilities);
    allowance::read(section, "library_allowlist", &mut knobs.library_allowlist);
    allowance::read(section, "script_allowlist", &mut knobs.script_allowlist);
    allowance::read(section, "allowed_apps", &mut knobs.allowed_apps);
}

/// An extension, kept in lower case; a dot in front is what people write, so it is taken off.
fn extension(text: &str) -> Result<Text, &'static str> {
    let bare = text.strip_prefix('.').unwrap_or(text).to_lowercase();
    if bare.is_empty() || bare.contains(['/', '\\', '*']) {
        return Err("an extension such as \"zip\"");
    }
    Ok(Text::from(bare))
}

fn file_name(text: &str) -> Result<Text, &'static str> {
    if text.is_empty() || text.contains(['/', '\\']) {
        return Err("a file's name without its directory");
    }
    Ok(Text::from(text))
}

/// A glob of a place; a relative one would match nothing that a kernel tells.
fn directory(text: &str) -> Result<Text, &'static str> {
    let absolute = text.starts_with(['/', '*', '\\', '?']) || text.get(1..2) == Some(":");
    if !absolute {
        return Err("an absolute path or a glob such as \"/srv/**/out\"");
    }
    Ok(Text::from(text))
}

fn user(text: &str) -> Result<Text, &'static str> {
    if text.is_empty() {
        return Err("a user's name");
    }
    Ok(Text::from(text))
}

/// A shorter window would part the steps of one packing; a longer one holds every process of days.
const WINDOW: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(24);
