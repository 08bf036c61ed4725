//! Where in a function's first instructions a probe costs least.
//!
//! Step: source. The kernel emulates a push of a register, a call, a jump and a nop; any other
//! instruction under a probe it has to step over, which takes a second trap: measured on a virtual
//! machine, 1 µs against 9 µs for each call. So the probe goes to the first instruction of the
//! cheap kind that follows only such as leave the arguments where they are. Invariant: what is not
//! recognised byte for byte ends the search, and the probe goes to the function's beginning.

use super::catalogue::Entry;

/// How far behind the beginning of a function the probe belongs; `code` begins with the function.
pub(super) fn cheapest(code: &[u8], entry: &Entry) -> u64 {
    if !IS_X86_64 {
        return 0;
    }
    let mut at = 0;
    for _ in 0..MOST_INSTRUCTIONS {
        let rest = code.get(at..).unwrap_or_default();
        match rest {
            // push of a register, call, jumps, nop
            [0x50..=0x57 | 0xe8 | 0xe9 | 0xeb | 0x90, ..] | [0x41, 0x50..=0x57, ..] => {
                return at as u64;
            }
            // endbr64; sub $small,%rsp
            [0xf3, 0x0f, 0x1e, 0xfa, ..] | [0x48, 0x83, 0xec, ..] => at += 4,
            // sub $large,%rsp
            [0x48, 0x81, 0xec, ..] => at += 7,
            // push $small
            [0x6a, ..] => at += 2,
            // mov $number,%r8d and %r9d, which hold the fifth and sixth argument
            [0x41, 0xb8 | 0xb9, ..] if !entry.reads_beyond_fourth() => at += 6,
            _ => return 0,
        }
    }
    0
}

const IS_X86_64: bool = matches!(std::env::consts::ARCH.as_bytes(), b"x86_64");
const MOST_INSTRUCTIONS: usize = 6;
/// Bytes of a function that are looked at.
pub(super) const LOOKED_AT: usize = 48;

#[cfg(test)]
mod tests;
