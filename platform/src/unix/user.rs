//! A user, as the system knows the programs at both ends of the local socket.
//!
//! Step: source, for the stream to the collector. It is a number; whoever configures it
//! writes that number.

use std::fmt;

use nix::unistd::Uid;

/// A user's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User(pub(super) u32);

impl User {
    /// What a list of users looks like in a configuration.
    pub const EXAMPLE: &'static str = "a list of users' numbers, such as [0]";

    /// The user that a configuration means.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// The user whom the system's databases know by that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let user = nix::unistd::User::from_name(name).ok().flatten()?;
        Some(Self(user.uid.as_raw()))
    }

    /// Those who administer the system, as whom agent and collector run as services: root.
    #[must_use]
    pub fn administrators() -> Vec<Self> {
        vec![Self(0)]
    }

    /// The user that this program runs as.
    #[must_use]
    pub fn own() -> Option<Self> {
        Some(Self(Uid::effective().as_raw()))
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
