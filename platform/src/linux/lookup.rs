//! Names for numbers: users by uid, containers by control group.
//!
//! Step: source, for the enrichment. A container's id is the 64 hexadecimal digits that the common
//! engines put into the control group's path; a group without such a component is no container.

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

    /// The number of a user, if the system's databases have that name.
    #[must_use]
    pub fn uid(name: &str) -> Option<u32> {
        let user = User::from_name(name).ok().flatten()?;
        Some(user.uid.as_raw())
    }

    /// The user that this program runs as.
    #[must_use]
    pub fn own_user() -> u32 {
        Uid::effective().as_raw()
    }

    /// Forgets the users, so that changed databases are read again.
    pub fn forget(&mut self) {
        self.users.clear();
    }

    /// The container that a control group belongs to: the last run of 64 hexadecimal digits in its
    /// path that stands alone between other characters.
    #[must_use]
    pub fn container(cgroup: &[u8]) -> Option<&str> {
        cgroup
            .split(|byte| !byte.is_ascii_hexdigit())
            .rfind(|run| run.len() == CONTAINER_ID)
            .and_then(|run| std::str::from_utf8(run).ok())
    }
}

const USERS: usize = 4096;
const CONTAINER_ID: usize = 64;

#[cfg(test)]
mod tests;
