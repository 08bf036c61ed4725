//! What a command line means: one parser per family of utilities, never a substring search.
//!
//! Step: correlate. Pure: arguments in, [`Command`] out.

use crate::evidence::{Purpose, Text};

/// The meaning of one command line of a known utility.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The utility's name in the catalogue (`7-zip`, `tar`).
    pub utility: Text,
    /// It ran under a file name that the catalogue does not list for it.
    pub renamed: bool,
    /// What it was told to do.
    pub purpose: Purpose,
    /// A password, passphrase or key is given or asked for.
    pub password: bool,
    /// Headers (file names) are encrypted too.
    pub header_encryption: bool,
    /// The output is split into volumes.
    pub split: bool,
    /// Sources are deleted when done.
    pub deletes_sources: bool,
    /// Where the output goes.
    pub output: Output,
    /// Sources as given on the command line.
    pub inputs: Vec<Vec<u8>>,
    /// Directory that relative names start from, where the command line changes it (`tar -C`).
    pub directory: Option<Vec<u8>>,
}

/// Where a utility's output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A file, as given (the utility may append an extension).
    File(Vec<u8>),
    /// Each input gets an output beside it (`gzip a b`).
    BesideInputs,
    /// Standard output.
    Standard,
    /// Another host (`tar -f host:path`, `scp`).
    Remote(Vec<u8>),
    /// The command line does not say.
    Unknown,
}
