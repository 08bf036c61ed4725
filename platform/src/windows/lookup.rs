//! Names for numbers, of which Windows has none.
//!
//! Step: source, for the enrichment. Users have identifiers of their own there ([`crate::sid`]),
//! which records carry as names.

/// Answers; on Windows it knows nothing.
#[derive(Debug, Default)]
pub struct Lookup(());

impl Lookup {
    /// A look-up.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The name of a user by a number, which no user has.
    pub fn user(&mut self, _uid: u32) -> Option<&str> {
        None
    }

    /// Forgets the users, of which none is kept.
    pub fn forget(&mut self) {
        self.0 = ();
    }
}
