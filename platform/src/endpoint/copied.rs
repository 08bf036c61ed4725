//! A message as plain bytes, from the callback that is given it to the thread that takes it in.
//!
//! Step: ring. The system's own structures are valid only inside its callback, so what is needed of
//! a message is copied; the layout is this program's own and never leaves it. Invariants: a copy
//! has at most [`MOST_BYTES`]; what is cut to fit says so; what is read back is what was written.

mod reader;
mod writer;

use super::message::Message;
use reader::Reader;
use writer::Writer;

/// Writes a message behind what `into` holds.
pub fn write(message: &Message<'_>, into: &mut Vec<u8>) {
    let mut to = Writer(into);
    to.word(message.version);
    to.number(message.time);
    for optional in [
        message.mach_time,
        message.sequence,
        message.global_sequence,
        message.thread,
    ] {
        to.optional(optional);
    }
    to.process(&message.process);
    to.event(&message.event);
}

/// Reads a message; `None` where the bytes are not those of one.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Message<'_>> {
    let mut from = Reader(bytes);
    let message = from.message().ok()?;
    from.0.is_empty().then_some(message)
}

/// Events that are told apart.
pub(super) const EVENTS: usize = 15;

/// Bytes of a path: no record holds more.
pub const LONGEST_PATH: usize = 4_096;

/// Bytes of a name, which no file system here lets be longer than 255 characters.
pub const LONGEST_NAME: usize = 1_024;

/// Bytes of all arguments: no record holds more.
pub const LONGEST_ARGUMENTS: usize = 6_000;

/// Bytes of a copy: a start of a program, with two processes of two files each, and two more files.
pub const MOST_BYTES: usize = 6 * LONGEST_PATH + 4 * LONGEST_NAME + LONGEST_ARGUMENTS + 1_024;

#[cfg(test)]
mod tests;
