//! Merges catalogue files by entry name and remembers where each entry was written.
//!
//! Step: correlate (the catalogue's boundary). Invariant: a later file replaces an earlier one's
//! entry of the same name as a whole. Values are judged in `load`, with the place told here.

use std::collections::BTreeMap;

use toml::Spanned;

use super::error::{CatalogueError, Position};
use super::file::{File, Section};

/// An entry and where it was written.
pub(super) struct Located<T> {
    pub(super) file: usize,
    at: Position,
    pub(super) entry: T,
}

impl<T> Located<T> {
    pub(super) fn wrong(
        &self,
        key: &'static str,
        value: &str,
        problem: &'static str,
    ) -> CatalogueError {
        CatalogueError::Value {
            at: self.at.clone(),
            key,
            value: value.to_owned(),
            problem,
        }
    }
}

/// Entries of one section by name.
pub(super) type Entries<T> = BTreeMap<String, Located<T>>;

/// The file that is being read.
pub(super) struct Origin<'a> {
    pub(super) index: usize,
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

impl Origin<'_> {
    fn line(&self, offset: usize) -> usize {
        let before = self.text.get(..offset).unwrap_or(self.text);
        before.bytes().filter(|&byte| byte == b'\n').count() + 1
    }

    pub(super) fn syntax(&self, source: toml::de::Error) -> CatalogueError {
        let line = source.span().map(|span| self.line(span.start));
        // The entry is the nearest table header above the error.
        let entry = line.and_then(|line| {
            let lines: Vec<&str> = self.text.lines().take(line).collect();
            lines.into_iter().rev().find_map(|text| {
                let header = text.trim().strip_prefix('[')?;
                Some(header.split(']').next()?.to_owned())
            })
        });
        CatalogueError::Syntax {
            at: Position {
                file: self.name.to_owned(),
                line,
                entry,
            },
            source: Box::new(source),
        }
    }

    fn merge<T>(&self, section: &str, from: Section<T>, into: &mut Entries<T>) {
        for (name, spanned) in from {
            let at = Position {
                file: self.name.to_owned(),
                line: Some(self.line(spanned.span().start)),
                entry: Some(format!("{section}.{name}")),
            };
            let entry = spanned.into_inner();
            let file = self.index;
            into.insert(name, Located { file, at, entry });
        }
    }
}

macro_rules! sections {
    ($($section:ident: $entry:ident),* $(,)?) => {
        /// The entries of all files.
        #[derive(Default)]
        pub(super) struct Merged {
            $(pub(super) $section: Entries<super::file::$entry>,)*
        }

        impl Merged {
            /// Takes a file over those before it.
            pub(super) fn take(
                &mut self,
                file: File,
                origin: &Origin<'_>,
            ) -> Result<(), CatalogueError> {
                for name in &file.remove {
                    self.remove(name, origin)?;
                }
                $(origin.merge(stringify!($section), file.$section, &mut self.$section);)*
                Ok(())
            }

            fn remove(
                &mut self,
                name: &Spanned<String>,
                origin: &Origin<'_>,
            ) -> Result<(), CatalogueError> {
                let (section, entry) = name.get_ref().split_once('.').unwrap_or_default();
                let there = match section {
                    $(stringify!($section) => self.$section.remove(entry).is_some(),)*
                    _ => false,
                };
                if there {
                    return Ok(());
                }
                Err(CatalogueError::NothingToRemove {
                    at: Position {
                        file: origin.name.to_owned(),
                        line: Some(origin.line(name.span().start)),
                        entry: None,
                    },
                    name: name.get_ref().clone(),
                })
            }
        }
    };
}

sections! {
    utility: UtilityEntry,
    interpreter: InterpreterEntry,
    exploration: ExplorationEntry,
    library: LibraryEntry,
    code: CodeEntry,
    format: FormatEntry,
    extension: ExtensionEntry,
    place: PlaceEntry,
    program_place: PlaceEntry,
    sensitive: PlaceEntry,
    benign: BenignEntry,
    lineage: LineageEntry,
}
