//! The facts to detect with: utilities, interpreters, libraries, formats, places, contexts.
//!
//! Step: correlate. A [`Catalogue`] is made once, from the embedded `catalogue/*.toml` and the
//! operator's files, and asked with names and paths as they come. Invariant: it never changes, a
//! look-up allocates nothing (but [`Catalogue::places`]), and its cost does not grow with the
//! number of entries. It judges nothing: weights are `score`'s.

mod code;
mod component;
mod crib;
mod entry;
mod error;
mod file;
mod load;
mod magic;
mod makers;
mod merge;
mod name;
mod pattern;

use rustc_hash::FxHashMap;

pub use code::Code;
pub(crate) use crib::Crib;
pub use entry::{
    Benign, Exploration, Family, Format, Interpreter, Library, Lineage, Place, Rank, Reader,
    Sensitive, Utility,
};
pub use error::{CatalogueError, Position};
pub(crate) use magic::MagicTable;
pub(crate) use name::{FoldedName, base_name, shortest};

use code::CodeTable;
use makers::Makers;
use name::NameTable;
use pattern::{PathTable, indices};

/// All facts, ready to be asked.
#[derive(Clone, Debug)]
pub struct Catalogue {
    utilities: Vec<Utility>,
    /// Index, and whether the name only unpacks.
    utility_names: NameTable<(usize, bool)>,
    makers: Makers,
    interpreters: Vec<Interpreter>,
    interpreter_names: NameTable<usize>,
    lineages: Vec<Lineage>,
    lineage_names: NameTable<usize>,
    explorations: Vec<ExplorationRule>,
    exploration_names: NameTable<usize>,
    libraries: Vec<LibraryRule>,
    library_names: NameTable<usize>,
    code: CodeTable,
    formats: Vec<Format>,
    magics: MagicTable,
    under_key: Vec<Crib>,
    extensions: FxHashMap<Box<[u8]>, Expected>,
    places: Vec<Place>,
    place_paths: PathTable,
    program_places: Vec<Place>,
    program_paths: PathTable,
    sensitive: Vec<Sensitive>,
    sensitive_paths: PathTable,
    benign: Vec<Benign>,
    benign_by: PathTable,
    benign_destination: PathTable,
}

/// The benign contexts that a program, or several, may stand in; see [`Catalogue::contexts`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contexts(u128);

impl Contexts {
    /// Those of either, as of a process and its parent.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What an extension promises.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    /// Formats that have it by right.
    pub(crate) formats: Vec<usize>,
    /// It promises text.
    pub(crate) text: bool,
}

#[derive(Clone, Debug)]
struct LibraryRule {
    library: Library,
    anywhere: bool,
    /// Rule 0: where it must be; rule 1: where it is something else.
    paths: PathTable,
    /// Further entries with one of the names.
    others: Vec<usize>,
}

#[derive(Clone, Debug)]
struct ExplorationRule {
    exploration: Exploration,
    arguments: Vec<Box<[u8]>>,
    /// Further entries with one of the names.
    others: Vec<usize>,
}

impl Default for Catalogue {
    /// Knows nothing.
    fn default() -> Self {
        Self {
            utilities: Vec::new(),
            utility_names: NameTable::default(),
            makers: Makers::default(),
            interpreters: Vec::new(),
            interpreter_names: NameTable::default(),
            lineages: Vec::new(),
            lineage_names: NameTable::default(),
            explorations: Vec::new(),
            exploration_names: NameTable::default(),
            libraries: Vec::new(),
            library_names: NameTable::default(),
            code: CodeTable::default(),
            formats: Vec::new(),
            magics: MagicTable::new(Vec::new()),
            under_key: Vec::new(),
            extensions: FxHashMap::default(),
            places: Vec::new(),
            place_paths: PathTable::default(),
            program_places: Vec::new(),
            program_paths: PathTable::default(),
            sensitive: Vec::new(),
            sensitive_paths: PathTable::default(),
            benign: Vec::new(),
            benign_by: PathTable::default(),
            benign_destination: PathTable::default(),
        }
    }
}

impl Catalogue {
    /// The catalogue that this version ships.
    ///
    /// # Panics
    /// Never: a test makes it.
    #[must_use]
    pub fn builtin() -> Self {
        load::load(&BUILTIN).expect("the embedded catalogue is made by a test")
    }

