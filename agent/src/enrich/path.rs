//! Whole paths from what a program passed and what that was relative to.
//!
//! Step: enrich. Lexical only: by now the file may be gone, and a symbolic link may lead elsewhere.
//! Invariant: a path that cannot be made whole is absent and the event says so.

use ring_abi::{Tag, Tail};

/// A buffer for one joined path, used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    bytes: Vec<u8>,
}

impl Joined {
    /// The record's path: as the kernel gave it, or else joined from what the program gave and
    /// the first of the `bases` that is there.
    pub(crate) fn path<'a>(
        &'a mut self,
        tail: &Tail<'a>,
        [whole, given]: [Tag; 2],
        bases: &[Tag],
        incomplete: &mut bool,
    ) -> Option<&'a [u8]> {
        if let Some(path) = tail.field(whole) {
            return Some(path);
        }
        let given = tail.field(given)?;
        let base = bases.iter().find_map(|base| tail.field(*base));
        if self.join(base, given) {
            return Some(&self.bytes);
        }
        *incomplete = true;
        None
    }

    /// Joins and normalises into the buffer; false when the result is not absolute.
    fn join(&mut self, base: Option<&[u8]>, given: &[u8]) -> bool {
        self.bytes.clear();
        if !given.starts_with(b"/") {
            let Some(base) = base.filter(|base| base.starts_with(b"/")) else {
                return false;
            };
            self.append(base);
        }
        self.append(given);
        if self.bytes.is_empty() {
            self.bytes.push(b'/');
        }
        true
    }

    /// Appends the components of a path, without `.`, empty ones, and what `..` takes back.
    fn append(&mut self, path: &[u8]) {
        for component in path.split(|byte| *byte == b'/') {
            match component {
                b"" | b"." => {}
                b".." => {
                    let parent = self.bytes.iter().rposition(|byte| *byte == b'/');
                    self.bytes.truncate(parent.unwrap_or(0));
                }
                name => {
                    self.bytes.push(b'/');
                    self.bytes.extend_from_slice(name);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
