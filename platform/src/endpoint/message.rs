//! A message of `EndpointSecurity`, borrowed from whatever it was read from.
//!
//! Step: source. One type for the live client, which fills it from the system's structures inside
//! its callback, and for `eslogger`, whose JSON carries the same fields. Everything is borrowed and
//! `Copy`; making one allocates nothing. Invariants: what a message of an older version does not
//! carry is `None`, never zero; paths and names are bytes as the system has them, without a NUL.

/// A message: something that a process did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'m> {
    /// Version of the message's layout (`es_message_t.version`).
    pub version: u32,
    /// When it happened, in nanoseconds since 1970 (`time`).
    pub time: u64,
    /// The same moment in ticks of the processor's clock (`mach_time`).
    pub mach_time: Option<u64>,
    /// Counts this client's messages of this type; a gap is a loss (`seq_num`, from version 2).
    pub sequence: Option<u64>,
    /// Counts this client's messages of all types (`global_seq_num`, from version 4).
    pub global_sequence: Option<u64>,
    /// The thread that did it (`thread.thread_id`, from version 4).
    pub thread: Option<u64>,
    /// Who did it, as it was before.
    pub process: Process<'m>,
    /// What it did.
    pub event: Event<'m>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'m> {
    /// A program was started in the process.
    Exec {
        /// The process as it is from now on.
        target: Process<'m>,
        /// Its arguments, each ended by a NUL; cut where the source bounds them.
        arguments: &'m [u8],
        /// Length of all arguments with their NULs, before any cut.
        arguments_length: usize,
        /// The script that an interpreter was started for by `#!` (from version 2).
        script: Option<File<'m>>,
        /// Working directory (from version 3).
        directory: Option<File<'m>>,
    },
    /// The process made another.
    Fork {
        /// That one.
        child: Process<'m>,
    },
    /// The process ended.
    Exit {
        /// Its status as `wait` gives it (`stat`).
        status: i32,
    },
    /// A file was mapped.
    Mmap {
        /// `PROT_…`; 4 is executable.
        protection: i32,
        /// `MAP_…`.
        flags: i32,
        /// Where in the file.
        position: u64,
        /// The file.
        file: File<'m>,
    },
    /// A file or directory was opened.
    Open {
        /// The kernel's flags (`fflag`): 1 reads, 2 writes.
        flags: i32,
        /// What was opened.
        file: File<'m>,
    },
    /// A file was made.
    Create {
        /// Under which name.
        destination: Destination<'m>,
    },
    /// An open file was closed.
    Close {
        /// It was written through this open.
        modified: bool,
        /// Its pages were writable in memory, so it may be changed without a sign (from version 6).
        was_mapped_writable: Option<bool>,
        /// The file as it is now, its size included.
        file: File<'m>,
    },
    /// A file is being written; how much is not told.
    Write {
        /// The file.
        file: File<'m>,
    },
    /// A file got another name.
    Rename {
        /// It, under its old name.
        source: File<'m>,
        /// The new name; an existing file there is replaced.
        destination: Destination<'m>,
    },
    /// A name was removed.
    Unlink {
        /// The file.
        file: File<'m>,
        /// The directory that the name was in.
        directory: File<'m>,
    },
    /// A file got one more name.
    Link {
        /// The file, under its old name.
        source: File<'m>,
        /// Directory of the new name.
        directory: File<'m>,
        /// The new name.
        name: &'m [u8],
    },
    /// A file was copied by sharing its blocks.
    Clone {
        /// The original.
        source: File<'m>,
        /// Directory of the copy.
        directory: File<'m>,
        /// Name of the copy.
        name: &'m [u8],
    },
    /// A file was copied within the kernel (`copyfile(2)`, as file servers use it).
    Copyfile {
        /// The original.
        source: File<'m>,
        /// The file that is overwritten.
        existing: Option<File<'m>>,
        /// Directory of the copy.
        directory: File<'m>,
        /// Name of the copy.
        name: &'m [u8],
    },
    /// A file was cut to a length.
    Truncate {
        /// It.
        file: File<'m>,
    },
    /// An event that tells nothing of interest, by its number (`es_event_type_t`).
    Other(u32),
}

/// Where a file is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination<'m> {
    /// A file is there: it was made (the system tells creations afterwards so), or is replaced.
    Existing(File<'m>),
    /// No file is there yet.
    New {
        /// The directory.
        directory: File<'m>,
        /// The name in it.
        name: &'m [u8],
        /// Mode bits; renames carry none.
        mode: Option<u32>,
    },
}

