//! The catalogue and the operator's knobs, joined into the questions that detection asks.
//!
//! Step: correlate. Made once per (re)configuration; answers allocate at most a shared pointer.
//! Places, extensions, libraries and allowances are answered here and nowhere else, so that a knob
//! holds for every rule. It weighs nothing.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::catalogue::{Catalogue, Rank};
use crate::content::{self, Density, Examination, FormatClass};
use crate::evidence::Text;
use crate::finding::Technique;
use crate::glob::{self, Glob};
use crate::knobs::{Allowance, Knobs};
use crate::path;
use crate::process::Program;

/// What to detect with.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) knobs: Knobs,
    suspicious: Vec<Glob>,
    staging: Vec<Glob>,
    user_places: Vec<Glob>,
    libraries: Vec<Glob>,
    packed_extensions: FxHashSet<Box<[u8]>>,
    extension_filter: FxHashSet<Box<[u8]>>,
    allowances: Vec<Allowed>,
}

/// An allowance, ready to match.
#[derive(Debug)]
struct Allowed {
    scope: Scope,
    name: Text,
    path: Option<Glob>,
    parent: Option<Glob>,
    user: Option<Text>,
    destination: Option<Glob>,
}

/// Which list an allowance stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Everything,
    Utilities,
    Libraries,
    Scripts,
    Applications,
}

impl Policy {
    pub(crate) fn new(catalogue: Arc<Catalogue>, knobs: Knobs) -> Self {
        let directories = |list: &[Text]| list.iter().map(Glob::directory).collect::<Vec<_>>();
        let lists = [
            (Scope::Everything, &knobs.process_allowlist),
            (Scope::Utilities, &knobs.allowed_archive_utilities),
            (Scope::Libraries, &knobs.library_allowlist),
            (Scope::Scripts, &knobs.script_allowlist),
            (Scope::Applications, &knobs.allowed_apps),
        ];
        let allowances = lists
            .into_iter()
            .flat_map(|(scope, list)| list.iter().map(move |rule| Allowed::new(scope, rule)))
            .collect();
        Self {
            suspicious: directories(&knobs.suspicious_directories),
            staging: directories(&knobs.staging_directories),
            user_places: directories(&knobs.archive_paths),
            libraries: knobs.monitored_libraries.iter().map(Glob::new).collect(),
            packed_extensions: folded(&knobs.archive_extensions),
            extension_filter: folded(&knobs.file_extension_filter),
            allowances,
            catalogue,
            knobs,
        }
    }

    /// The time window in nanoseconds.
    pub(crate) fn window(&self) -> u64 {
        u64::try_from(self.knobs.time_window.as_nanos()).unwrap_or(u64::MAX)
    }

    /// The place that says most about an output at `path`, with how much it says.
    pub(crate) fn place(&self, path: &[u8]) -> Option<(Text, Rank)> {
        let configured =
            glob::first(&self.staging, path).or_else(|| glob::first(&self.suspicious, path));
        if let Some(glob) = configured {
            return Some((glob.text().clone(), Rank::High));
        }
        let place = self.catalogue.place(path);
        let known = place
            .filter(|place| place.rank > Rank::Zero)
            .map(|place| (place.name.clone(), place.rank));
        let noted = notation_place(path);
        match (known, noted) {
            (Some(known), Some(noted)) if noted.1 <= known.1 => Some(known),
            (known, None) => known,
            (_, noted) => noted,
        }
    }

    /// What a source holds of what attackers collect: by its path, or because it is another host's.
    pub(crate) fn collected(&self, source: &[u8]) -> Option<(Text, Rank)> {
        let known = self.catalogue.sensitive(source);
        let known = known.map(|sensitive| (sensitive.name.clone(), sensitive.rank));
        known
            .into_iter()
            .chain(of_another_host(source))
            .rev()
            .max_by_key(|(_, rank)| *rank)
    }

    /// Whether files that are gathered at `path` are gathered to be taken away.
    pub(crate) fn is_staging(&self, path: &[u8]) -> bool {
        self.place(path)
            .is_some_and(|(_, rank)| rank >= Rank::Medium)
    }

    /// Whether the operator counts the path among those of users (`archive_paths`). Hidden
    /// directories of a home hold the caches of programs and do not count.
    pub(crate) fn is_user_place(&self, path: &[u8]) -> bool {
        let hidden = path
            .windows(2)
            .any(|pair| matches!(pair, [b'/' | b'\\', b'.']));
        !hidden && glob::first(&self.user_places, path).is_some()
    }

    /// Whether the name says "packed".
    pub(crate) fn is_packed_name(&self, path: &[u8]) -> bool {
        has_extension(path, &self.packed_extensions)
    }

    /// The extension that the content belies. Plain content under an archive's name is an empty or
    /// broken file rather than a lie; dense content under a name that promises encryption keeps the
    /// promise; names for the time being promise nothing.
    pub(crate) fn belied(&self, path: &[u8], seen: &Examination) -> Option<Vec<u8>> {
        let extension = path::extension(path)?;
        let is_one_of = |list: &[&[u8]]| list.iter().any(|one| extension.eq_ignore_ascii_case(one));
        if is_one_of(&PASSING) || (seen.format.is_none() && is_one_of(&ANYTHING)) {
            return None;
        }
        if seen.format.is_none() {
            let promised = self.catalogue.expected(&extension.to_ascii_lowercase());
            let encryption = promised.is_some_and(|promised| {
                promised
                    .formats
                    .iter()
                    .any(|&format| self.catalogue.format_at(format).class == FormatClass::Encrypted)
            });
            if seen.density != Density::Dense || encryption {
                return None;
            }
        }
        content::extension_mismatch(&self.catalogue, path, seen)
    }

