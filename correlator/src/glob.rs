//! Globs over whole paths, as the operator's knobs write them.
//!
//! Step: correlate. `*` and `?` stay within one component, `**` crosses them; a glob that is a
//! plain directory stands for everything below it where [`Glob::directory`] makes it. Matching is
//! bounded by the product of both lengths and allocates nothing. The catalogue has its own
//! patterns, which find many rules at once; these here are few and free in form.

use crate::evidence::Text;

/// One glob, ready to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    text: Text,
    pattern: Box<[u8]>,
    /// Windows paths compare without case and with either separator.
    folded: bool,
    /// The directory itself matches, too.
    directory: bool,
}

impl Glob {
    /// A glob for exactly the paths that it matches.
    pub(crate) fn new(text: &Text) -> Self {
        Self::build(text, text.as_bytes(), false)
    }

    /// A glob for a directory: it matches the directory and everything below.
    pub(crate) fn directory(text: &Text) -> Self {
        let trimmed = text.trim_end_matches(['/', '\\']);
        if trimmed.ends_with('*') {
            return Self::build(text, trimmed.as_bytes(), true);
        }
        let mut pattern = trimmed.as_bytes().to_vec();
        pattern.extend_from_slice(b"/**");
        Self::build(text, &pattern, true)
    }

    fn build(text: &Text, pattern: &[u8], directory: bool) -> Self {
        let folded = pattern.contains(&b'\\') || pattern.get(1) == Some(&b':');
        let pattern = pattern
            .iter()
            .map(|&byte| if folded { fold(byte) } else { byte })
            .collect();
        Self {
            text: text.clone(),
            pattern,
            folded,
            directory,
        }
    }

    /// The glob as the operator wrote it.
    pub(crate) fn text(&self) -> &Text {
        &self.text
    }

    /// Whether the whole path matches.
    pub(crate) fn matches(&self, path: &[u8]) -> bool {
        let byte_at = |at: usize| {
            path.get(at)
                .map(|&byte| if self.folded { fold(byte) } else { byte })
        };
        let pattern = &*self.pattern;
        let (mut at, mut in_pattern) = (0, 0);
        // Where to go on when a byte does not fit: the latest star of each kind, and the position
        // in the path that it was last tried at.
        let mut near: Option<(usize, usize)> = None;
        let mut far: Option<(usize, usize)> = None;
        loop {
            let byte = byte_at(at);
            match (pattern.get(in_pattern), byte) {
                (None, None) => return true,
                // The directory itself belongs to what a directory stands for.
                (Some(b'/'), None) if self.directory && pattern[in_pattern..] == *b"/**" => {
                    return true;
                }
                (Some(b'*'), _) if pattern.get(in_pattern + 1) == Some(&b'*') => {
                    in_pattern += 2;
                    far = Some((in_pattern, at));
                    near = None;
                    continue;
                }
                (Some(b'*'), _) => {
                    in_pattern += 1;
                    near = Some((in_pattern, at));
                    continue;
                }
                (Some(b'?'), Some(byte)) if byte != b'/' => {
                    in_pattern += 1;
                    at += 1;
                    continue;
                }
                (Some(&wanted), Some(byte)) if wanted == byte && wanted != b'?' => {
                    in_pattern += 1;
                    at += 1;
                    continue;
                }
                _ => {}
            }
            if let Some((after, tried)) = near
                && byte_at(tried).is_some_and(|byte| byte != b'/')
            {
                near = Some((after, tried + 1));
                (in_pattern, at) = (after, tried + 1);
                continue;
            }
            near = None;
            match far {
                Some((after, tried)) if byte_at(tried).is_some() => {
                    far = Some((after, tried + 1));
                    (in_pattern, at) = (after, tried + 1);
                }
                _ => return false,
            }
        }
    }
}

/// The first glob that matches.
pub(crate) fn first<'g>(globs: &'g [Glob], path: &[u8]) -> Option<&'g Glob> {
    globs.iter().find(|glob| glob.matches(path))
}

fn fold(byte: u8) -> u8 {
    if byte == b'\\' {
        b'/'
    } else {
        byte.to_ascii_lowercase()
    }
}

#[cfg(test)]
mod tests;
