//! The encoder, for sources that build records in user space and for tests.
//!
//! Step: ring. It writes into a caller's buffer and sets the length last; a field that does not
//! fit is an error, never a silent cut (the kernel probes cut, and say so with a flag).

use crate::body::Header;
use crate::code::{Kind, Tag};
use crate::{MAX_RECORD, VERSION};

/// Why a record could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The buffer, or [`MAX_RECORD`], is too small.
    TooLarge {
        /// Bytes that the record would need so far.
        needed: usize,
    },
}

impl core::fmt::Display for EncodeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::TooLarge { needed } => {
                write!(f, "record needs {needed} bytes, which is too large")
            }
        }
    }
}

impl core::error::Error for EncodeError {}

/// Writes one record: header and body first, then fields, then [`Encoder::finish`].
#[derive(Debug)]
pub struct Encoder<'b> {
    buffer: &'b mut [u8],
    length: usize,
}

impl<'b> Encoder<'b> {
    /// Begins a record of `kind`; `header`'s length, version and kind are set here.
    ///
    /// # Errors
    /// `TooLarge` when header and body do not fit.
    pub fn new(
        buffer: &'b mut [u8],
        kind: Kind,
        header: Header,
        body: &[u8],
    ) -> Result<Self, EncodeError> {
        let mut encoder = Self { buffer, length: 0 };
        let header = Header {
            length: 0,
            version: VERSION,
            kind: kind.0,
            ..header
        };
        encoder.put(&header.write())?;
        encoder.put(body)?;
        Ok(encoder)
    }

    /// Appends a tagged field.
    ///
    /// # Errors
    /// `TooLarge` when it does not fit; the record stays as it was.
    pub fn field(&mut self, tag: Tag, value: &[u8]) -> Result<(), EncodeError> {
        let before = self.length;
        let Ok(length) = u16::try_from(value.len()) else {
            return Err(EncodeError::TooLarge {
                needed: before + 4 + value.len(),
            });
        };
        let mut head = [0; 4];
        head[..2].copy_from_slice(&tag.0.to_le_bytes());
        head[2..].copy_from_slice(&length.to_le_bytes());
        self.put(&head)?;
        self.put(value).inspect_err(|_| self.length = before)
    }

    /// Sets the length and gives the record's bytes.
    #[must_use]
    pub fn finish(self) -> &'b [u8] {
        let Self { buffer, length } = self;
        buffer[..4].copy_from_slice(&(length as u32).to_le_bytes());
        &buffer[..length]
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        let needed = self.length + bytes.len();
        if needed > MAX_RECORD {
            return Err(EncodeError::TooLarge { needed });
        }
        let Some(target) = self.buffer.get_mut(self.length..needed) else {
            return Err(EncodeError::TooLarge { needed });
        };
        target.copy_from_slice(bytes);
        self.length = needed;
        Ok(())
    }
}