    /// The shipped catalogue with an operator's files over it: pairs of file name and TOML text.
    ///
    /// # Errors
    /// With the file, line and entry of the first thing that is wrong.
    pub fn with_overrides<N: AsRef<str>, T: AsRef<str>>(
        files: &[(N, T)],
    ) -> Result<Self, CatalogueError> {
        let mut texts = BUILTIN.to_vec();
        texts.extend(files.iter().map(|(n, text)| (n.as_ref(), text.as_ref())));
        load::load(&texts)
    }

    /// The utility that a program file's name, with or without directory, stands for.
    #[must_use]
    pub fn utility(&self, image: &[u8]) -> Option<&Utility> {
        self.listed(image).map(|(utility, _)| utility)
    }

    /// As [`Catalogue::utility`], and whether the name is one that only unpacks (`gunzip`).
    pub(crate) fn listed(&self, image: &[u8]) -> Option<(&Utility, bool)> {
        let name = FoldedName::of(image)?;
        let (index, consumes) = self.utility_names.find(name.as_bytes())?;
        Some((&self.utilities[index], consumes))
    }

    /// The utility of this name in the catalogue.
    #[must_use]
    pub fn utility_named(&self, name: &str) -> Option<&Utility> {
        self.utilities.iter().find(|utility| &*utility.name == name)
    }

    /// The program, if it is there to carry data over the network.
    #[must_use]
    pub fn transfer(&self, image: &[u8]) -> Option<&Utility> {
        self.utility(image)
            .filter(|utility| utility.purpose == crate::Purpose::Transfer)
    }

    /// The interpreter that a program file's name, versioned or not, stands for.
    #[must_use]
    pub fn interpreter(&self, image: &[u8]) -> Option<&Interpreter> {
        let name = FoldedName::of(image)?;
        let index = self
            .interpreter_names
            .find(name.as_bytes())
            .or_else(|| self.interpreter_names.find(name.without_version()))?;
        Some(&self.interpreters[index])
    }

    /// What kind of program it is, if one that does not usually start archivers.
    #[must_use]
    pub fn lineage(&self, image: &[u8]) -> Option<&Lineage> {
        let name = FoldedName::of(image)?;
        let index = self
            .lineage_names
            .find(name.as_bytes())
            .or_else(|| self.lineage_names.find(name.without_version()))?;
        Some(&self.lineages[index])
    }

    /// What the command explores, if it explores the host. Arguments are each ended by a NUL.
    #[must_use]
    pub fn exploration(&self, image: &[u8], arguments: &[u8]) -> Option<&Exploration> {
        let name = FoldedName::of(image)?;
        let first = &self.explorations[self.exploration_names.find(name.as_bytes())?];
        std::iter::once(first)
            .chain(first.others.iter().map(|&at| &self.explorations[at]))
            .find(|rule| {
                rule.arguments.is_empty()
                    || arguments
                        .split(|&byte| byte == 0)
                        .skip(1)
                        .any(|argument| rule.arguments.iter().any(|one| **one == *argument))
            })
            .map(|rule| &rule.exploration)
    }

    /// The packing or encrypting library at this path.
    #[must_use]
    pub fn library(&self, path: &[u8]) -> Option<&Library> {
        let mut name = FoldedName::of(path)?;
        let first = &self.libraries[self.library_names.find(name.library_stem())?];
        std::iter::once(first)
            .chain(first.others.iter().map(|&at| &self.libraries[at]))
            .find(|rule| {
                let paths = rule.paths.matches(path).rules();
                (rule.anywhere || paths & 1 != 0) && paths & 2 == 0
            })
            .map(|rule| &rule.library)
    }

    /// The family of code that a probe or scanner calls by this name, in lower case.
    #[must_use]
    pub fn code(&self, name: &[u8]) -> Option<&Code> {
        self.code.find(name)
    }

    /// The place of the highest rank that the path is in.
    #[must_use]
    pub fn place(&self, path: &[u8]) -> Option<&Place> {
        indices(self.place_paths.matches(path).rules())
            .map(|rule| &self.places[rule])
            .max_by_key(|place| place.rank)
    }

