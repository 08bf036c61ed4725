//! Names for numbers: users by uid.
//!
//! Step: source, for the enrichment.

use std::collections::HashMap;

use nix::unistd::{Uid, User};

/// Answers and remembers; bounded, and forgets everything when full.
#[derive(Debug, Default)]
pub struct Lookup {
    users: HashMap<u32, Option<String>>,
}

impl Lookup {
    /// A look-up that remembers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The name of a user, if the system's databases have one.
    pub fn user(&mut self, uid: u32) -> Option<&str> {
        if self.users.len() >= USERS && !self.users.contains_key(&uid) {
            self.users.clear();
        }
        self.users
            .entry(uid)
            .or_insert_with(|| {
                User::from_uid(Uid::from_raw(uid))
                    .ok()
                    .flatten()
                    .map(|u| u.name)
            })
            .as_deref()
    }

    /// Forgets the users, so that changed databases are read again.
    pub fn forget(&mut self) {
        self.users.clear();
    }
}

const USERS: usize = 4096;

#[cfg(test)]
mod tests;
