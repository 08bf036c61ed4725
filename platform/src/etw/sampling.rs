//! By which name a closed file is opened on Windows.
//!
//! Step: source. The file is opened by its name after it was closed, so it may be another one by
//! then: what was opened must have the place that was asked for. Network shares are left alone: a
//! look must never wait for another host.

/// The name by which a file is opened, taken as it is; none where it is not to be opened.
#[must_use]
pub fn opened_as(path: &str) -> Option<String> {
    let bytes = path.as_bytes();
    if path.contains('\0') {
        return None;
    }
    if let [letter, b':', b'\\', ..] = bytes
        && letter.is_ascii_alphabetic()
    {
        return Some(format!(r"\\?\{path}"));
    }
    // A volume without a letter; other devices may wait for ever, or do what nobody asked for.
    let is_volume = path
        .get(..VOLUME.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(VOLUME));
    is_volume.then(|| format!(r"\\?\GLOBALROOT{path}"))
}

/// Whether the system's name of what was opened is that of what was asked for. Streams of a file
/// are not a part of the place.
#[must_use]
pub fn is_same_place(wanted: &str, found: &str) -> bool {
    let found = found.strip_prefix(r"\\?\").unwrap_or(found);
    let found = found.strip_prefix("GLOBALROOT").unwrap_or(found);
    without_stream(wanted).to_lowercase() == without_stream(found).to_lowercase()
}

/// Whether a part of the name may be one of the short names that a directory keeps beside the long
/// ones.
#[must_use]
pub fn is_shortened(path: &str) -> bool {
    without_stream(path).contains('~')
}

/// The name without what follows a colon in its last part.
fn without_stream(path: &str) -> &str {
    let name = path.rfind('\\').map_or(0, |at| at + 1);
    match path[name..].find(':') {
        Some(at) if name > 0 => &path[..name + at],
        _ => path,
    }
}

/// What volumes' names begin with.
const VOLUME: &str = r"\Device\HarddiskVolume";

#[cfg(test)]
mod tests;