    /// Whether packing without a utility is to be told for such a name.
    pub(crate) fn passes_extension_filter(&self, path: &[u8]) -> bool {
        let filter = &self.extension_filter;
        filter.is_empty() || has_extension(path, filter)
    }

    /// The library at `path`, if it packs, with how much its use says.
    pub(crate) fn library(&self, path: &[u8]) -> Option<(Text, Rank)> {
        if let Some(glob) = glob::first(&self.libraries, path::base_name(path)) {
            return Some((glob.text().clone(), Rank::High));
        }
        let library = self.catalogue.library(path)?;
        Some((library.name.clone(), library.rank))
    }

    /// Whether the operator has the library watched.
    pub(crate) fn is_monitored_library(&self, path: &[u8]) -> bool {
        glob::first(&self.libraries, path::base_name(path)).is_some()
    }

    /// The first allowance that covers such work.
    pub(crate) fn allowed(
        &self,
        technique: Technique,
        program: &Program,
        parent: Option<&Program>,
        destination: &[u8],
    ) -> Option<Text> {
        self.allowances
            .iter()
            .find(|allowed| allowed.covers(technique, program, parent, destination))
            .map(|allowed| allowed.name.clone())
    }
}

impl Allowed {
    fn new(scope: Scope, allowance: &Allowance) -> Self {
        let parts = allowance.parts();
        Self {
            scope,
            name: allowance.name().clone(),
            path: parts.path.as_ref().map(Glob::new),
            parent: parts.parent.as_ref().map(Glob::new),
            user: parts.user.clone(),
            destination: parts.destination.as_ref().map(Glob::new),
        }
    }

    fn covers(
        &self,
        technique: Technique,
        program: &Program,
        parent: Option<&Program>,
        destination: &[u8],
    ) -> bool {
        let in_scope = match self.scope {
            Scope::Everything => true,
            Scope::Utilities => technique == Technique::Utility,
            Scope::Libraries => technique == Technique::Library,
            Scope::Scripts | Scope::Applications => technique == Technique::Custom,
        };
        // An interpreter is allowed by its script: allowing all of Python would allow anything.
        let subject = match self.scope {
            Scope::Scripts => program
                .script
                .as_deref()
                .or_else(|| script_argument(program)),
            _ => program.image(),
        };
        let matches = |glob: &Option<Glob>, path: Option<&[u8]>| {
            glob.as_ref()
                .is_none_or(|glob| path.is_some_and(|path| glob.matches(path)))
        };
        let by_user = |user: &Text| {
            program.user.as_deref() == Some(user)
                || program.uid.is_some_and(|uid| user.parse() == Ok(uid))
        };
        in_scope
            && matches(&self.path, subject)
            && matches(&self.parent, parent.and_then(Program::image))
            && matches(&self.destination, Some(destination))
            && self.user.as_ref().is_none_or(by_user)
    }
}

/// The place that the notation of a path of Windows tells: in no directory, or on another host.
fn notation_place(path: &[u8]) -> Option<(Text, Rank)> {
    if !path::is_windows(path) {
        return None;
    }
    if path::stream(path).is_some_and(|stream| !stream.eq_ignore_ascii_case(b"Zone.Identifier")) {
        return Some(("alternate data stream".into(), Rank::High));
    }
    // Shares that end in `$` are those of administrators; work is saved on the others.
    path::share(path).map(|share| {
        if share.ends_with(b"$") {
            ("administrative share".into(), Rank::Medium)
        } else {
            ("network share".into(), Rank::Low)
        }
    })
}

/// A file server's files are everybody's, an administrator's share is a way in.
fn of_another_host(source: &[u8]) -> Option<(Text, Rank)> {
    let share = path::share(source)?;
    Some(if share.ends_with(b"$") {
        ("files of another host".into(), Rank::Medium)
    } else {
        ("files of a share".into(), Rank::Low)
    })
}

/// The script that an interpreter was given as its first argument that is no option.
fn script_argument(program: &Program) -> Option<&[u8]> {
    program
        .arguments()
        .skip(1)
        .find(|argument| !argument.starts_with(b"-"))
}

fn folded(list: &[Text]) -> FxHashSet<Box<[u8]>> {
    list.iter()
        .map(|text| text.to_ascii_lowercase().into_bytes().into())
        .collect()
}

fn has_extension(path: &[u8], list: &FxHashSet<Box<[u8]>>) -> bool {
    let Some(extension) = path::extension(path) else {
        return false;
    };
    let mut buffer = [0; LONGEST_EXTENSION];
    let Some(folded) = buffer.get_mut(..extension.len()) else {
        return false;
    };
    folded.copy_from_slice(extension);
    folded.make_ascii_lowercase();
    list.contains(&*folded)
}

/// Longer ones are no extensions.
const LONGEST_EXTENSION: usize = 24;

/// Extensions that say no more than that there are bytes.
const ANYTHING: [&[u8]; 8] = [
    b"bin", b"blob", b"cache", b"dat", b"data", b"db", b"idx", b"pak",
];

/// Extensions of files that are being made.
const PASSING: [&[u8]; 6] = [b"tmp", b"temp", b"part", b"partial", b"new", b"swp"];

#[cfg(test)]
mod tests;
