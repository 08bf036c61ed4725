//! Which bytes of a closed file are looked at, and by which name it is opened.
//!
//! Step: source. The file is opened by its name after it was closed, so it may be another one by
//! then: what was opened must have the place that was asked for, and must not have been written
//! since. Network shares are left alone: a look must never wait for another host.

/// Pieces of a file of this size: offsets and lengths of head, middle and tail.
#[must_use]
pub fn pieces(size: u64) -> [(u64, usize); 3] {
    let head = usize::try_from(size).map_or(HEAD, |size| size.min(HEAD));
    if size <= HEAD as u64 {
        return [(0, head), (0, 0), (0, 0)];
    }
    let middle = size / 2 / HEAD as u64 * HEAD as u64;
    let rest = usize::try_from(size - middle).unwrap_or(HEAD);
    [
        (0, head),
        (middle, rest.min(HEAD)),
        (size - TAIL as u64, TAIL),
    ]
}

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

/// Whether a file that was last written at one time and closed at another is still as it was then.
/// Times are nanoseconds since 1970; a file system may round its own up to two seconds.
#[must_use]
pub fn is_unchanged(written: u64, closed: u64) -> bool {
    written <= closed.saturating_add(ROUNDING)
}

/// What volumes' names begin with.
const VOLUME: &str = r"\Device\HarddiskVolume";

const ROUNDING: u64 = 2_000_000_000;

/// Bytes at the beginning, and in the middle.
const HEAD: usize = 512;

/// Bytes at the end.
const TAIL: usize = 256;

#[cfg(test)]
mod tests;
