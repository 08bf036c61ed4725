//! Reads a payload field by field.
//!
//! Step: source. Total: a field that is not there is none, and then so is all that follows.

use crate::encode::{text_until_zero, utf8};
use crate::sid::Sid;

/// What is left of a payload.
#[derive(Clone, Debug)]
pub(super) struct Payload<'e> {
    rest: &'e [u8],
    pointer: usize,
}

impl<'e> Payload<'e> {
    pub(super) fn new(bytes: &'e [u8], pointer: usize) -> Self {
        Self {
            rest: bytes,
            pointer,
        }
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*array)
    }

    /// A number in the order of the network.
    pub(super) fn port(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn bytes16(&mut self) -> Option<[u8; 16]> {
        self.array()
    }

    pub(super) fn bytes4(&mut self) -> Option<[u8; 4]> {
        self.array()
    }

    /// A pointer of the traced system.
    pub(super) fn pointer(&mut self) -> Option<u64> {
        if self.pointer == 4 {
            self.u32().map(u64::from)
        } else {
            self.u64()
        }
    }

    pub(super) fn skip(&mut self, bytes: usize) -> Option<()> {
        self.rest = self.rest.get(bytes..)?;
        Some(())
    }

    pub(super) fn skip_pointers(&mut self, number: usize) -> Option<()> {
        self.skip(number * self.pointer)
    }

    /// A security identifier.
    pub(super) fn sid(&mut self) -> Option<Sid> {
        let (sid, rest) = Sid::read(self.rest)?;
        self.rest = rest;
        Some(sid)
    }

    /// A classic event's user: a structure of two pointers before the identifier, or four zero
    /// bytes for nobody.
    pub(super) fn user(&mut self, user: &mut Option<Sid>) -> Option<()> {
        let mut with = self.clone();
        if let Some(sid) = with.skip_pointers(2).and_then(|()| with.sid()) {
            *self = with;
            *user = Some(sid);
            return Some(());
        }
        self.skip(4)
    }

    /// UTF-16 up to a zero, or to the end.
    pub(super) fn wide(&mut self) -> Vec<u8> {
        let (text, rest) = text_until_zero(self.rest).unwrap_or((self.rest, &[]));
        self.rest = rest;
        let mut bytes = Vec::with_capacity(text.len() / 2);
        utf8(text, &mut bytes);
        bytes
    }

    /// Bytes up to a zero, or to the end.
    pub(super) fn narrow(&mut self) -> &'e [u8] {
        let end = self.rest.iter().position(|byte| *byte == 0);
        let (text, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest.get(1..).unwrap_or_default();
        text
    }
}
