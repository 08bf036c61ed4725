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
    Acknowledged, Batch, Bye, ByeCode, Cause, Content, Frame, Heartbeat, Hello, Item, Lane, Loss,
    Losses, Welcome,
};

/// The protocol version that this program speaks, and the only one so far.
pub const VERSION: u16 = 1;

/// Opens every `Hello`, so that a stray client is told from an agent by its first bytes.
pub const MAGIC: [u8; 8] = *b"PHSTREAM";

/// Longest payload of a frame in bytes.
pub const MAX_FRAME: usize = 1 << 20;

/// Most items of a batch.
pub const MAX_ITEMS: usize = 4096;

/// Longest encoded item in bytes: a batch of one always fits into a frame.
pub const MAX_ITEM: usize = MAX_FRAME - 64;

/// Batches that may be sent and not acknowledged.
pub const WINDOW: usize = 16;

#[cfg(test)]
mod tests;
