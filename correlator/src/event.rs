//! What the correlator is told: enriched observations, one at a time.
//!
//! Step: correlate (its input). An [`Event`] borrows from whoever made it; the correlator copies
//! what it keeps. `None` is "the source did not say", never zero or empty. Paths and arguments are
//! bytes. This module decides nothing.

use crate::fleet::{Pattern, Prevalence};
use crate::maker::{Behind, Maker};

/// Nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

/// Names a process for good: a pid alone is reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessKey {
    /// Process (thread group) identifier.
    pub pid: u32,
    /// When it started: nanoseconds of the host's boot clock, as the source gives it.
    pub start: u64,
}

/// Names a file while it exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileKey {
    /// Device, as `stat` gives it; a volume's serial number on Windows.
    pub device: u64,
    /// Inode or file index.
    pub inode: u64,
}

/// One enriched observation.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// When it happened.
    pub time: Time,
    /// Who did it.
    pub process: ProcessKey,
    /// The record said that a value was cut or could not be read.
    pub incomplete: bool,
    /// What was done.
    pub detail: Detail<'a>,
}

/// What was done.
#[derive(Clone, Copy, Debug)]
pub enum Detail<'a> {
    /// A program was started, or was found running.
    ProcessStart(ProcessStart<'a>),
    /// `Event::process` made this child.
    Fork {
        /// The child.
        child: ProcessKey,
    },
    /// The process ended.
    Exit(Exit),
    /// A file was mapped executable.
    LibraryLoad {
        /// The library.
        path: Option<&'a [u8]>,
        /// Its identity.
        file: Option<FileKey>,
    },
    /// A producing function of a packing or encrypting library was called.
    LibraryUse(LibraryUse<'a>),
    /// An interpreter was given a script, or a piece of one.
    Script(Script<'a>),
    /// A scan told which packing code a file holds; `Event::process` says nothing then.
    CodeInside(CodeInside<'a>),
    /// The fleet answered how common a packing is there; `Event::process` says nothing then.
    Answered(Answered<'a>),
    /// A file is open for writing.
    FileOpened {
        /// The file.
        path: Option<&'a [u8]>,
        /// Its identity.
        file: Option<FileKey>,
        /// Its size in bytes.
        size: Option<u64>,
    },
    /// A file was written and closed.
    FileWritten(FileWritten<'a>),
    /// A file's content was read after the fact.
    FileContent {
        /// The file.
        path: Option<&'a [u8]>,
        /// Its identity.
        file: Option<FileKey>,
        /// Its size in bytes.
        size: Option<u64>,
        /// What was read.
        content: Content<'a>,
    },
    /// A file got another name in place of its old one.
    Renamed {
        /// The name before.
        from: Option<&'a [u8]>,
        /// The name after.
        to: Option<&'a [u8]>,
        /// Its identity.
        file: Option<FileKey>,
    },
    /// A file got a further name.
    Linked {
        /// The name it had.
        from: Option<&'a [u8]>,
        /// The further name.
        to: Option<&'a [u8]>,
        /// Its identity.
        file: Option<FileKey>,
    },
    /// A name was removed.
    Removed {
        /// The name.
        path: Option<&'a [u8]>,
        /// The file's identity.
        file: Option<FileKey>,
        /// Whether it named a directory.
        directory: bool,
    },
    /// The process read a first file in this directory.
    DirectoryRead {
        /// The directory.
        path: Option<&'a [u8]>,
        /// Name of that first file, without directory.
        name: Option<&'a [u8]>,
        /// Directories that the process has read so far, this one included.
        count: Option<u64>,
    },
    /// A connection was made.
    FlowOpened(Flow),
    /// A connection ended.
    FlowClosed(Flow),
    /// The probe left out records of this process.
    Throttled {
        /// How many.
        left_out: u64,
        /// Since when.
        since: Option<Time>,
    },
    /// Records were lost on their way; `Event::process` says nothing then.
    Lost(Lost<'a>),
}

/// A program start.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessStart<'a> {
    /// Found running when the capture began.
    pub rundown: bool,
    /// The process that made it.
    pub parent: Option<ProcessKey>,
    /// Who else had a hand in it, where the system tells.
    pub behind: Option<Behind>,
    /// The program's file.
    pub image: Option<&'a [u8]>,
    /// Its identity.
    pub image_file: Option<FileKey>,
    /// Owner of the program's file.
    pub image_owner: Option<u32>,
    /// The script that was asked for, where `image` is its interpreter (`#!`).
    pub script: Option<&'a [u8]>,
    /// Arguments with argv\[0\] first, each ended by a NUL; possibly cut (see `Event::incomplete`).
    pub arguments: Option<&'a [u8]>,
    /// Working directory.
    pub directory: Option<&'a [u8]>,
    /// Real user.
    pub uid: Option<u32>,
    /// Effective user.
    pub euid: Option<u32>,
    /// The real user's name.
    pub user: Option<&'a str>,
    /// What the program's file says of its maker.
    pub maker: Maker<&'a [u8]>,
    /// Integrity that the system gave the process, where it has such a thing (Windows).
    pub integrity: Option<&'a str>,
    /// Login user (audit), where one logged in.
    pub login_uid: Option<u32>,
    /// Session.
    pub session: Option<u32>,
    /// Whether it has a controlling terminal.
    pub terminal: Option<bool>,
    /// Container id, where it runs in one.
    pub container: Option<&'a str>,
    /// Control group path.
    pub cgroup: Option<&'a [u8]>,
}

/// A piece of a script that an interpreter was given.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    /// Names the script whose piece it is; zeros where it has no name.
    pub block: [u8; 16],
    /// Which piece, from 1.
    pub part: u32,
    /// How many pieces there are.
    pub parts: u32,
    /// The text.
    pub text: &'a [u8],
    /// The script's file.
    pub path: Option<&'a [u8]>,
}

/// A process's end, with its totals.
#[derive(Clone, Copy, Debug, Default)]
pub struct Exit {
    /// Wait status.
    pub status: Option<u32>,
    /// Bytes through read-like calls.
    pub bytes_read: Option<u64>,
    /// Bytes through write-like calls.
    pub bytes_written: Option<u64>,
    /// Files opened for reading.
    pub files_read: Option<u64>,
    /// Directories in which files were read.
    pub directories_read: Option<u64>,
    /// Files written and closed.
    pub files_written: Option<u64>,
    /// Names removed.
    pub files_removed: Option<u64>,
}

/// A file that was written and closed.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileWritten<'a> {
    /// Where.
    pub path: Option<&'a [u8]>,
    /// Its identity.
    pub file: Option<FileKey>,
    /// Who opened it, where that was another process.
    pub opener: Option<ProcessKey>,
    /// Made by the open.
    pub created: bool,
    /// It had no name any more when it was closed.
    pub unlinked: bool,
    /// Size when it was opened.
    pub size_before: Option<u64>,
    /// Size when it was closed.
    pub size_after: Option<u64>,
    /// Bytes written, where the source counts them.
    pub bytes_written: Option<u64>,
    /// What it holds.
    pub content: Content<'a>,
}

/// Samples of a file's bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Content<'a> {
    /// From its start.
    pub head: Option<&'a [u8]>,
    /// From its middle.
    pub middle: Option<&'a [u8]>,
    /// From its end.
    pub tail: Option<&'a [u8]>,
}

/// Calls of a producing function of a library: one that begins to compress, archive or encrypt.
#[derive(Clone, Copy, Debug)]
pub struct LibraryUse<'a> {
    /// The library's file.
    pub library: Option<&'a [u8]>,
    /// The function's name (`deflateInit2_`).
    pub function: &'a [u8],
    /// The family of code that it belongs to (`zlib`), in lower case.
    pub family: &'a [u8],
    /// What it begins.
    pub purpose: UsePurpose,
    /// How often it was called. Of two reports with the same `first`, the later one has counted
    /// the calls of the earlier one, too.
    pub uses: u64,
    /// When it was first called.
    pub first: Time,
    /// The output that the call names, as the program gave it.
    pub output: Option<&'a [u8]>,
    /// The format that the call chooses.
    pub format: Option<&'a [u8]>,
    /// The level of compression that the call chooses.
    pub level: Option<i32>,
    /// The call sets a password or key phrase.
    pub passphrase: bool,
}

/// What a library's function begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UsePurpose {
    /// Compression of a stream.
    Compress,
    /// An archive.
    Archive,
    /// Encryption.
    Encrypt,
}