/// A process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Process<'m> {
    /// Who it is, for the system.
    pub token: Token,
    /// When it started, in nanoseconds since 1970, in whole microseconds (from version 3). A
    /// process keeps it when it starts another program.
    pub start: Option<u64>,
    /// Its parent (from version 4).
    pub parent: Option<Token>,
    /// Its parent's pid; 1 once the parent has ended.
    pub parent_pid: u32,
    /// The pid of the one that made it, whoever its parent is now.
    pub original_parent_pid: u32,
    /// The process that answers for it to the user: an app for its helpers, a terminal for what is
    /// run in it (from version 4).
    pub responsible: Option<Token>,
    /// Process group.
    pub group: u32,
    /// Session.
    pub session: u32,
    /// Flags of its code signature (`CS_…`).
    pub signature: u32,
    /// It is part of the system.
    pub is_platform_binary: bool,
    /// It is a client of `EndpointSecurity` itself.
    pub is_client: bool,
    /// Identifier in its code signature.
    pub signing_id: Option<&'m [u8]>,
    /// Identifier of the team that signed it; platform binaries have none.
    pub team_id: Option<&'m [u8]>,
    /// Hash of its code directory.
    pub code_hash: Option<CodeHash>,
    /// Its program.
    pub executable: File<'m>,
    /// Its terminal (from version 2).
    pub terminal: Option<File<'m>>,
}

/// Hash of a code directory (`cdhash`), which names a program whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CodeHash(pub [u8; 20]);

/// An audit token, taken apart.
///
/// `pid` and `version` together never come twice; `version` changes with every program that the
/// process starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Token {
    /// Audit user; `u32::MAX` where none was set.
    pub audit_user: u32,
    /// Effective user.
    pub effective_user: u32,
    /// Effective group.
    pub effective_group: u32,
    /// Real user.
    pub real_user: u32,
    /// Real group.
    pub real_group: u32,
    /// Process.
    pub pid: u32,
    /// Audit session.
    pub audit_session: u32,
    /// Version of the pid.
    pub version: u32,
}

/// A file as it was when the message was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct File<'m> {
    /// Its absolute path.
    pub path: &'m [u8],
    /// The path is the beginning of a longer one.
    pub is_truncated: bool,
    /// What `stat` says; none where the source does not carry it.
    pub stat: Option<Stat>,
}

impl Event<'_> {
    /// A number of our own for its type, from 0; the last is that of all others.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Exec { .. } => 0,
            Self::Fork { .. } => 1,
            Self::Exit { .. } => 2,
            Self::Mmap { .. } => 3,
            Self::Open { .. } => 4,
            Self::Create { .. } => 5,
            Self::Close { .. } => 6,
            Self::Write { .. } => 7,
            Self::Rename { .. } => 8,
            Self::Unlink { .. } => 9,
            Self::Link { .. } => 10,
            Self::Clone { .. } => 11,
            Self::Copyfile { .. } => 12,
            Self::Truncate { .. } => 13,
            Self::Other(_) => 14,
        }
    }
}

/// What `stat` says of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// `st_dev`, its 32 bits as they are.
    pub device: u64,
    /// `st_ino`.
    pub inode: u64,
    /// `st_size`.
    pub size: u64,
    /// `st_mode`.
    pub mode: u32,
    /// `st_nlink`.
    pub links: u32,
    /// `st_uid`.
    pub uid: u32,
    /// `st_rdev`, its 32 bits as they are: which terminal, where it is one.
    pub special: u32,
    /// `st_birthtimespec`, in nanoseconds since 1970.
    pub born: Option<u64>,
}

impl Token {
    /// From the eight numbers of an `audit_token_t`.
    #[must_use]
    pub const fn from_words(words: [u32; 8]) -> Self {
        let [
            audit_user,
            effective_user,
            effective_group,
            real_user,
            real_group,
            pid,
            audit_session,
            version,
        ] = words;
        Self {
            audit_user,
            effective_user,
            effective_group,
            real_user,
            real_group,
            pid,
            audit_session,
            version,
        }
    }
}

impl Stat {
    /// Whether it is a directory's.
    #[must_use]
    pub const fn is_directory(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }

    /// Whether it is a regular file's.
    #[must_use]
    pub const fn is_regular(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }
}
