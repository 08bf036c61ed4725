//! What the system's refusals mean, and what is to be done about them.
//!
//! Step: source. The same refusal comes as a plain number of Windows or wrapped into an HRESULT,
//! depending on which call it is of; both are read.

use crate::source::SourceError;

/// A refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// This user may not.
    Denied,
    /// A session of this name is there.
    Exists,
    /// No session of this name is there.
    Absent,
    /// The system has no room for another session.
    Full,
    /// The system does not take the request so.
    Invalid,
    /// The session was ended by somebody.
    Ended,
    /// Another one, by its number.
    Other(u32),
}

impl Refusal {
    /// The refusal that a number stands for, plain or as an HRESULT.
    #[must_use]
    pub fn of(code: i32) -> Self {
        match plain(code) {
            5 | 1314 => Self::Denied,
            183 => Self::Exists,
            4201 => Self::Absent,
            8 | 14 | 1450 => Self::Full,
            50 | 87 => Self::Invalid,
            1223 | 1284 => Self::Ended,
            number => Self::Other(number),
        }
    }
}

/// The number of Windows in an HRESULT; a number that is none stays as it is.
#[must_use]
pub fn plain(code: i32) -> u32 {
    let bits = code.cast_unsigned();
    if bits >> 16 == WRAPPED {
        bits & 0xffff
    } else {
        bits
    }
}

/// What kept `what` from being done, for people.
#[must_use]
pub fn error(what: &str, code: i32) -> SourceError {
    let number = plain(code);
    match Refusal::of(code) {
        Refusal::Denied => SourceError::Privilege(format!(
            "{what}: access denied (error {number}): run it as Administrator or SYSTEM, or as a \
             member of Performance Log Users"
        )),
        Refusal::Exists => SourceError::Unsupported(format!(
            "{what}: a session of this name is there and cannot be taken over (error {number}): \
             stop the other Packhound, or end it with `logman stop NAME -ets`"
        )),
        Refusal::Full => SourceError::Unsupported(format!(
            "{what}: the system has no room for another trace session (error {number}): see \
             `logman query -ets`, and end one that nobody needs"
        )),
        Refusal::Invalid => SourceError::Unsupported(format!(
            "{what}: this Windows does not take the request (error {number}); Windows 8.1 or \
             Server 2012 R2 is the oldest that does"
        )),
        Refusal::Absent | Refusal::Ended => SourceError::Unsupported(format!(
            "{what}: the session was ended by another program (error {number}): start Packhound \
             again"
        )),
        Refusal::Other(_) => SourceError::Io {
            what: what.to_owned(),
            source: std::io::Error::from_raw_os_error(number.cast_signed()),
        },
    }
}

/// The upper half of an HRESULT that wraps a number of Windows.
const WRAPPED: u32 = 0x8007;

#[cfg(test)]
mod tests;
