//! Path patterns, and one tree that finds every pattern that a path matches.
//!
//! Step: correlate. A pattern is `/`-separated. `/tmp/` is a directory and everything below it,
//! `/etc/shadow` one file; `~/` stands for any user's home directory on any system, `?:/` for any
//! Windows drive, a leading `**/` for any directory; `*` and `?` match within one component.
//! Windows paths are read in lower case with `/`, so their patterns are written that way.
//!
//! Invariant: a match allocates nothing and costs about one look-up per component, whatever
//! the number of patterns. Rules are numbered below [`MAX_RULES`], so that a match is a bit set.
//! Links and `..` are not resolved: the kernel tells resolved paths; only what macOS links for
//! everybody (`/private/tmp`) is the same as its short name, in paths and in patterns.

use super::component::Children;
use super::name::shortest;

/// How many entries one section of path rules can have.
pub(super) const MAX_RULES: usize = 128;

/// The rules that a path matched, and those whose exceptions it matched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Matched {
    found: u128,
    excepted: u128,
}

impl Matched {
    pub(super) fn rules(self) -> u128 {
        self.found & !self.excepted
    }
}

/// The indices of the set bits.
pub(super) fn indices(mut rules: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if rules == 0 {
            return None;
        }
        let index = rules.trailing_zeros() as usize;
        rules &= rules - 1;
        Some(index)
    })
}

/// Patterns of many rules in one tree.
#[derive(Clone, Debug)]
pub(super) struct PathTable {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    children: Children,
    /// Rules that hold here and below.
    below: Matched,
    /// Rules that hold for exactly this path.
    exact: Matched,
}

impl Default for PathTable {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default(), Node::default()],
        }
    }
}

impl PathTable {
    /// Adds a pattern of a rule.
    ///
    /// # Errors
    /// With what is wrong with the pattern.
    pub(super) fn insert(&mut self, pattern: &str, rule: usize) -> Result<(), &'static str> {
        self.add(pattern, rule, false)
    }

    /// Adds a pattern of paths that the rule does not hold for.
    ///
    /// # Errors
    /// With what is wrong with the pattern.
    pub(super) fn except(&mut self, pattern: &str, rule: usize) -> Result<(), &'static str> {
        self.add(pattern, rule, true)
    }

    fn add(&mut self, pattern: &str, rule: usize, excepted: bool) -> Result<(), &'static str> {
        if rule >= MAX_RULES {
            return Err("the section has more entries than one table holds (128)");
        }
        if let Some(rest) = pattern.strip_prefix("~/") {
            for home in HOMES {
                self.add(&format!("{home}{rest}"), rule, excepted)?;
            }
            return Ok(());
        }
        let whole = pattern;
        let short = shortest(whole.as_bytes()).len();
        let pattern = whole.get(whole.len() - short..).unwrap_or(whole);
        let (root, rest) = match pattern.strip_prefix("**/") {
            Some(rest) => (ANYWHERE, rest),
            None => (ROOTED, pattern),
        };
        let starts_well = root == ANYWHERE
            || ["/", "?:/", "%", "$", "memfd:"]
                .iter()
                .any(|start| pattern.starts_with(start));
        if !starts_well {
            return Err("a path pattern begins with '/', '~/', '**/', '?:/', '%' or '$'");
        }
        let mut node = root;
        let mut components = 0;
        for component in rest.split('/').filter(|component| !component.is_empty()) {
            node = self.child(node, component.as_bytes());
            components += 1;
        }
        if components == 0 {
            return Err("a path pattern needs at least one name");
        }
        let matched = if rest.ends_with('/') {
            &mut self.nodes[node].below
        } else {
            &mut self.nodes[node].exact
        };
        let bits = if excepted {
            &mut matched.excepted
        } else {
            &mut matched.found
        };
        *bits |= 1 << rule;
        Ok(())
    }

    fn child(&mut self, node: usize, component: &[u8]) -> usize {
        let next = self.nodes.len();
        let child = self.nodes[node].children.insert(component, next);
        if child == next {
            self.nodes.push(Node::default());
        }
        child
    }

    /// The rules whose patterns match.
    pub(super) fn matches(&self, path: &[u8]) -> Matched {
        let mut buffer = [0; MAX_WINDOWS_PATH];
        let path = normalised(shortest(path), &mut buffer);
        let mut matched = Matched::default();
        self.walk(ROOTED, path, &mut matched);
        let mut rest = path;
        while !rest.is_empty() {
            self.walk(ANYWHERE, rest, &mut matched);
            rest = split(rest).1;
        }
        matched
    }

    fn walk(&self, node: usize, path: &[u8], matched: &mut Matched) {
        let node = &self.nodes[node];
        matched.found |= node.below.found;
        matched.excepted |= node.below.excepted;
        let (component, rest) = split(path);
        if component.is_empty() {
            matched.found |= node.exact.found;
            matched.excepted |= node.exact.excepted;
            return;
        }
        node.children
            .matching(component, |child| self.walk(child, rest, matched));
    }
}

/// The first component that says something, and what follows it.
fn split(mut path: &[u8]) -> (&[u8], &[u8]) {
    loop {
        let end = path
            .iter()
            .position(|&byte| byte == b'/')
            .unwrap_or(path.len());
        let component = &path[..end];
        let rest = path.get(end + 1..).unwrap_or_default();
        if !component.is_empty() && component != b"." || rest.is_empty() {
            let component = if component == b"." { b"" } else { component };
            return (component, rest);
        }
        path = rest;
    }
}

/// A Windows path in lower case with `/` and without device prefix; any other path as it is.
fn normalised<'a>(path: &'a [u8], buffer: &'a mut [u8; MAX_WINDOWS_PATH]) -> &'a [u8] {
    let drive = path.len() >= 2 && path[0].is_ascii_alphabetic() && path[1] == b':';
    if !(drive || path.contains(&b'\\')) {
        return path;
    }
    // A longer path is judged by its beginning: places are recognised there.
    let length = path.len().min(MAX_WINDOWS_PATH);
    for (target, &byte) in buffer.iter_mut().zip(path) {
        *target = if byte == b'\\' {
            b'/'
        } else {
            byte.to_ascii_lowercase()
        };
    }
    let folded = &mut buffer[..length];
    for device in [&b"//?/"[..], b"/??/", b"//./"] {
        if folded.starts_with(device) {
            return &buffer[device.len()..length];
        }
    }
    if folded.starts_with(b"/device/harddiskvolume") {
        // The volume's letter is not known; any does, since patterns say `?:`.
        if let Some(slash) = folded[8..].iter().position(|&byte| byte == b'/') {
            let start = 8 + slash - 2;
            folded[start..start + 2].copy_from_slice(b"c:");
            return &buffer[start..length];
        }
    }
    &buffer[..length]
}

const ROOTED: usize = 0;
const ANYWHERE: usize = 1;
const MAX_WINDOWS_PATH: usize = 1024;

/// Where home directories are, by system.
const HOMES: [&str; 6] = [
    "/home/*/",
    "/root/",
    "/Users/*/",
    "/var/root/",
    "?:/users/*/",
    "/export/home/*/",
];
