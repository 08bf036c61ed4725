//! The record format of Packhound's ring: one binary layout for three operating systems.
//!
//! Step: ring. A record is a 48-byte [`Header`], a body of fixed size that the header's [`Kind`]
//! names, and a tail of tagged fields. Everything is little-endian. `FORMAT.md` beside this crate
//! is normative; the golden bytes in `tests/golden.rs` are its examples.
//!
//! Invariants: every body's size and field offsets are asserted at compile time; [`decode`] is
//! total (no panic, no allocation, no ignored trailing byte); a code is never reused. The crate
//! does no I/O, takes no feature and does not interpret values.
#![no_std]
#![forbid(unsafe_code)]

mod body;
mod code;
mod decode;
mod encode;
mod reference;
mod wire;

pub use body::{
    CaptureStart, DirectoryRead, Exit, FileContent, FileNamed, FileOpened, FileRemoved,
    FileWritten, Flow, Fork, Header, LibraryLoad, LibraryUse, Loss, ProcessStart, Script, Throttle,
};
pub use code::{
    CloseReason, Direction, Flags, Kind, Known, LossReason, Purpose, ReadReason, System, Tag,
    ThrottleReason,
};
pub use decode::{Body, DecodeError, Record, Tail, decode, frame_length};
pub use encode::{EncodeError, Encoder};
pub use reference::{read_process, write_process};

/// The layout version that this crate writes, and the only one that it reads.
pub const VERSION: u16 = 1;

/// Largest record in bytes, header included: an encoder cuts its tail fields to stay below it.
pub const MAX_RECORD: usize = 16 * 1024;

/// Longest path in bytes, as Linux's `PATH_MAX` without its NUL.
pub const MAX_PATH: usize = 4095;

/// Bytes of content kept from the start of a written file.
pub const HEAD_BYTES: usize = 512;

/// Bytes of content kept from the middle of a written file.
pub const MIDDLE_BYTES: usize = 512;

/// Bytes of content kept from the end of a written file.
pub const TAIL_BYTES: usize = 256;

/// The eight bytes that open a recording file; records follow back to back.
pub const RECORDING_MAGIC: [u8; 8] = *b"PHREC\x01\r\n";
