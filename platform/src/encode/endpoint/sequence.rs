//! Gaps in the numbers of messages.
//!
//! Step: source. The system numbers a client's messages, all of them and those of each type, and
//! leaves a gap where it had to drop some. Of the two numbers the one of all types is followed where
//! there is one; where the gap is of one type alone, that one is named. Numbers that go back, and a
//! message of another version, are those of another client: nothing was lost then.

use ring_abi::Kind;

use crate::endpoint::{Event, Message};

/// The latest numbers.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    version: Option<u32>,
    /// Of all types: the number, and the time of its message.
    all: Option<(u64, u64)>,
    types: [Option<(u64, u64)>; TYPES],
}

/// Messages that did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    /// How many.
    pub(super) count: u64,
    /// When the last message before it was.
    pub(super) from: u64,
    /// What would have come of them; none where that is not known.
    pub(super) kind: Option<Kind>,
}

impl Sequence {
    /// The gap before a message, if any.
    pub(super) fn gap(&mut self, message: &Message<'_>) -> Option<Gap> {
        if self.version != Some(message.version) {
            *self = Self {
                version: Some(message.version),
                ..Self::default()
            };
        }
        let place = place(&message.event);
        let of_type = place.and_then(|place| {
            let (before, now) = (self.types[place], message.sequence?);
            self.types[place] = Some((now, message.time));
            missing(before, now)
        });
        let of_all = message.global_sequence.and_then(|now| {
            let before = self.all.replace((now, message.time));
            missing(before, now)
        });
        let kind = place.map(|place| KINDS[place]);
        match (message.global_sequence, of_all, of_type) {
            (Some(_), Some((0, _)), _) => {
                // Another client: what was counted for the one before says nothing.
                self.types = [None; TYPES];
                if let (Some(place), Some(now)) = (place, message.sequence) {
                    self.types[place] = Some((now, message.time));
                }
                None
            }
            (Some(_), Some((count, from)), same) => Some(Gap {
                count,
                from,
                kind: kind.filter(|_| same.is_some_and(|(of_type, _)| of_type == count)),
            }),
            (Some(_), None, _) => None,
            (None, _, of_type) => of_type
                .filter(|(count, _)| *count > 0)
                .map(|(count, from)| Gap { count, from, kind }),
        }
    }
}

/// How many numbers are missing, and since when; none at all where it is the next, 0 where the
/// numbers went back.
fn missing(before: Option<(u64, u64)>, now: u64) -> Option<(u64, u64)> {
    let (number, time) = before?;
    match now.checked_sub(number) {
        None | Some(0) => Some((0, time)),
        Some(1) => None,
        Some(more) => Some((more - 1, time)),
    }
}

/// Which type it is; none for those that nobody asked for.
fn place(event: &Event<'_>) -> Option<usize> {
    Some(usize::from(event.code())).filter(|place| *place < TYPES)
}

/// What messages of each type become.
const KINDS: [Kind; TYPES] = [
    Kind::PROCESS_START,
    Kind::FORK,
    Kind::EXIT,
    Kind::LIBRARY_LOAD,
    Kind::DIRECTORY_READ,
    Kind::FILE_WRITTEN,
    Kind::FILE_WRITTEN,
    Kind::FILE_WRITTEN,
    Kind::FILE_RENAMED,
    Kind::FILE_REMOVED,
    Kind::FILE_LINKED,
    Kind::FILE_WRITTEN,
    Kind::FILE_WRITTEN,
    Kind::FILE_WRITTEN,
];

const TYPES: usize = 14;
