//! Calls of libraries and files with packing code, as a snapshot holds them.
//!
//! Step: correlate (the snapshot's boundary). Families are saved by name; what the catalogue makes
//! of them follows when they are weighed.

use serde::{Deserialize, Serialize};

use super::evidence::{UsePurposeMirror, text};
use crate::correlator::Correlator;
use crate::event::{FileKey, Time, UsePurpose};
use crate::evidence::Text;
use crate::inside::{Inside, Linked};
use crate::process::{Name, Use};

/// A [`Use`] as a snapshot holds it.
#[derive(Serialize, Deserialize)]
pub(super) struct SavedUse {
    #[serde(with = "text")]
    family: Text,
    function: Vec<u8>,
    library: Option<Vec<u8>>,
    #[serde(with = "UsePurposeMirror")]
    purpose: UsePurpose,
    uses: u64,
    first: u64,
    output: Option<Vec<u8>>,
    format: Option<Vec<u8>>,
    level: Option<i32>,
    passphrase: bool,
}

/// A file with packing code in it as a snapshot holds it.
#[derive(Serialize, Deserialize)]
pub(super) struct SavedInside {
    file: (u64, u64),
    path: Option<Vec<u8>>,
    code: Vec<SavedLinked>,
}

#[derive(Serialize, Deserialize)]
struct SavedLinked {
    #[serde(with = "text")]
    family: Text,
    #[serde(with = "UsePurposeMirror")]
    purpose: UsePurpose,
    #[serde(with = "text")]
    recognised: Text,
}

impl Correlator {
    pub(super) fn save_code_files(&self) -> Vec<SavedInside> {
        self.inside
            .iter()
            .map(|(file, inside)| SavedInside {
                file: (file.device, file.inode),
                path: inside.path.as_deref().map(<[u8]>::to_vec),
                code: inside.code.iter().map(save_linked).collect(),
            })
            .collect()
    }

    pub(super) fn restore_code_files(&mut self, saved: Vec<SavedInside>, watched: &[Vec<u8>]) {
        for saved in saved {
            let inside = Inside {
                path: saved.path.map(|path| self.names.name(&path)),
                code: saved.code.into_iter().map(restore_linked).collect(),
            };
            self.inside.restore(restore_file(saved.file), inside);
        }
        for library in watched {
            let name = self.names.name(library);
            self.inside.watch(&name);
        }
    }
}

pub(super) fn restore_file((device, inode): (u64, u64)) -> FileKey {
    FileKey { device, inode }
}

fn save_linked(linked: &Linked) -> SavedLinked {
    SavedLinked {
        family: linked.family.clone(),
        purpose: linked.purpose,
        recognised: linked.recognised.clone(),
    }
}

fn restore_linked(saved: SavedLinked) -> Linked {
    Linked {
        family: saved.family,
        purpose: saved.purpose,
        recognised: saved.recognised,
    }
}

impl From<&Use> for SavedUse {
    fn from(it: &Use) -> Self {
        let owned = |name: &Option<Name>| name.as_deref().map(<[u8]>::to_vec);
        Self {
            family: it.family.clone(),
            function: it.function.to_vec(),
            library: owned(&it.library),
            purpose: it.purpose,
            uses: it.uses,
            first: it.first.0,
            output: owned(&it.output),
            format: owned(&it.format),
            level: it.level,
            passphrase: it.passphrase,
        }
    }
}

impl From<SavedUse> for Use {
    fn from(saved: SavedUse) -> Self {
        Self {
            family: saved.family,
            function: saved.function.into(),
            library: saved.library.map(Into::into),
            purpose: saved.purpose,
            uses: saved.uses,
            first: Time(saved.first),
            output: saved.output.map(Into::into),
            format: saved.format.map(Into::into),
            level: saved.level,
            passphrase: saved.passphrase,
        }
    }
}
