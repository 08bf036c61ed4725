//! Who made a program and who is behind its start, as its record tells.
//!
//! Step: enrich.

use correlator::{Behind, Maker};
use ring_abi::{Known, Tag, Tail, read_process};

use super::key;

/// What the program's file or signature says.
pub(super) fn maker<'a>(known: Known, tail: &Tail<'a>) -> Maker<&'a [u8]> {
    Maker {
        original_name: tail.field(Tag::ORIGINAL_NAME),
        product: tail.field(Tag::PRODUCT),
        company: tail.field(Tag::COMPANY),
        signing_id: tail.field(Tag::SIGNING_ID),
        team_id: tail.field(Tag::TEAM_ID),
        signed: match (known.has(Known::SIGNED), known.has(Known::UNSIGNED)) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            (true, true) | (false, false) => None,
        },
        of_system: known.has(Known::SYSTEM_PROGRAM),
    }
}

/// Who beside the parent had a hand in a start.
pub(super) fn behind(tail: &Tail<'_>) -> Option<Behind> {
    let named = |tag| tail.field(tag).and_then(read_process);
    let (pid, start) = match (named(Tag::CREATOR), named(Tag::RESPONSIBLE)) {
        (Some((pid, start)), _) => return Some(Behind::Creator(key(pid, start))),
        (None, Some(responsible)) => responsible,
        (None, None) => return None,
    };
    Some(Behind::Responsible(key(pid, start)))
}
