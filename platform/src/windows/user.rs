//! A user, as the system knows the programs at both ends of the local socket.
//!
//! Step: source, for the stream to the collector. On Windows it is a security identifier, of a user
//! or of a group that the user's token has enabled.

use std::fmt;

use super::token::Token;
use crate::sid::Sid;

/// A user's or group's security identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User(pub(super) Sid);

impl User {
    /// What a list of users looks like in a configuration.
    pub const EXAMPLE: &'static str =
        "a list of security identifiers in quotes, such as [\"S-1-5-32-544\"]";

    /// The user that a configuration means.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Sid::parse(text).map(Self)
    }

    /// Those who administer the system, as whom agent and collector run as services.
    #[must_use]
    pub fn administrators() -> Vec<Self> {
        vec![Self(Sid::system()), Self(Sid::administrators())]
    }

    /// The user that this program runs as, and the groups that count for it.
    pub(super) fn own_groups() -> Option<Vec<Sid>> {
        let mut token = Token::own().ok()?;
        token.groups.push(token.user);
        Some(token.groups)
    }

    /// The user that this program runs as.
    #[must_use]
    pub fn own() -> Option<Self> {
        Some(Self(Token::own().ok()?.user))
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
