//! From merged files to a [`Catalogue`]: judges values and builds the tables.
//!
//! Step: correlate (the catalogue's boundary). Invariant: a later file's program names win over an
//! earlier file's; within one file no two entries claim a name. No rule of a benign context goes by a bare program name: it takes a
//! program's directory and a destination.

use std::sync::Arc;

use super::code::Code;
use super::crib::Crib;
use super::entry::{
    Benign, Exploration, Format, Interpreter, Library, Lineage, Place, Sensitive, Utility,
};
use super::error::CatalogueError;
use super::file::{ClassName, PurposeName};
use super::magic::{Magic, MagicTable};
use super::merge::{Entries, Located, Merged, Origin};
use super::name::NameTable;
use super::pattern::PathTable;
use super::{Catalogue, Expected, ExplorationRule, LibraryRule};
use crate::content::FormatClass;
use crate::evidence::{Purpose, Text};

/// Makes a catalogue of texts, each with its file's name, the earliest first.
pub(super) fn load(texts: &[(&str, &str)]) -> Result<Catalogue, CatalogueError> {
    let mut merged = Merged::default();
    for (index, (name, text)) in texts.iter().enumerate() {
        let origin = Origin { index, name, text };
        let file = toml::from_str(text).map_err(|source| origin.syntax(source))?;
        merged.take(file, &origin)?;
    }
    merged.build()
}

impl Merged {
    fn build(self) -> Result<Catalogue, CatalogueError> {
        let mut catalogue = Catalogue::default();
        self.build_programs(&mut catalogue)?;
        self.build_formats(&mut catalogue)?;
        self.build_code(&mut catalogue)?;
        self.build_paths(&mut catalogue)?;
        Ok(catalogue)
    }

    fn build_programs(&self, catalogue: &mut Catalogue) -> Result<(), CatalogueError> {
        for (name, located) in latest_first(&self.utility) {
            let entry = &located.entry;
            let index = catalogue.utilities.len();
            let images = entry.images.iter().map(|image| (image, (index, false)));
            let consume = entry.consume.iter().map(|image| (image, (index, true)));
            for (image, value) in images.chain(consume) {
                let taken = catalogue.utility_names.insert(image, value);
                let other = taken.map(|(other, _)| other);
                unclaimed(&self.utility, located, image, other, &catalogue.utilities)?;
            }
            catalogue.makers.insert(entry, index);
            catalogue.utilities.push(Utility {
                name: text(name),
                family: entry.family,
                purpose: purpose(entry.purpose),
                suffix: entry.suffix.as_deref().map(text),
                deletes_sources: entry.deletes_sources,
                runtime: entry.runtime,
                scratch: entry
                    .scratch
                    .iter()
                    .map(|name| Text::from(&**name))
                    .collect(),
            });
        }
        for (name, located) in latest_first(&self.interpreter) {
            let index = catalogue.interpreters.len();
            insert_all(
                &mut catalogue.interpreter_names,
                &located.entry.images,
                index,
            );
            catalogue.interpreters.push(Interpreter {
                name: text(name),
                shell: located.entry.shell,
                inline: texts(&located.entry.inline),
                module: texts(&located.entry.module),
            });
        }
        for (name, located) in latest_first(&self.lineage) {
            let index = catalogue.lineages.len();
            insert_all(&mut catalogue.lineage_names, &located.entry.images, index);
            catalogue.lineages.push(Lineage {
                name: text(name),
                rank: located.entry.rank,
            });
        }
        for (name, located) in latest_first(&self.exploration) {
            let entry = &located.entry;
            let index = catalogue.explorations.len();
            for image in &entry.images {
                match catalogue.exploration_names.find(image.as_bytes()) {
                    Some(first) => catalogue.explorations[first].others.push(index),
                    None => drop(catalogue.exploration_names.insert(image, index)),
                }
            }
            catalogue.explorations.push(ExplorationRule {
                exploration: Exploration { name: text(name) },
                arguments: entry
                    .arguments
                    .iter()
                    .map(|a| a.as_bytes().into())
                    .collect(),
                others: Vec::new(),
            });
        }
        for (name, located) in latest_first(&self.library) {
            let entry = &located.entry;
            let index = catalogue.libraries.len();
            let mut paths = PathTable::default();
            add_paths(located, "within", &entry.within, |p| paths.insert(p, 0))?;
            add_paths(located, "except", &entry.except, |p| paths.insert(p, 1))?;
            for library in &entry.names {
                match catalogue
                    .library_names
                    .find(library.to_lowercase().as_bytes())
                {
                    Some(first) => catalogue.libraries[first].others.push(index),
                    None => drop(catalogue.library_names.insert(library, index)),
                }
            }
            catalogue.libraries.push(LibraryRule {
                library: Library {
                    name: text(name),
                    family: text(&entry.family),
                    rank: entry.rank,
                },
                anywhere: entry.within.is_empty(),
                paths,
                others: Vec::new(),
            });
        }
        Ok(())
    }