/// Packing code that a scan found in an executable or library. It is told of the file and not of a
/// process: the scan ends after the process has started, and holds for all that run or map it.
#[derive(Clone, Copy, Debug)]
pub struct CodeInside<'a> {
    /// The file that was scanned.
    pub file: FileKey,
    /// A name of it.
    pub path: Option<&'a [u8]>,
    /// What can pack in there; none where nothing was found, which unsays what was told before.
    pub code: &'a [LinkedCode<'a>],
}

/// On how many hosts of the fleet such a packing was seen.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// Which packing.
    pub pattern: &'a Pattern,
    /// The answer.
    pub prevalence: Prevalence,
}

/// A family of packing code in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkedCode<'a> {
    /// The family (`zlib`), in lower case.
    pub family: &'a str,
    /// What it can do.
    pub purpose: UsePurpose,
    /// By what it was recognised (`version 1.3.1`), for people.
    pub recognised: &'a str,
}

/// A network connection.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// Names it while it lives.
    pub cookie: u64,
    /// This host began it; `None` where not known.
    pub outbound: Option<bool>,
    /// The other end; IPv4 as IPv4-mapped.
    pub remote: [u8; 16],
    /// The other end's port.
    pub remote_port: u16,
    /// This end's port.
    pub local_port: u16,
    /// Payload bytes sent.
    pub bytes_sent: Option<u64>,
    /// Payload bytes received.
    pub bytes_received: Option<u64>,
}

/// A gap in what was seen.
#[derive(Clone, Copy, Debug)]
pub struct Lost<'a> {
    /// How many records; 0 where nobody can know.
    pub count: u64,
    /// The gap's begin.
    pub from: Time,
    /// The gap's end.
    pub to: Time,
    /// What kind of record, as the ring names it; `None` where not known.
    pub kind: Option<&'static str>,
    /// Why, as the ring names it.
    pub reason: &'static str,
    /// The library whose calls were not watched meanwhile, where that is the gap.
    pub unwatched: Option<&'a [u8]>,
}
