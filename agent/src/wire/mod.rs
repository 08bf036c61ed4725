//! The stream's protocol between an agent and a collector: frames and what they say.
//!
//! Step: sink. `PROTOCOL.md` beside this file is normative. This module is the only one that knows
//! bincode, so that the encoding can be replaced with a new protocol version. Decoding is total: no
//! panic, memory bounded by the frame's length, every refusal named. It does no I/O.

mod bytes;
mod frame;
mod message;

pub use bytes::Bytes;
pub use frame::{
    FrameReader, HEADER, WireError, batch, decode, encode, finding, item, payload_length, put_item,
};
pub use message::{
    Acknowledged, Answer, Ask, Batch, Bye, ByeCode, Cause, Content, Frame, Heartbeat, Hello, Item,
    Known, Lane, Loss, Losses, Welcome,
};

/// The newest protocol version that this program speaks.
pub const VERSION: u16 = 2;

/// The oldest one.
pub const OLDEST: u16 = 1;

/// The version from which on an agent may ask what the fleet knows.
pub const ASKS_SINCE: u16 = 2;

/// Opens every `Hello`, so that a stray client is told from an agent by its first bytes.
pub const MAGIC: [u8; 8] = *b"PHSTREAM";

/// Longest payload of a frame in bytes.
pub const MAX_FRAME: usize = 1 << 20;

/// Most items of a batch.
pub const MAX_ITEMS: usize = 4096;

/// Longest encoded item in bytes: a batch of one always fits into a frame.
pub const MAX_ITEM: usize = MAX_FRAME - 64;

/// Most patterns of an `Ask`.
pub const MAX_PATTERNS: usize = 64;

/// Batches that may be sent and not acknowledged.
pub const WINDOW: usize = 16;

#[cfg(test)]
mod tests;