    fn build_code(&self, catalogue: &mut Catalogue) -> Result<(), CatalogueError> {
        for (name, located) in latest_first(&self.code) {
            let entry = &located.entry;
            let unknown = |format: &&String| catalogue.format(format).is_none();
            if let Some(format) = entry.makes.iter().find(unknown) {
                return Err(located.wrong("makes", format, "no format has this name"));
            }
            let code = Code {
                name: text(name),
                makes: texts(&entry.makes),
                rank: entry.rank,
            };
            catalogue.code.add(code, &entry.names);
        }
        Ok(())
    }

    fn build_formats(&self, catalogue: &mut Catalogue) -> Result<(), CatalogueError> {
        let mut magics = Vec::new();
        for (name, located) in latest_first(&self.format) {
            let entry = &located.entry;
            let index = catalogue.formats.len();
            let parse = |key, notation: &String| {
                Magic::parse(notation, index, entry.reader.is_some())
                    .map_err(|problem| located.wrong(key, notation, problem))
            };
            for notation in &entry.magic {
                magics.push(parse("magic", notation)?);
            }
            for notation in &entry.under_key {
                let magic = parse("under_key", notation)?;
                catalogue.under_key.push(Crib::new(&magic));
            }
            for extension in &entry.extensions {
                let expected = extension_entry(catalogue, located, extension)?;
                expected.formats.push(index);
            }
            catalogue.formats.push(Format {
                name: text(name),
                class: class(entry.class),
                encrypted: entry.encrypted,
                reader: entry.reader,
                unmarked: entry.magic.is_empty()
                    && matches!(entry.class, ClassName::Compressed | ClassName::Encrypted),
            });
        }
        for (_, located) in latest_first(&self.extension) {
            for extension in &located.entry.extensions {
                let expected = extension_entry(catalogue, located, extension)?;
                expected.text |= located.entry.text;
            }
        }
        catalogue.magics = MagicTable::new(magics);
        Ok(())
    }

    fn build_paths(&self, catalogue: &mut Catalogue) -> Result<(), CatalogueError> {
        for (entries, table, places) in [
            (
                &self.place,
                &mut catalogue.place_paths,
                &mut catalogue.places,
            ),
            (
                &self.program_place,
                &mut catalogue.program_paths,
                &mut catalogue.program_places,
            ),
        ] {
            for (name, located) in latest_first(entries) {
                let rule = places.len();
                add_paths(located, "paths", &located.entry.paths, |p| {
                    table.insert(p, rule)
                })?;
                add_paths(located, "except", &located.entry.except, |p| {
                    table.except(p, rule)
                })?;
                places.push(Place {
                    name: text(name),
                    rank: located.entry.rank,
                });
            }
        }
        for (name, located) in latest_first(&self.sensitive) {
            let rule = catalogue.sensitive.len();
            let table = &mut catalogue.sensitive_paths;
            add_paths(located, "paths", &located.entry.paths, |p| {
                table.insert(p, rule)
            })?;
            add_paths(located, "except", &located.entry.except, |p| {
                table.except(p, rule)
            })?;
            catalogue.sensitive.push(Sensitive {
                name: text(name),
                rank: located.entry.rank,
            });
        }
        for (name, located) in latest_first(&self.benign) {
            let entry = &located.entry;
            let rule = catalogue.benign.len();
            if entry.by.is_empty() || entry.destination.is_empty() {
                return Err(located.wrong("by", "", "give both programs and destinations"));
            }
            if let Some(bare) = entry.by.iter().find(|by| by.starts_with("**/")) {
                return Err(located.wrong(
                    "by",
                    bare,
                    "give the program's directory from its root",
                ));
            }
            let (by, destination) = (&mut catalogue.benign_by, &mut catalogue.benign_destination);
            add_paths(located, "by", &entry.by, |p| by.insert(p, rule))?;
            add_paths(located, "destination", &entry.destination, |p| {
                destination.insert(p, rule)
            })?;
            catalogue.benign.push(Benign { name: text(name) });
        }
        Ok(())
    }
}

