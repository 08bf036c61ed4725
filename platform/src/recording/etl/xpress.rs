//! Unpacks what Windows packs with its plain LZ77 (MS-XCA 2.4).
//!
//! Step: source. 32 flags say of each of the next items whether it is a byte or a match; a match
//! is 16 bits, 13 of them the distance, 3 the length, which goes on in half bytes that two matches
//! share, in bytes and in words. Invariants: total; never longer than what is wanted.

/// Unpacks until `wanted` bytes are there or the input ends; none where it is no such input.
pub(super) fn unpack(packed: &[u8], wanted: usize) -> Option<Vec<u8>> {
    let mut input = Input {
        bytes: packed,
        at: 0,
        half: None,
    };
    let mut output: Vec<u8> = Vec::with_capacity(wanted.min(packed.len().saturating_mul(8)));
    while output.len() < wanted {
        // What is wanted may be more than was filled; an end between flags is an end.
        let Some(mut flags) = input.u32() else { break };
        for _ in 0..32 {
            if output.len() >= wanted || input.is_done() {
                break;
            }
            let is_match = flags & 0x8000_0000 != 0;
            flags <<= 1;
            if !is_match {
                output.push(input.u8()?);
                continue;
            }
            let (distance, length) = input.matched()?;
            let from = output.len().checked_sub(distance)?;
            let length = length.min(wanted - output.len());
            // A match may reach into what it writes itself.
            for at in from..from + length {
                output.push(*output.get(at)?);
            }
        }
        if input.is_done() {
            break;
        }
    }
    Some(output)
}

struct Input<'p> {
    bytes: &'p [u8],
    at: usize,
    /// Where the byte is whose upper half the next long match takes.
    half: Option<usize>,
}

impl Input<'_> {
    fn is_done(&self) -> bool {
        self.at >= self.bytes.len()
    }

    fn u8(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn u16(&mut self) -> Option<u16> {
        let bytes = self.bytes.get(self.at..)?.first_chunk::<2>()?;
        self.at += 2;
        Some(u16::from_le_bytes(*bytes))
    }

    fn u32(&mut self) -> Option<u32> {
        let bytes = self.bytes.get(self.at..)?.first_chunk::<4>()?;
        self.at += 4;
        Some(u32::from_le_bytes(*bytes))
    }

    /// A match's distance and length.
    fn matched(&mut self) -> Option<(usize, usize)> {
        let pair = usize::from(self.u16()?);
        let distance = pair / 8 + 1;
        let mut length = pair % 8;
        if length == 7 {
            let half = if let Some(at) = self.half.take() {
                self.bytes.get(at)? >> 4
            } else {
                self.half = Some(self.at);
                self.u8()? & 15
            };
            length = usize::from(half);
            if length == 15 {
                length = usize::from(self.u8()?);
                if length == 255 {
                    length = usize::from(self.u16()?);
                    if length == 0 {
                        length = self.u32()? as usize;
                    }
                    length = length.checked_sub(15 + 7)?;
                }
                length += 15;
            }
            length += 7;
        }
        Some((distance, length + 3))
    }
}
