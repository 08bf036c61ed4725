//! A buffer of a trace: a header of 72 bytes, then events.
//!
//! Step: source. Of a packed buffer the header's size is that in the file, and the filled length
//! that after unpacking.

use std::io::{self, Read};

use super::xpress;

/// A buffer, unpacked.
#[derive(Debug)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    filled: usize,
    /// Events were lost before it, as its flags say.
    pub(super) lost: bool,
    /// Bytes that it took beyond those in the file.
    pub(super) unpacked: usize,
}

/// What comes next in the file.
#[derive(Debug)]
pub(super) enum Next {
    /// A buffer.
    Buffer(Buffer),
    /// Nothing.
    End,
    /// No buffer.
    Broken(&'static str),
}

impl Buffer {
    /// Its events, back to back at multiples of eight bytes.
    pub(super) fn events(&self) -> &[u8] {
        let filled = self.filled.min(self.bytes.len());
        self.bytes.get(..filled).unwrap_or_default()
    }
}

/// Reads the next buffer.
pub(super) fn next(from: &mut dyn Read) -> io::Result<Next> {
    let mut header = [0; HEADER];
    match fill(from, &mut header)? {
        0 => return Ok(Next::End),
        HEADER => {}
        _ => return Ok(Next::Broken("it ends within a buffer's header")),
    }
    let size = u32_at(&header, 0) as usize;
    let filled = u32_at(&header, 48) as usize;
    let flags = u32_at(&header, 52) as u16;
    if size == 0 {
        // A file that was made longer than what was written ends in zeros.
        return Ok(Next::End);
    }
    if !(HEADER..=LONGEST).contains(&size) || filled > LONGEST {
        return Ok(Next::Broken("its length is impossible"));
    }
    // Memory is taken as bytes come, not as the header promises them.
    let mut bytes = Vec::new();
    from.take((size - HEADER) as u64).read_to_end(&mut bytes)?;
    let mut unpacked = 0;
    if flags & COMPRESSED != 0 {
        let wanted = filled.saturating_sub(HEADER);
        let Some(whole) = xpress::unpack(&bytes, wanted) else {
            return Ok(Next::Broken("it cannot be unpacked"));
        };
        unpacked = whole.len();
        bytes = whole;
    } else if bytes.len() < size - HEADER {
        return Ok(Next::Broken("it ends within a buffer"));
    }
    Ok(Next::Buffer(Buffer {
        bytes,
        filled: filled.saturating_sub(HEADER),
        lost: flags & (EVENTS_LOST | BUFFER_LOST) != 0,
        unpacked,
    }))
}

fn fill(from: &mut dyn Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut found = 0;
    while let Some(rest) = bytes.get_mut(found..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(count) => found += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

fn u32_at(bytes: &[u8; HEADER], at: usize) -> u32 {
    let field = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>());
    field.map_or(0, |field| u32::from_le_bytes(*field))
}

/// Bytes of the header.
const HEADER: usize = 72;

/// A longer buffer is none: Windows allows 16 MiB.
const LONGEST: usize = 16 << 20;

const EVENTS_LOST: u16 = 2;
const BUFFER_LOST: u16 = 4;
const COMPRESSED: u16 = 0x40;
