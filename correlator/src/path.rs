//! Reading paths as bytes: joining, parents, names, extensions, on every system's notation.
//!
//! Step: correlate. Purely lexical: links are not followed, because the source tells resolved
//! paths; `.` and `..` are folded only in what command lines give. Nothing here judges a place.

use std::borrow::Cow;

pub(crate) use crate::catalogue::base_name;

/// Whether a path starts from a root, in either notation.
pub(crate) fn is_absolute(path: &[u8]) -> bool {
    match path {
        [b'/' | b'\\', ..] => true,
        [drive, b':', b'/' | b'\\', ..] => drive.is_ascii_alphabetic(),
        _ => false,
    }
}

/// `given` as a program that works in `directory` means it; `None` where that is not known.
pub(crate) fn resolved<'p>(directory: Option<&[u8]>, given: &'p [u8]) -> Option<Cow<'p, [u8]>> {
    if given.is_empty() {
        return None;
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
    if !directory.ends_with(b"/") && !directory.ends_with(b"\\") {
        joined.push(if directory.contains(&b'\\') {
            b'\\'
        } else {
            b'/'
        });
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
    let directory = directory.strip_suffix(b"/").unwrap_or(directory);
    path.strip_prefix(directory)
        .is_some_and(|rest| matches!(rest.first(), None | Some(b'/' | b'\\')))
}

/// The extension of the last component, without dot; a leading dot makes a hidden name, not an
/// extension.
pub(crate) fn extension(path: &[u8]) -> Option<&[u8]> {
    let name = base_name(path);
    let at = name.iter().rposition(|&byte| byte == b'.')?;
    (at > 0 && at + 1 < name.len()).then(|| &name[at + 1..])
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
