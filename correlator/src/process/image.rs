//! What a program's file alone says, looked up once per file rather than once per start.
//!
//! Step: correlate. Invariant: bounded; a full cache is emptied, because the few hundred files
//! that a host runs fill it again at once. What depends on arguments or owner is not kept here.

use rustc_hash::FxHashMap;

use super::{Interner, Name};
use crate::catalogue::{Contexts, Rank};
use crate::evidence::Text;
use crate::policy::Policy;

/// What a program's file says.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    pub(super) name: Name,
    /// The interpreter's name, and whether it is a shell.
    pub(super) interpreter: Option<(Text, bool)>,
    pub(super) contexts: Contexts,
    /// The place where programs do not belong.
    pub(super) odd_place: Option<(Text, Rank)>,
    /// It lies where only an administrator puts programs.
    pub(super) installed: bool,
}

/// The files that were run lately.
#[derive(Debug, Default)]
pub(crate) struct Images(FxHashMap<Name, Image>);

impl Images {
    pub(crate) fn image(&mut self, path: &[u8], policy: &Policy, names: &mut Interner) -> Image {
        if let Some(image) = self.0.get(path) {
            return image.clone();
        }
        if self.0.len() >= MOST_IMAGES {
            self.0.clear();
        }
        let catalogue = &policy.catalogue;
        let image = Image {
            name: names.name(path),
            interpreter: catalogue
                .interpreter(path)
                .map(|interpreter| (interpreter.name.clone(), interpreter.shell)),
            contexts: catalogue.contexts(path),
            odd_place: catalogue
                .program_place(path)
                .map(|place| (place.name.clone(), place.rank)),
            installed: is_installed(path),
        };
        self.0.insert(image.name.clone(), image.clone());
        image
    }

    /// Forgets what followed from a catalogue that is no longer in force.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Bytes that the cache takes, estimated.
    pub(crate) fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<(Name, Image)>()
    }
}

/// Whether the file lies where only an administrator puts programs and libraries.
#[must_use]
pub fn is_installed(path: &[u8]) -> bool {
    INSTALLED.iter().any(|directory| {
        path.get(..directory.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(directory))
    })
}

/// More than a busy host runs.
const MOST_IMAGES: usize = 2_048;

/// Where only an administrator puts programs.
const INSTALLED: [&[u8]; 13] = [
    b"/usr/",
    b"/bin/",
    b"/sbin/",
    b"/lib/",
    b"/lib64/",
    b"/opt/",
    b"/snap/",
    b"/nix/store/",
    b"/Applications/",
    b"/System/",
    b"/Library/",
    b"C:\\Windows\\",
    b"C:\\Program Files",
];
