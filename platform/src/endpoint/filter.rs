//! Which messages are worth a place in the ring, decided inside the system's callback.
//!
//! Step: probe. Most opens and closes tell nothing that a finding could rest on, and of those that
//! do the same is told again and again: one reader's open in a directory stands for all of it there,
//! one write for all to a file until that is closed. Invariants: it allocates nothing per message;
//! what it remembers is bounded, and what it forgets is told once more, never once less. Who would
//! be passed over on purpose cannot choose what is taken for the same: the hash has a secret key.
//! Messages that are passed over leave no gap in the numbers of the others, so that a gap there is
//! one that the system made.

use std::hash::{BuildHasher as _, RandomState};

use super::copied;
use super::message::{Event, File, Message, Stat};

/// Decides, and remembers what was told.
#[derive(Debug)]
pub struct Filter {
    told: Box<[u64]>,
    key: RandomState,
    /// Messages that were passed over, by their event and all.
    left_out: [u64; copied::EVENTS],
    all_left_out: u64,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            told: vec![0; REMEMBERED].into(),
            key: RandomState::new(),
            left_out: [0; copied::EVENTS],
            all_left_out: 0,
        }
    }
}

impl Filter {
    /// The message as it is to be copied: numbered as if those that were passed over had never been;
    /// none where this is one of them.
    pub fn pass<'m>(&mut self, message: &Message<'m>) -> Option<Message<'m>> {
        if !self.takes(message) {
            self.leave_out(message);
            return None;
        }
        let left_out = self.left_out[usize::from(message.event.code())];
        Some(Message {
            sequence: message.sequence.map(|number| number.wrapping_sub(left_out)),
            global_sequence: message
                .global_sequence
                .map(|number| number.wrapping_sub(self.all_left_out)),
            ..*message
        })
    }

    /// A message was not copied after all, which is counted elsewhere.
    pub fn leave_out(&mut self, message: &Message<'_>) {
        self.left_out[usize::from(message.event.code())] += 1;
        self.all_left_out += 1;
    }

    /// Whether the message is to be copied.
    fn takes(&mut self, message: &Message<'_>) -> bool {
        let token = &message.process.token;
        let who = (token.pid, token.version);
        match &message.event {
            Event::Exec { .. }
            | Event::Fork { .. }
            | Event::Exit { .. }
            | Event::Create { .. }
            | Event::Rename { .. }
            | Event::Unlink { .. }
            | Event::Link { .. }
            | Event::Clone { .. }
            | Event::Copyfile { .. }
            | Event::Truncate { .. } => true,
            // A program's own image is told by its start.
            Event::Mmap {
                protection, file, ..
            } => protection & EXECUTABLE != 0 && !is_own_program(message, file),
            // Who opens for writing is told each time: with which size the file was opened matters.
            Event::Open { flags, file } if flags & WRITES != 0 => is_data(file),
            Event::Open { flags, file } => {
                flags & READS != 0
                    && is_data(file)
                    && self.is_new(self.key.hash_one((who, directory(file.path))))
            }
            Event::Close {
                modified,
                was_mapped_writable,
                file,
            } => {
                let changed = *modified || *was_mapped_writable == Some(true);
                if changed {
                    self.forget(self.key.hash_one((who, identity(file))));
                }
                changed && is_data(file)
            }
            Event::Write { file } => {
                is_data(file) && self.is_new(self.key.hash_one((who, identity(file))))
            }
            Event::Other(_) => false,
        }
    }

    /// Remembers it; says whether it was not remembered.
    fn is_new(&mut self, hash: u64) -> bool {
        // No message hashes to an empty place.
        let hash = hash | 1;
        std::mem::replace(&mut self.told[hash as usize >> 1 & (REMEMBERED - 1)], hash) != hash
    }

    fn forget(&mut self, hash: u64) {
        let hash = hash | 1;
        let place = &mut self.told[hash as usize >> 1 & (REMEMBERED - 1)];
        if *place == hash {
            *place = 0;
        }
    }
}

/// Whether it may hold somebody's data: no directory, device, pipe or socket.
fn is_data(file: &File<'_>) -> bool {
    file.stat.is_none_or(|stat| stat.is_regular())
}

fn is_own_program(message: &Message<'_>, file: &File<'_>) -> bool {
    let own = message.process.executable;
    own.stat.is_some() && identity(&own) == identity(file)
}

/// What names the file: where the source tells its numbers these, else its path.
fn identity<'f>(file: &File<'f>) -> (Option<(u64, u64)>, &'f [u8]) {
    match file.stat {
        Some(Stat { device, inode, .. }) => (Some((device, inode)), b""),
        None => (None, file.path),
    }
}

/// The path up to its last part.
fn directory(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| *byte == b'/');
    &path[..end.unwrap_or(0)]
}

/// What is remembered, in 128 KiB: a power of two.
const REMEMBERED: usize = 16_384;

/// `PROT_EXEC`.
const EXECUTABLE: i32 = 4;

/// `FREAD`.
const READS: i32 = 1;

/// `FWRITE`.
const WRITES: i32 = 2;

#[cfg(test)]
mod tests;
