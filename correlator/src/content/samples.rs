//! The samples of a file, without counting a byte twice.
//!
//! Step: correlate. The middle is taken at half of the size rounded down to 512; the samples of a
//! small file overlap. Invariant: [`Samples::distinct`] yields each byte of the file at most once,
//! as far as the size is known; without it only samples that cannot overlap are used.

use crate::event::Content;

/// Head, middle and tail as they came, and what of them is distinct.
pub(super) struct Samples<'a> {
    pub(super) head: &'a [u8],
    pub(super) middle: &'a [u8],
    pub(super) tail: &'a [u8],
    distinct: [&'a [u8]; 3],
}

impl<'a> Samples<'a> {
    pub(super) fn new(content: &Content<'a>, size: Option<u64>) -> Self {
        let head = content.head.unwrap_or_default();
        let middle = content.middle.unwrap_or_default();
        let tail = content.tail.unwrap_or_default();
        let distinct = match size.and_then(|size| usize::try_from(size).ok()) {
            Some(size) => {
                let head_end = head.len().min(size);
                let middle_at = (size / 2) & !(ALIGNMENT - 1);
                let middle = after(middle, middle_at, head_end);
                let middle_end = if middle.is_empty() {
                    head_end
                } else {
                    (middle_at + content.middle.map_or(0, <[u8]>::len)).max(head_end)
                };
                let tail = after(tail, size.saturating_sub(tail.len()), middle_end);
                [head, middle, tail]
            }
            // A head shorter than a full sample is the whole file.
            None if head.len() < FULL_HEAD => [head, &[], &[]],
            None => [head, middle, tail],
        };
        Self {
            head,
            middle,
            tail,
            distinct,
        }
    }

    /// The distinct parts.
    pub(super) fn distinct(&self) -> [&'a [u8]; 3] {
        self.distinct
    }

    /// How many distinct bytes there are.
    pub(super) fn bytes(&self) -> usize {
        self.distinct.iter().map(|part| part.len()).sum()
    }
}

/// What of a sample that starts at `start` lies at or behind `end`.
fn after(sample: &[u8], start: usize, end: usize) -> &[u8] {
    sample.get(end.saturating_sub(start)..).unwrap_or_default()
}

const ALIGNMENT: usize = 512;
const FULL_HEAD: usize = 512;
