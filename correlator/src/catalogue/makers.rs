//! Utilities by what their makers wrote into them, which stays with a file that is renamed.
//!
//! Step: correlate.

use super::file::UtilityEntry;
use super::name::{FoldedName, NameTable};
use super::{Catalogue, Utility};

/// The names, each with the index of its utility.
#[derive(Clone, Debug, Default)]
pub(super) struct Makers {
    /// `OriginalFilename` of Windows programs.
    pe_names: NameTable<usize>,
    /// `ProductName` of Windows programs.
    products: NameTable<usize>,
}

impl Makers {
    /// Adds those of the utility of an index.
    pub(super) fn insert(&mut self, entry: &UtilityEntry, index: usize) {
        for (table, names) in [
            (&mut self.pe_names, &entry.pe_names),
            (&mut self.products, &entry.products),
        ] {
            for name in names {
                table.insert(name, index);
            }
        }
    }
}

impl Catalogue {
    /// The utility that a Windows program's `OriginalFilename` stands for.
    #[must_use]
    pub fn utility_of_pe_name(&self, original: &[u8]) -> Option<&Utility> {
        let name = FoldedName::of(original)?;
        Some(&self.utilities[self.makers.pe_names.find(name.as_bytes())?])
    }

    /// The utility that a Windows program's `ProductName` stands for.
    #[must_use]
    pub fn utility_of_product(&self, product: &[u8]) -> Option<&Utility> {
        let name = FoldedName::of(product)?;
        Some(&self.utilities[self.makers.products.find(name.as_bytes())?])
    }

    /// The utility that one of macOS's own programs is: it is signed under the name that it is
    /// installed with (`com.apple.ditto`).
    #[must_use]
    pub fn utility_of_signing_id(&self, identifier: &[u8]) -> Option<&Utility> {
        self.utility(identifier.strip_prefix(b"com.apple.")?)
    }
}
