//! The kinds of evidence, each with what was observed.
//!
//! Step: correlate. Weights are not here: they stand in one table in `score`. Words for people are
//! not here either: they are made at the sink. A new variant needs a weight there and words there.

use std::sync::Arc;

use crate::event::{ProcessKey, Time, UsePurpose};

/// A short text that came from the catalogue or the operator's configuration.
pub type Text = Arc<str>;

/// One observation that speaks for or against a packing.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// A known utility was run so that it makes an archive, encrypts or encodes.
    Utility {
        /// The utility's name in the catalogue.
        utility: Text,
        /// What it was told to do.
        purpose: Purpose,
    },
    /// A known utility ran under another file name.
    RenamedUtility {
        /// Its name in the catalogue.
        utility: Text,
        /// The name it ran under.
        image: Vec<u8>,
    },
    /// The command line sets a password or key.
    Password,
    /// The command line asks for encrypted headers, so that names are hidden too.
    HeaderEncryption,
    /// The command line splits the output into volumes.
    Split,
    /// The command line asks to delete the sources.
    DeletesSources,
    /// A file of a known packed format was written.
    Format {
        /// The format's name in the catalogue.
        format: Text,
    },
    /// The content itself says that it is encrypted.
    EncryptedContent {
        /// The format's name in the catalogue.
        format: Text,
    },
    /// The name's extension belongs to another format than the content.
    Mismatch {
        /// The extension, without dot.
        extension: Vec<u8>,
        /// The content's format; `None` for content of no known format.
        format: Option<Text>,
    },
    /// The content is dense and of no known format.
    Dense {
        /// Shannon entropy of the samples, bits per byte.
        entropy: f32,
        /// What random bytes of that sample size would reach.
        random: f32,
    },
    /// The content is a known format, or text, under a short repeating key.
    Obfuscated {
        /// The recovered key.
        key: Vec<u8>,
        /// What appears under it.
        reveals: Text,
    },
    /// The output is in a temporary, staging, public, hidden or removable place.
    Place {
        /// The catalogue's or configuration's name for the place.
        place: Text,
    },
    /// An interpreter packed by itself, without a utility.
    Interpreter {
        /// The interpreter's name in the catalogue.
        interpreter: Text,
    },
    /// A packing library was loaded by one of the processes.
    Library {
        /// The library's name in the catalogue.
        library: Text,
    },
    /// A producing function of a packing or encrypting library was called.
    LibraryUse {
        /// The family of code (`zlib`).
        family: Text,
        /// The function.
        function: Vec<u8>,
        /// The library's file, where known.
        library: Option<Vec<u8>>,
        /// What the function begins.
        purpose: UsePurpose,
        /// How often it was called.
        uses: u64,
        /// When it was first called.
        since: Time,
        /// The format that the call chose, where it tells.
        format: Option<Vec<u8>>,
        /// The level of compression that the call chose, where it tells.
        level: Option<i32>,
    },
    /// A call of a library set a password or key phrase.
    Passphrase {
        /// The family of code.
        family: Text,
        /// The function that set it.
        function: Vec<u8>,
    },
    /// The program, or a library that it mapped, has packing code linked in.
    LinkedIn {
        /// The family of code.
        family: Text,
        /// What it can do.
        purpose: UsePurpose,
        /// By what it was recognised.
        recognised: Text,
        /// The file that holds it.
        file: Vec<u8>,
    },
    /// One output was made from many inputs.
    ManyIntoOne {
        /// Files read.
        files: u64,
        /// Directories they were in.
        directories: u64,
    },
    /// The sources hold what an attacker looks for.
    SensitiveSource {
        /// The catalogue's name for it.
        what: Text,
        /// The directory, file or argument.
        path: Vec<u8>,
    },
    /// Files were copied in a batch into one place.
    BatchCopy {
        /// Files copied.
        files: u64,
        /// Where to.
        directory: Vec<u8>,
    },
    /// What was packed had been staged before.
    StagedBefore {
        /// The staging directory.
        directory: Vec<u8>,
    },
    /// Output of commands that explore the host was collected into a file.
    CollectedOutput {
        /// How many such commands ran.
        commands: u64,
    },
    /// Packing, encryption or encoding followed one another.
    Chain {
        /// How many stages.
        stages: u64,
    },
    /// Sources were removed after they were packed.
    InputsRemoved {
        /// How many names.
        files: u64,
    },
    /// The output was renamed to a name that hides what it is.
    Disguised {
        /// The name before.
        from: Vec<u8>,
    },
    /// The output was removed again.
    OutputRemoved,
    /// Bytes of like size left the host afterwards.
    Transfer {
        /// Who sent them.
        process: ProcessKey,
        /// To where; IPv4 as IPv4-mapped.
        remote: [u8; 16],
        /// To which port.
        port: u16,
        /// How many bytes.
        bytes: u64,
    },
    /// A transfer program was started with the output.
    TransferUtility {
        /// The utility's name in the catalogue.
        utility: Text,
    },
    /// An ancestor that does not usually start such programs.
    Lineage {
        /// The catalogue's name for the ancestor (`web server`).
        ancestor: Text,
    },
    /// The user, or the lack of a terminal, is unusual for such work.
    UserContext {
        /// The rule's name.
        context: Text,
    },
    /// The program's file is in a place where programs do not belong, or has no name any more.
    ProgramPlace {
        /// The catalogue's name for the place.
        place: Text,
    },
    /// The output is larger than the configured threshold.
    Large {
        /// Its size in bytes.
        bytes: u64,
    },
    /// Against: a context that packs by its nature.
    Benign {
        /// The catalogue's name for the context (`package manager`).
        context: Text,
    },
    /// Against: compressed in place, beside its source and under its name.
    InPlace,
    /// Against: the operator allows it.
    Allowed {
        /// The rule's name.
        rule: Text,
    },
    /// Against: the same was done before on this host.
    Habit {
        /// How often.
        times: u64,
        /// On how many days.
        days: u64,
    },
    /// For or against: on how many other hosts of the fleet the same was seen.
    Fleet {
        /// Other hosts that have seen it for long enough to count.
        others: u64,
        /// Other hosts that have seen it only lately.
        lately: u64,
        /// Hosts of the fleet, this one included.
        hosts: u64,
        /// Days that this was counted over.
        days: u64,
    },
    /// Against: the program had a connection open or had received bytes, and read nothing that it
    /// could have packed, so that the file may be a download.
    Received {
        /// Bytes received by then.
        bytes: u64,
    },
}