    /// Every place that the path is in.
    #[must_use]
    pub fn places(&self, path: &[u8]) -> Vec<&Place> {
        indices(self.place_paths.matches(path).rules())
            .map(|rule| &self.places[rule])
            .collect()
    }

    /// The place of the highest rank that a program file is in, where programs do not belong.
    #[must_use]
    pub fn program_place(&self, image: &[u8]) -> Option<&Place> {
        indices(self.program_paths.matches(image).rules())
            .map(|rule| &self.program_places[rule])
            .max_by_key(|place| place.rank)
    }

    /// What the file or directory holds, if it is what attackers collect; of several the one of
    /// the highest rank.
    #[must_use]
    pub fn sensitive(&self, path: &[u8]) -> Option<&Sensitive> {
        indices(self.sensitive_paths.matches(path).rules())
            .map(|rule| &self.sensitive[rule])
            .max_by_key(|sensitive| sensitive.rank)
    }

    /// The benign contexts in which a program or its descendants may pack. Keep it with the
    /// process, joined with its ancestors', and ask [`Catalogue::benign_in`] for each output.
    #[must_use]
    pub fn contexts(&self, image: &[u8]) -> Contexts {
        Contexts(self.benign_by.matches(image).rules())
    }

    /// The context among these whose destinations include the path.
    #[must_use]
    pub fn benign_in(&self, contexts: Contexts, destination: &[u8]) -> Option<&Benign> {
        if contexts.is_empty() {
            return None;
        }
        let rules = self.benign_destination.matches(destination).rules() & contexts.0;
        indices(rules).next().map(|rule| &self.benign[rule])
    }

    /// The benign context in which a process with these programs, its own and its ancestors',
    /// writes to the path.
    #[must_use]
    pub fn benign<'i>(
        &self,
        images: impl IntoIterator<Item = &'i [u8]>,
        destination: &[u8],
    ) -> Option<&Benign> {
        let contexts = images
            .into_iter()
            .map(|image| self.contexts(image))
            .fold(Contexts::default(), Contexts::with);
        self.benign_in(contexts, destination)
    }

    /// The format of this name.
    #[must_use]
    pub fn format(&self, name: &str) -> Option<&Format> {
        self.formats.iter().find(|format| &*format.name == name)
    }

    pub(crate) fn format_at(&self, index: usize) -> &Format {
        &self.formats[index]
    }

    pub(crate) fn magics(&self) -> &MagicTable {
        &self.magics
    }

    /// Every magic at the start of a format that needs no verification, as bytes, with the format.
    #[cfg(test)]
    pub(crate) fn plain_magics(&self) -> impl Iterator<Item = (Vec<u8>, &str)> {
        self.magics
            .at_start()
            .filter(|magic| self.formats[magic.format].reader.is_none())
            .map(|magic| (magic.sample(), &*self.formats[magic.format].name))
    }

    pub(crate) fn under_key(&self) -> &[Crib] {
        &self.under_key
    }

    /// What an extension, in lower case and without dot, promises.
    pub(crate) fn expected(&self, extension: &[u8]) -> Option<&Expected> {
        self.extensions.get(extension)
    }
}

/// The embedded files.
const BUILTIN: [(&str, &str); 12] = [
    (
        "utilities.toml",
        include_str!("../../catalogue/utilities.toml"),
    ),
    ("systems.toml", include_str!("../../catalogue/systems.toml")),
    (
        "transfers.toml",
        include_str!("../../catalogue/transfers.toml"),
    ),
    (
        "programs.toml",
        include_str!("../../catalogue/programs.toml"),
    ),
    (
        "libraries.toml",
        include_str!("../../catalogue/libraries.toml"),
    ),
    ("code.toml", include_str!("../../catalogue/code.toml")),
    ("formats.toml", include_str!("../../catalogue/formats.toml")),
    (
        "encrypted.toml",
        include_str!("../../catalogue/encrypted.toml"),
    ),
    ("media.toml", include_str!("../../catalogue/media.toml")),
    ("places.toml", include_str!("../../catalogue/places.toml")),
    (
        "sensitive.toml",
        include_str!("../../catalogue/sensitive.toml"),
    ),
    (
        "contexts.toml",
        include_str!("../../catalogue/contexts.toml"),
    ),
];

#[cfg(test)]
mod tests;