/// Entries of the latest file first, so that its names are taken first; then by name.
fn latest_first<T>(entries: &Entries<T>) -> Vec<(&str, &Located<T>)> {
    let mut sorted: Vec<_> = entries.iter().map(|(n, l)| (n.as_str(), l)).collect();
    sorted.sort_by_key(|(_, located)| std::cmp::Reverse(located.file));
    sorted
}

/// Rejects a name that another entry of the same file has.
fn unclaimed<T>(
    entries: &Entries<T>,
    located: &Located<T>,
    image: &str,
    other: Option<usize>,
    utilities: &[Utility],
) -> Result<(), CatalogueError> {
    let same_file = other
        .and_then(|other| utilities.get(other))
        .and_then(|other| entries.get(&*other.name))
        .is_some_and(|other| other.file == located.file);
    if same_file {
        return Err(located.wrong("images", image, "another entry of this file has the name"));
    }
    Ok(())
}

fn insert_all(table: &mut NameTable<usize>, names: &[String], index: usize) {
    for name in names {
        table.insert(name, index);
    }
}

fn add_paths<T>(
    located: &Located<T>,
    key: &'static str,
    patterns: &[String],
    mut add: impl FnMut(&str) -> Result<(), &'static str>,
) -> Result<(), CatalogueError> {
    for pattern in patterns {
        add(pattern).map_err(|problem| located.wrong(key, pattern, problem))?;
    }
    Ok(())
}

fn extension_entry<'c, T>(
    catalogue: &'c mut Catalogue,
    located: &Located<T>,
    extension: &str,
) -> Result<&'c mut Expected, CatalogueError> {
    if extension.is_empty() || extension.starts_with('.') || extension != extension.to_lowercase() {
        let problem = "an extension is written in lower case and without dot";
        return Err(located.wrong("extensions", extension, problem));
    }
    Ok(catalogue
        .extensions
        .entry(extension.as_bytes().into())
        .or_default())
}

fn text(value: &str) -> Text {
    Arc::from(value)
}

fn texts(values: &[String]) -> Vec<Text> {
    values.iter().map(|value| text(value)).collect()
}

fn purpose(name: PurposeName) -> Purpose {
    match name {
        PurposeName::Archive => Purpose::Archive,
        PurposeName::Compress => Purpose::Compress,
        PurposeName::Encrypt => Purpose::Encrypt,
        PurposeName::Encode => Purpose::Encode,
        PurposeName::Split => Purpose::Split,
        PurposeName::Copy => Purpose::Copy,
        PurposeName::Transfer => Purpose::Transfer,
        PurposeName::Consume => Purpose::Consume,
        PurposeName::Other => Purpose::Other,
    }
}

fn class(name: ClassName) -> FormatClass {
    match name {
        ClassName::Archive => FormatClass::Archive,
        ClassName::Compressed => FormatClass::Compressed,
        ClassName::Encrypted => FormatClass::Encrypted,
        ClassName::Encoded => FormatClass::Encoded,
        ClassName::Disk => FormatClass::Disk,
        ClassName::Package => FormatClass::Package,
        ClassName::Other => FormatClass::Other,
    }
}

#[cfg(test)]
mod tests;
