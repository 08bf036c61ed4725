//! Frames: a length and a payload, to and from bytes.
//!
//! Step: sink. A frame is the payload's length (u32, little-endian) and the payload. Invariant: a
//! reader never holds more than one longest frame, and asks for no memory before a length was
//! checked.

use std::fmt;

use serde::Serialize;

use super::message::{Content, Frame, Hello, Item, Lane};
use super::{MAGIC, MAX_FRAME, OLDEST, VERSION};

/// Bytes before a payload.
pub const HEADER: usize = 4;

/// Why bytes are no frame.
#[derive(Debug)]
#[non_exhaustive]
pub enum WireError {
    /// An impossible length.
    Length(u32),
    /// A payload that does not decode.
    Malformed(bincode::error::DecodeError),
    /// Bytes after the payload's end.
    Trailing(usize),
    /// A `Hello` that does not begin as one.
    Magic,
    /// A `Hello` of an agent that speaks none of our versions.
    Version {
        /// Its oldest.
        oldest: u16,
        /// Its newest.
        newest: u16,
    },
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(length) => {
                write!(
                    f,
                    "a frame of {length} bytes, where 1 to {MAX_FRAME} are allowed"
                )
            }
            Self::Malformed(error) => write!(f, "a frame that does not decode: {error}"),
            Self::Trailing(extra) => write!(f, "{extra} bytes after the end of what a frame says"),
            Self::Magic => f.write_str("not an agent: its first frame is no Hello"),
            Self::Version { oldest, newest } => write!(
                f,
                "the agent speaks protocol versions {oldest} to {newest}, this program {OLDEST} to \
                 {VERSION}"
            ),
        }
    }
}

impl std::error::Error for WireError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Malformed(error) => Some(error),
            _ => None,
        }
    }
}

/// The payload's length that a frame's first bytes state.
///
/// # Errors
/// When it is 0 or more than [`MAX_FRAME`].
pub fn payload_length(header: [u8; HEADER]) -> Result<usize, WireError> {
    let length = u32::from_le_bytes(header);
    if length == 0 || length as usize > MAX_FRAME {
        return Err(WireError::Length(length));
    }
    Ok(length as usize)
}

/// Decodes a payload, all of it. Only a `Hello` may go on after its end, for later versions.
///
/// # Errors
/// For everything else than exactly one frame that this version knows.
pub fn decode(payload: &[u8]) -> Result<Frame<'_>, WireError> {
    if payload.first() == Some(&0) {
        check_hello(payload)?;
    }
    let (frame, used) = bincode::serde::borrow_decode_from_slice(payload, limited())
        .map_err(WireError::Malformed)?;
    match frame {
        Frame::Hello(_) => Ok(frame),
        _ if used < payload.len() => Err(WireError::Trailing(payload.len() - used)),
        _ => Ok(frame),
    }
}

/// Looks at the part of a `Hello` that every version has, before the rest is read.
fn check_hello(payload: &[u8]) -> Result<(), WireError> {
    let begin = payload.get(1..).unwrap_or_default();
    if !begin.starts_with(&MAGIC) {
        return Err(WireError::Magic);
    }
    let ((_, oldest, newest), _): (([u8; 8], u16, u16), usize) =
        bincode::serde::borrow_decode_from_slice(begin, limited()).map_err(WireError::Malformed)?;
    if oldest <= VERSION && OLDEST <= newest {
        Ok(())
    } else {
        Err(WireError::Version { oldest, newest })
    }
}

/// A whole frame, length included.
#[must_use]
pub fn encode(frame: &Frame<'_>) -> Vec<u8> {
    let mut bytes = vec![0; HEADER];
    put(&mut bytes, frame);
    seal(bytes)
}

/// An item's bytes as they stand in a batch.
#[must_use]
pub fn item(item: &Item<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    put(&mut bytes, item);
    bytes
}

/// Appends an item's bytes as they stand in a batch.
pub fn put_item(bytes: &mut Vec<u8>, item: &Item<'_>) {
    put(bytes, item);
}

/// The JSON of an encoded item that is a finding.
#[must_use]
pub fn finding(item: &[u8]) -> Option<Vec<u8>> {
    let decoded = bincode::serde::borrow_decode_from_slice::<Item<'_>, _>(item, limited());
    match decoded.ok()?.0.content {
        Content::Finding(json) => Some(json.0.into_owned()),
        Content::Record(_) | Content::Loss(_) => None,
    }
}

/// A whole batch frame from items that are encoded already, back to back.
#[must_use]
pub fn batch(epoch: u64, lane: Lane, first: u64, number: usize, items: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + 32 + items.len());
    bytes.resize(HEADER, 0);
    put(&mut bytes, &(BATCH, epoch, lane, first, number as u64));
    bytes.extend_from_slice(items);
    seal(bytes)
}

impl Hello<'_> {
    /// The newest version that both ends speak; only asked of a greeting that was decoded.
    #[must_use]
    pub fn common_version(&self) -> u16 {
        self.newest.min(VERSION)
    }

    /// A greeting that says the right versions.
    #[must_use]
    pub fn of_this_version() -> Self {
        Self {
            magic: MAGIC,
            oldest: OLDEST,
            newest: VERSION,
            ..Self::default()
        }
    }
}

fn put(bytes: &mut Vec<u8>, value: &impl Serialize) {
    bincode::serde::encode_into_std_write(value, bytes, bincode::config::standard())
        .expect("what the protocol says can be encoded, and memory takes it");
}

fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    let length = bytes.len() - HEADER;
    debug_assert!(length <= MAX_FRAME, "whoever fills a frame keeps its limit");
    bytes[..HEADER].copy_from_slice(&(length as u32).to_le_bytes());
    bytes
}

fn limited() -> impl bincode::config::Config {
    bincode::config::standard().with_limit::<MAX_FRAME>()
}

/// Cuts a stream of bytes into payloads.
#[derive(Debug, Default)]
pub struct FrameReader {
    buffer: Vec<u8>,
    taken: usize,
}

impl FrameReader {
    /// Adds bytes as they came.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.taken > 0 {
            self.buffer.drain(..self.taken);
            self.taken = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole payload, if it is there.
    ///
    /// # Errors
    /// When the next frame states an impossible length; nothing after it can be read.
    pub fn next_payload(&mut self) -> Result<Option<&[u8]>, WireError> {
        let rest = &self.buffer[self.taken..];
        let Some((header, after)) = rest.split_first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let length = payload_length(*header)?;
        if after.len() < length {
            return Ok(None);
        }
        let begin = self.taken + HEADER;
        self.taken = begin + length;
        Ok(Some(&self.buffer[begin..self.taken]))
    }

    /// Whether a frame has begun and not ended.
    #[must_use]
    pub fn is_amid(&self) -> bool {
        self.taken < self.buffer.len()
    }
}

/// The code of a batch among the frames.
const BATCH: u32 = 2;
