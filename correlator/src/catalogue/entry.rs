//! The entries of the catalogue as the rest of the correlator reads them.
//!
//! Step: correlate. Plain facts; how they are written in a file is `file`'s matter, how they are
//! found `mod`'s. Nothing here weighs: a [`Rank`] is a class that `score` turns into a weight.

use crate::content::FormatClass;
use crate::evidence::{Purpose, Text};

pub use super::file::{Family, Rank, Reader};

/// A program that packs, encrypts, encodes, copies or transfers.
#[derive(Clone, Debug)]
pub struct Utility {
    /// Its name.
    pub name: Text,
    /// How its command line is read.
    pub family: Family,
    /// What it does by nature.
    pub purpose: Purpose,
    /// What it appends to a name, with the dot.
    pub suffix: Option<Text>,
    /// Whether it deletes its sources unless told to keep them.
    pub deletes_sources: bool,
    /// Whether it is a program of a language runtime and packs through that runtime's library.
    pub runtime: bool,
    /// How names of files begin that it makes for the time being, beside its output.
    pub scratch: Vec<Text>,
}

/// A program that runs other people's code.
#[derive(Clone, Debug)]
pub struct Interpreter {
    /// Its name.
    pub name: Text,
    /// Whether it is a command shell, so that what it does is mostly what its children do.
    pub shell: bool,
    /// Options that are followed by code in the next argument.
    pub inline: Vec<Text>,
    /// Options that are followed by a module's name.
    pub module: Vec<Text>,
}

/// A shared library that packs or encrypts.
#[derive(Clone, Debug)]
pub struct Library {
    /// Its name.
    pub name: Text,
    /// What it is for (`archive`, `compression`, `encryption`).
    pub family: Text,
    /// How much its use by an unusual program says.
    pub rank: Rank,
}

/// A place in the file system.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its name (`temporary`).
    pub name: Text,
    /// How much it says that an output, or a program, is there.
    pub rank: Rank,
}

/// Files that attackers collect.
#[derive(Clone, Debug)]
pub struct Sensitive {
    /// What they hold (`ssh keys`).
    pub name: Text,
    /// How much it says that they were packed.
    pub rank: Rank,
}

/// A context that packs by its nature.
#[derive(Clone, Debug)]
pub struct Benign {
    /// Its name (`package manager`).
    pub name: Text,
}

/// Programs that do not usually start archivers.
#[derive(Clone, Debug)]
pub struct Lineage {
    /// What they are (`web server`).
    pub name: Text,
    /// How unusual it is.
    pub rank: Rank,
}

/// Commands that explore a host.
#[derive(Clone, Debug)]
pub struct Exploration {
    /// What they explore (`accounts`).
    pub name: Text,
}

/// A file format.
#[derive(Clone, Debug)]
pub struct Format {
    /// Its name.
    pub name: Text,
    /// What kind of format it is.
    pub class: FormatClass,
    /// Whether such content is encrypted, where that follows from the format alone.
    pub encrypted: Option<bool>,
    /// How more is read out of it than its magic says.
    pub reader: Option<Reader>,
    /// Packed data without any mark of its own: only name and density tell it.
    pub unmarked: bool,
}
