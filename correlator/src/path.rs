//! Reading paths as bytes: joining, parents, names, extensions, on every system's notation.
//!
//! Step: correlate. Purely lexical: links are not followed, because the source tells resolved
//! paths; `.` and `..` are folded only in what command lines give. Windows takes its names in any
//! case and with either slash, so its paths are compared by their [`key`]; a path of its is told
//! by its drive or by two back slashes, with which none of Unix begins. What macOS links for everybody
//! (`/tmp` is `/private/tmp`) is the same. Nothing here judges a place.

use std::borrow::Cow;

pub(crate) use crate::catalogue::base_name;
use crate::catalogue::shortest;

/// Whether a path starts from a root, in either notation.
pub(crate) fn is_absolute(path: &[u8]) -> bool {
    match path {
        [b'/' | b'\\', ..] => true,
        [drive, b':', b'/' | b'\\', ..] => drive.is_ascii_alphabetic(),
        _ => false,
    }
}

/// Whether a path begins as only those of Windows do: with a drive, or as one of the network.
pub(crate) fn is_windows(path: &[u8]) -> bool {
    match path {
        [b'\\', b'\\', ..] => true,
        [drive, b':', rest @ ..] => {
            drive.is_ascii_alphabetic() && matches!(rest.first(), None | Some(b'/' | b'\\'))
        }
        _ => false,
    }
}

/// What two names of one file have in common: the path itself, of Windows in lower case and with
/// back slashes, of macOS the shortest.
pub(crate) fn key(path: &[u8]) -> Cow<'_, [u8]> {
    let path = shortest(path);
    let folds = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'/';
    if is_windows(path) && path.iter().any(folds) {
        path.iter().map(|&byte| fold(byte)).collect()
    } else {
        Cow::Borrowed(path)
    }
}

/// Whether two paths name the same file.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    let (one, other) = (shortest(one), shortest(other));
    one.len() == other.len() && rest_after(one, other).is_some()
}

/// What follows in `path` after `beginning`; none where it begins otherwise.
pub(crate) fn rest_after<'p>(path: &'p [u8], beginning: &[u8]) -> Option<&'p [u8]> {
    let (path, beginning) = (shortest(path), shortest(beginning));
    let (start, rest) = path.split_at_checked(beginning.len())?;
    let alike = start == beginning
        || (is_windows(path)
            && start
                .iter()
                .zip(beginning)
                .all(|(one, other)| fold(*one) == fold(*other)));
    alike.then_some(rest)
}

/// The name of a file's alternate stream (`C:\\a.txt:b.cab` has `b.cab`), on Windows.
pub(crate) fn stream(path: &[u8]) -> Option<&[u8]> {
    let name = is_windows(path).then(|| base_name(path))?;
    let at = name.iter().position(|&byte| byte == b':')?;
    // `a.txt::$DATA` is the file itself.
    let stream = name[at + 1..].split(|&byte| byte == b':').next()?;
    (at > 0 && !stream.is_empty()).then_some(stream)
}

/// The share that a path of the network is on (`\\\\host\\share\\x` has `share`).
pub(crate) fn share(path: &[u8]) -> Option<&[u8]> {
    let rest = path.strip_prefix(b"\\\\")?;
    let rest = match rest {
        [b'?', b'\\', unc @ ..] => unc.strip_prefix(b"UNC\\")?,
        [b'.', b'\\', ..] => return None,
        rest => rest,
    };
    let mut components = rest.split(|byte| matches!(byte, b'\\' | b'/'));
    let host = components.next()?;
    let share = components.next()?;
    (!host.is_empty() && !share.is_empty()).then_some(share)
}

