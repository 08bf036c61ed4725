//! Base names of programs and libraries, and the tables that find an entry by one.
//!
//! Step: correlate. Invariant: a look-up allocates nothing and costs one hash of the folded base
//! name, then a scan of the few names that are written with `*`. Names compare without case,
//! since Windows and macOS do so and no two Unix programs of the catalogue differ by case alone.
//! This module does not look at directories; `pattern` does.

use rustc_hash::FxHashMap;

use super::component::Glob;

/// The last component of a path in either notation.
pub(crate) fn base_name(path: &[u8]) -> &[u8] {
    let path = path.strip_suffix(b" (deleted)").unwrap_or(path);
    match path.iter().rposition(|&byte| byte == b'/' || byte == b'\\') {
        Some(at) => &path[at + 1..],
        None => path,
    }
}

/// A path of macOS by its shortest name: `/tmp`, `/var` and `/etc` are links into `/private`, and the
/// data volume is seen through the system's. The kernel tells the long names, people type the short
/// ones.
pub(crate) fn shortest(path: &[u8]) -> &[u8] {
    let Some(rest) = path.strip_prefix(b"/") else {
        return path;
    };
    let (rest, path) = match rest.strip_prefix(b"System/Volumes/Data/") {
        Some(rest) => (rest, &path[b"/System/Volumes/Data".len()..]),
        None => (rest, path),
    };
    let Some(linked) = rest.strip_prefix(b"private/") else {
        return path;
    };
    let is_linked = [&b"tmp"[..], b"var", b"etc"].iter().any(|name| {
        let rest = linked.strip_prefix(*name);
        rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'/')))
    });
    if is_linked {
        &path[b"/private".len()..]
    } else {
        path
    }
}

/// A base name in lower case and without `.exe`, on the stack.
pub(crate) struct FoldedName {
    bytes: [u8; MAX_NAME],
    length: usize,
}

impl FoldedName {
    /// Folds the base name of `path`; `None` where no name can be that long.
    pub(crate) fn of(path: &[u8]) -> Option<Self> {
        let base = base_name(path);
        let mut bytes = [0; MAX_NAME];
        let target = bytes.get_mut(..base.len())?;
        target.copy_from_slice(base);
        target.make_ascii_lowercase();
        let length = target.strip_suffix(b".exe").map_or(base.len(), <[u8]>::len);
        Some(Self { bytes, length })
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// The name without a version at its end: `python3.11` is `python`.
    pub(crate) fn without_version(&self) -> &[u8] {
        let name = self.as_bytes();
        let end = name
            .iter()
            .rposition(|byte| !byte.is_ascii_digit() && *byte != b'.' && *byte != b'-')
            .map_or(0, |at| at + 1);
        &name[..end]
    }

    /// The name of a shared library without its version or platform: `libz.so.1.2.13` is
    /// `libz.so`, `libbz2.1.0.dylib` is `libbz2.dylib`, `_bz2.cpython-311-x86_64-linux-gnu.so` is
    /// `_bz2.cpython`.
    pub(crate) fn library_stem(&mut self) -> &[u8] {
        let name = self.as_bytes();
        if let Some(at) = position(name, b".cpython-") {
            self.length = at + b".cpython".len();
        } else if name.ends_with(b".dylib") {
            if let Some(dot) = name.iter().position(|&byte| byte == b'.') {
                let tail = b".dylib";
                self.bytes[dot..dot + tail.len()].copy_from_slice(tail);
                self.length = dot + tail.len();
            }
        } else if let Some(at) = position(name, b".so") {
            self.length = at + b".so".len();
        }
        self.as_bytes()
    }
}

fn position(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

/// Finds a value by base name: exact names by hash, names with `*` or `?` by trying each.
#[derive(Clone, Debug)]
pub(super) struct NameTable<T> {
    exact: FxHashMap<Box<[u8]>, T>,
    globs: Vec<(Glob, T)>,
}

impl<T> Default for NameTable<T> {
    fn default() -> Self {
        Self {
            exact: FxHashMap::default(),
            globs: Vec::new(),
        }
    }
}

impl<T: Copy> NameTable<T> {
    /// Adds a name as the catalogue writes it; an exact name that is there already stays.
    /// Returns the value that has the name when that is another entry's.
    pub(super) fn insert(&mut self, name: &str, value: T) -> Option<T> {
        let folded = name.to_ascii_lowercase();
        let folded = folded.strip_suffix(".exe").unwrap_or(&folded);
        if folded.contains(['*', '?']) {
            self.globs.push((Glob::new(folded.as_bytes()), value));
            return None;
        }
        match self.exact.entry(folded.as_bytes().into()) {
            std::collections::hash_map::Entry::Occupied(there) => Some(*there.get()),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(value);
                None
            }
        }
    }

    pub(super) fn find(&self, name: &[u8]) -> Option<T> {
        self.exact.get(name).copied().or_else(|| {
            self.globs
                .iter()
                .find(|(glob, _)| glob.matches(name))
                .map(|(_, value)| *value)
        })
    }
}

/// No file system here has longer names.
const MAX_NAME: usize = 256;
