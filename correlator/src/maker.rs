//! Who made a program, as its file or its signature says, and who is behind its start.
//!
//! Step: correlate. The same shape for texts that are borrowed from a record and for those that are
//! kept.

use crate::event::ProcessKey;

/// What a program's file says of its maker, as far as it does. None of it was verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Maker<T> {
    /// The name that the maker gave the program (`7za.exe`).
    pub original_name: Option<T>,
    /// The product that it belongs to (`7-Zip`).
    pub product: Option<T>,
    /// The company (`Igor Pavlov`).
    pub company: Option<T>,
    /// The identifier under which it was signed (macOS: `com.apple.ditto`).
    pub signing_id: Option<T>,
    /// The team that signed it (macOS).
    pub team_id: Option<T>,
    /// Whether it carries a signature at all.
    pub signed: Option<bool>,
    /// The system itself vouches for it as its own.
    pub of_system: bool,
}

impl<T> Maker<T> {
    /// The same with other texts.
    pub fn map<'m, U>(&'m self, mut text: impl FnMut(&'m T) -> U) -> Maker<U> {
        Maker {
            original_name: self.original_name.as_ref().map(&mut text),
            product: self.product.as_ref().map(&mut text),
            company: self.company.as_ref().map(&mut text),
            signing_id: self.signing_id.as_ref().map(&mut text),
            team_id: self.team_id.as_ref().map(&mut text),
            signed: self.signed,
            of_system: self.of_system,
        }
    }

    /// Whether anything is said.
    #[must_use]
    pub fn is_known(&self) -> bool {
        let texts = [
            &self.original_name,
            &self.product,
            &self.company,
            &self.signing_id,
            &self.team_id,
        ];
        texts.iter().any(|text| text.is_some()) || self.signed.is_some() || self.of_system
    }
}

/// A process beside the parent that had a hand in a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// It made the process and named another as the parent (Windows).
    Creator(ProcessKey),
    /// It answers for the process to the user (macOS).
    Responsible(ProcessKey),
}