impl Evidence {
    /// A small number for the kind of evidence, for sets of kinds.
    pub(crate) fn kind(&self) -> u32 {
        match self {
            Self::Utility { .. } => 0,
            Self::RenamedUtility { .. } => 1,
            Self::Password => 2,
            Self::HeaderEncryption => 3,
            Self::Split => 4,
            Self::DeletesSources => 5,
            Self::Format { .. } => 6,
            Self::EncryptedContent { .. } => 7,
            Self::Mismatch { .. } => 8,
            Self::Dense { .. } => 9,
            Self::Obfuscated { .. } => 10,
            Self::Place { .. } => 11,
            Self::Interpreter { .. } => 12,
            Self::Library { .. } => 13,
            Self::ManyIntoOne { .. } => 14,
            Self::SensitiveSource { .. } => 15,
            Self::BatchCopy { .. } => 16,
            Self::StagedBefore { .. } => 17,
            Self::CollectedOutput { .. } => 18,
            Self::Chain { .. } => 19,
            Self::InputsRemoved { .. } => 20,
            Self::Disguised { .. } => 21,
            Self::OutputRemoved => 22,
            Self::Transfer { .. } => 23,
            Self::TransferUtility { .. } => 24,
            Self::Lineage { .. } => 25,
            Self::UserContext { .. } => 26,
            Self::ProgramPlace { .. } => 27,
            Self::Large { .. } => 28,
            Self::Benign { .. } => 29,
            Self::InPlace => 30,
            Self::Allowed { .. } => 31,
            Self::Habit { .. } => 32,
            Self::Received { .. } => 33,
            Self::LibraryUse { .. } => 34,
            Self::Passphrase { .. } => 35,
            Self::LinkedIn { .. } => 36,
            Self::Fleet { .. } => 37,
        }
    }

    /// Whether the other one says the same of the same thing, so that only the newer one is to be
    /// kept. Counts and sizes grow; what was met does not change.
    pub(crate) fn is_about_same(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::ManyIntoOne { .. }
                | Self::BatchCopy { .. }
                | Self::CollectedOutput { .. }
                | Self::Chain { .. }
                | Self::InputsRemoved { .. }
                | Self::Dense { .. }
                | Self::Large { .. }
                | Self::Habit { .. }
                | Self::Fleet { .. }
                | Self::Received { .. },
                _,
            ) => self.kind() == other.kind(),
            (
                Self::Transfer {
                    process,
                    remote,
                    port,
                    ..
                },
                Self::Transfer {
                    process: by,
                    remote: to,
                    port: at,
                    ..
                },
            ) => (process, remote, port) == (by, to, at),
            (
                Self::LibraryUse {
                    function, library, ..
                },
                Self::LibraryUse {
                    function: called,
                    library: of,
                    ..
                },
            ) => (function, library) == (called, of),
            _ => self == other,
        }
    }

    /// Whether it tells of the packing code itself, called or there to be called: news whatever it
    /// weighs, because a finding of this kind without it says half.
    pub(crate) fn names_code(&self) -> bool {
        matches!(self, Self::LibraryUse { .. } | Self::LinkedIn { .. })
    }
}

/// What a utility was told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Make or change an archive.
    Archive,
    /// Compress single files or a stream.
    Compress,
    /// Encrypt.
    Encrypt,
    /// Encode as text.
    Encode,
    /// Split into parts.
    Split,
    /// Copy files.
    Copy,
    /// Carry out over the network.
    Transfer,
    /// Take out, list, test, decrypt, decode: never reported.
    Consume,
    /// Anything else.
    Other,
}
