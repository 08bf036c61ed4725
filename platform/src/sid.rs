//! Security identifiers, which name users and groups on Windows.
//!
//! Step: source. Pure: bytes to text and back, for event payloads, tokens and configurations alike.
//! Invariant: a [`Sid`] that exists has a valid layout, so that equal users are equal bytes.

use std::fmt;

/// A security identifier in its binary layout.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sid(Box<[u8]>);

impl Sid {
    /// The identifier at the beginning of `bytes`, and what follows it; none where there is none.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let [1, parts, ..] = *bytes else {
            return None;
        };
        if usize::from(parts) > MOST_PARTS {
            return None;
        }
        let (sid, rest) = bytes.split_at_checked(HEAD + 4 * usize::from(parts))?;
        Some((Self(sid.into()), rest))
    }

    /// The identifier that a text such as `S-1-5-32-544` names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        if parts.next()? != "S" || parts.next()? != "1" {
            return None;
        }
        let authority: u64 = parts.next()?.parse().ok()?;
        let [0, 0, authority @ ..] = authority.to_be_bytes() else {
            return None;
        };
        let mut bytes = vec![1, 0];
        bytes.extend(authority);
        let mut number = 0;
        for part in parts {
            bytes.extend(part.parse::<u32>().ok()?.to_le_bytes());
            number += 1;
        }
        if number == 0 || number > MOST_PARTS {
            return None;
        }
        bytes[1] = number as u8;
        Some(Self(bytes.into()))
    }

    /// Its binary layout.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The local system itself.
    #[must_use]
    pub fn system() -> Self {
        Self::known(18)
    }

    /// The group of administrators.
    #[must_use]
    pub fn administrators() -> Self {
        let mut sid = Self::known(32).0.into_vec();
        sid[1] = 2;
        sid.extend(544_u32.to_le_bytes());
        Self(sid.into())
    }

    /// The service that owns what belongs to Windows itself.
    #[must_use]
    pub fn trusted_installer() -> Self {
        let mut bytes = vec![1, 6, 0, 0, 0, 0, 0, 5];
        for part in [
            80_u32,
            956_008_885,
            3_418_522_649,
            1_831_038_044,
            1_853_292_631,
            2_271_478_464,
        ] {
            bytes.extend(part.to_le_bytes());
        }
        Self(bytes.into())
    }

    /// An identifier of the system's own authority, with one part.
    fn known(part: u8) -> Self {
        Self([1, 1, 0, 0, 0, 0, 0, 5, part, 0, 0, 0].into())
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, parts) = self.0.split_at(HEAD);
        let authority = head[2..]
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        write!(f, "S-1-{authority}")?;
        for part in parts.as_chunks::<4>().0 {
            write!(f, "-{}", u32::from_le_bytes(*part))?;
        }
        Ok(())
    }
}

/// Bytes before the parts: revision, number of parts, authority.
const HEAD: usize = 8;

/// More parts no identifier has.
const MOST_PARTS: usize = 15;

#[cfg(test)]
mod tests;
