//! Names with wildcards, and the children of a pattern tree's node found by one name.
//!
//! Step: correlate. Invariant: a look-up costs two look-ups by hash (the whole name, its extension)
//! and a try of those few wildcards that can begin or end as the name does; a bit set of first bytes
//! spares even that for most names. The hash tables hold the catalogue's own names only, so that
//! nobody outside can crowd them.

use rustc_hash::FxHashMap;

/// A name with `*` (any bytes) and `?` (one byte).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glob(Box<[u8]>);

impl Glob {
    pub(super) fn new(pattern: &[u8]) -> Self {
        Self(pattern.into())
    }

    /// Whether first and last byte allow a match.
    fn may_match(&self, name: &[u8]) -> bool {
        let agrees = |pattern: Option<&u8>, byte: Option<&u8>| {
            matches!(pattern, Some(b'*' | b'?')) || pattern == byte
        };
        agrees(self.0.first(), name.first()) && agrees(self.0.last(), name.last())
    }

    /// Matches the whole name. Runs in the product of both lengths at worst.
    pub(super) fn matches(&self, name: &[u8]) -> bool {
        let pattern = &self.0;
        let (mut at, mut in_pattern) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while at < name.len() {
            match pattern.get(in_pattern) {
                Some(b'*') => {
                    star = Some((in_pattern, at));
                    in_pattern += 1;
                }
                Some(&byte) if byte == b'?' || byte == name[at] => {
                    in_pattern += 1;
                    at += 1;
                }
                _ => match star {
                    Some((star_at, from)) => {
                        star = Some((star_at, from + 1));
                        in_pattern = star_at + 1;
                        at = from + 1;
                    }
                    None => return false,
                },
            }
        }
        pattern[in_pattern..].iter().all(|&byte| byte == b'*')
    }
}

/// The children of a node, by how their names are written.
#[derive(Clone, Debug, Default)]
pub(super) struct Children {
    /// Whole names.
    literal: FxHashMap<Box<[u8]>, usize>,
    literal_starts: ByteSet,
    /// `*.extension`, by the extension.
    extensions: FxHashMap<Box<[u8]>, usize>,
    extension_starts: ByteSet,
    /// Wildcards that begin with a literal byte.
    prefixed: Vec<(Glob, usize)>,
    prefixed_starts: ByteSet,
    /// Any others.
    globs: Vec<(Glob, usize)>,
}

impl Children {
    /// The child of this name, which is `next` if there was none.
    pub(super) fn insert(&mut self, name: &[u8], next: usize) -> usize {
        let wild = |bytes: &[u8]| bytes.contains(&b'*') || bytes.contains(&b'?');
        if !wild(name) {
            self.literal_starts.insert(name);
            return *self.literal.entry(name.into()).or_insert(next);
        }
        if let Some(extension) = name.strip_prefix(b"*.")
            && !wild(extension)
            && !extension.contains(&b'.')
        {
            self.extension_starts.insert(extension);
            return *self.extensions.entry(extension.into()).or_insert(next);
        }
        let globs = if wild(&name[..1]) {
            &mut self.globs
        } else {
            self.prefixed_starts.insert(name);
            &mut self.prefixed
        };
        let glob = Glob::new(name);
        if let Some((_, there)) = globs.iter().find(|(other, _)| *other == glob) {
            return *there;
        }
        globs.push((glob, next));
        next
    }

    /// Calls `found` with every child that has such a name.
    pub(super) fn matching(&self, name: &[u8], mut found: impl FnMut(usize)) {
        if self.literal_starts.has(name)
            && let Some(child) = self.literal.get(name)
        {
            found(*child);
        }
        if !self.extensions.is_empty()
            && let Some(dot) = name.iter().rposition(|&byte| byte == b'.')
            && self.extension_starts.has(&name[dot + 1..])
            && let Some(child) = self.extensions.get(&name[dot + 1..])
        {
            found(*child);
        }
        let prefixed = if self.prefixed_starts.has(name) {
            self.prefixed.as_slice()
        } else {
            &[]
        };
        for (glob, child) in prefixed.iter().chain(&self.globs) {
            if glob.may_match(name) && glob.matches(name) {
                found(*child);
            }
        }
    }
}

/// A set of first bytes.
#[derive(Clone, Copy, Debug, Default)]
struct ByteSet([u64; 4]);

impl ByteSet {
    fn insert(&mut self, name: &[u8]) {
        if let Some(&byte) = name.first() {
            self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
    }

    fn has(self, name: &[u8]) -> bool {
        name.first()
            .is_some_and(|&byte| self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1)
    }
}
