//! Which bytes of a closed file are looked at, and whether it is still what was closed.
//!
//! Step: source. The file is opened by its name after it was closed, so it may have been written
//! since, or be another one; then nothing of it is taken. Few bytes are read, whatever its size.

use super::Sample;

/// Reads a file by pieces: fills the buffer from an offset on, and gives how many bytes were there.
pub trait Pieces {
    /// Reads at an offset.
    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> usize;
}

impl Pieces for &[u8] {
    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> usize {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..));
        let rest = rest.unwrap_or_default();
        let length = rest.len().min(into.len());
        into[..length].copy_from_slice(&rest[..length]);
        length
    }
}

/// Fills a buffer by reads that may each give less; gives how many bytes were there.
pub fn fill(
    into: &mut [u8],
    mut read: impl FnMut(u64, &mut [u8]) -> std::io::Result<usize>,
) -> usize {
    let mut filled = 0;
    while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match read(filled as u64, rest) {
            Ok(0) | Err(_) => break,
            Ok(count) => filled += count,
        }
    }
    filled
}

/// What is opened in place of a closed file, as far as it decides whether that is it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its device and number.
    pub identity: (u64, u64),
    /// Its size.
    pub size: u64,
    /// When it was last written, in nanoseconds since 1970.
    pub written: u64,
}

/// Samples of what was opened; none where it is not what was closed at a time, as far as that is
/// known.
pub fn sample(
    opened: &Opened,
    file: &mut dyn Pieces,
    wanted: Option<(u64, u64)>,
    closed: u64,
) -> Option<Sample> {
    let is_other = wanted.is_some_and(|wanted| wanted != opened.identity);
    if is_other || !is_unchanged(opened.written, closed) {
        return None;
    }
    let [head, middle, tail] = pieces(opened.size).map(|(offset, length)| {
        let mut piece = vec![0; length];
        let read = file.read_at(offset, &mut piece);
        piece.truncate(read);
        piece
    });
    let (device, inode) = opened.identity;
    Some(Sample {
        device,
        inode,
        size: opened.size,
        head,
        middle,
        tail,
    })
}

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

/// Whether a file that was last written at one time and closed at another is still as it was then.
/// Times are nanoseconds since 1970; a file system may round its own up to two seconds.
#[must_use]
pub fn is_unchanged(written: u64, closed: u64) -> bool {
    written <= closed.saturating_add(ROUNDING)
}

const ROUNDING: u64 = 2_000_000_000;

/// Bytes at the beginning, and in the middle.
const HEAD: usize = 512;

/// Bytes at the end.
const TAIL: usize = 256;

#[cfg(test)]
mod tests;