/// `given` as a program that works in `directory` means it; `None` where that is not known.
pub(crate) fn resolved<'p>(directory: Option<&[u8]>, given: &'p [u8]) -> Option<Cow<'p, [u8]>> {
    if given.is_empty() {
        return None;
    }
    if is_windows(given) {
        return Some(resolved_on_windows(given));
    }
    if let Some(directory) = directory.filter(|directory| is_windows(directory)) {
        let mut joined = match given {
            // From the root of the same drive.
            [b'/' | b'\\', ..] => directory[..2].to_vec(),
            _ => directory.to_vec(),
        };
        if !joined.ends_with(b"\\") && !given.starts_with(b"\\") && !given.starts_with(b"/") {
            joined.push(b'\\');
        }
        joined.extend_from_slice(given);
        return Some(resolved_on_windows(&joined).into_owned().into());
    }
    if is_absolute(given) {
        return Some(if is_plain(given) {
            Cow::Borrowed(given)
        } else {
            folded(given).into()
        });
    }
    let directory = directory?;
    let mut joined = Vec::with_capacity(directory.len() + 1 + given.len());
    joined.extend_from_slice(directory);
    if !directory.ends_with(b"/") {
        joined.push(b'/');
    }
    joined.extend_from_slice(given);
    Some(if is_plain(&joined) {
        joined.into()
    } else {
        folded(&joined).into()
    })
}

/// The directory that holds the path's last component; `None` for a root or a bare name.
pub(crate) fn parent(path: &[u8]) -> Option<&[u8]> {
    let at = path
        .iter()
        .rposition(|&byte| byte == b'/' || byte == b'\\')?;
    if path.len() == 1 {
        return None;
    }
    Some(if at == 0 { &path[..1] } else { &path[..at] })
}

/// The path itself, then its parents up to the root.
pub(crate) fn ancestors(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(path), |path| parent(path))
}

/// Whether `path` is `directory` or lies below it.
pub(crate) fn is_within(path: &[u8], directory: &[u8]) -> bool {
    let directory = match directory {
        [shorter @ .., b'/'] => shorter,
        [shorter @ .., b'\\'] if is_windows(directory) => shorter,
        whole => whole,
    };
    rest_after(path, directory)
        .is_some_and(|rest| matches!(rest.first(), None | Some(b'/' | b'\\')))
}

/// The extension of the last component, without dot; a leading dot makes a hidden name, not an
/// extension.
pub(crate) fn extension(path: &[u8]) -> Option<&[u8]> {
    let name = base_name(path);
    let at = name.iter().rposition(|&byte| byte == b'.')?;
    (at > 0 && at + 1 < name.len()).then(|| &name[at + 1..])
}

/// A whole path of Windows with back slashes alone and without empty, `.` and `..` components.
fn resolved_on_windows(path: &[u8]) -> Cow<'_, [u8]> {
    let root = if path.starts_with(b"\\\\") { 2 } else { 3 };
    let Some((start, rest)) = path.split_at_checked(root) else {
        return Cow::Borrowed(path);
    };
    let is_slash = |byte: &u8| matches!(byte, b'/' | b'\\');
    let odd = |component: &[u8]| matches!(component, b"" | b"." | b"..");
    let plain = start.ends_with(b"\\")
        && !rest.contains(&b'/')
        && (rest.is_empty() || !rest.split(is_slash).any(odd));
    if plain {
        return Cow::Borrowed(path);
    }
    let mut kept: Vec<&[u8]> = Vec::new();
    for component in rest.split(is_slash) {
        match component {
            b"" | b"." => {}
            b".." => drop(kept.pop()),
            component => kept.push(component),
        }
    }
    let mut folded = start[..root - 1].to_vec();
    folded.push(b'\\');
    folded.extend(kept.join(&b'\\'));
    folded.into()
}

/// A byte of a path as Windows compares it.
fn fold(byte: u8) -> u8 {
    match byte {
        b'/' => b'\\',
        byte => byte.to_ascii_lowercase(),
    }
}

/// Whether nothing in the path needs folding.
fn is_plain(path: &[u8]) -> bool {
    let mut components = path.split(|&byte| byte == b'/');
    components.next();
    let mut last_was_empty = false;
    for component in components {
        if last_was_empty || component == b"." || component == b".." {
            return false;
        }
        last_was_empty = component.is_empty();
    }
    !last_was_empty || path.len() == 1
}

/// Without empty, `.` and `..` components.
fn folded(path: &[u8]) -> Vec<u8> {
    let mut folded: Vec<u8> = Vec::with_capacity(path.len());
    for component in path.split(|&byte| byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." => {
                let end = folded.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
                folded.truncate(end);
            }
            component => {
                if path.starts_with(b"/") || !folded.is_empty() {
                    folded.push(b'/');
                }
                folded.extend_from_slice(component);
            }
        }
    }
    if folded.is_empty() && path.starts_with(b"/") {
        folded.push(b'/');
    }
    folded
}

#[cfg(test)]
mod tests;
