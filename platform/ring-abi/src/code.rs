//! The format's code values, as newtypes that survive values of a later version.
//!
//! Step: ring. A code is never renumbered or reused; `FORMAT.md` holds the same tables.

/// Declares a code: a transparent integer with named values.
macro_rules! code {
    ($(#[$meta:meta])* $name:ident($ty:ty) { $($(#[$value_meta:meta])* $value:ident = $number:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(pub $ty);

        impl $name {
            $($(#[$value_meta])* pub const $value: Self = Self($number);)+

            /// Every value that this version names, with its name, in ascending order.
            pub const ALL: &'static [(Self, &'static str)] =
                &[$((Self::$value, stringify!($value)),)+];
        }
    };
}

/// Declares a set of bits.
macro_rules! bits {
    ($(#[$meta:meta])* $name:ident { $($(#[$value_meta:meta])* $value:ident = $bit:literal,)+ }) => {
        code! { $(#[$meta])* $name(u32) { $($(#[$value_meta])* $value = $bit,)+ } }

        impl $name {
            /// Whether every bit of `other` is set.
            #[inline]
            #[must_use]
            pub const fn has(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// The union of both sets.
            #[inline]
            #[must_use]
            pub const fn with(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }
    };
}

code! {
    /// What a record tells; decides the body's layout.
    Kind(u16) {
        /// A process started a program (exec), or ran when the capture began (with `RUNDOWN`).
        PROCESS_START = 1,
        /// A process made another.
        FORK = 2,
        /// A process ended; carries its totals.
        EXIT = 3,
        /// A file was mapped executable.
        LIBRARY_LOAD = 4,
        /// A file is open for writing (told by the rundown only).
        FILE_OPENED = 5,
        /// Samples of a file's content, taken apart from its close.
        FILE_CONTENT = 6,
        /// A file that was open for writing was closed and had changed.
        FILE_WRITTEN = 7,
        /// A file got another name.
        FILE_RENAMED = 8,
        /// A file got one more name.
        FILE_LINKED = 9,
        /// A name of a file was removed.
        FILE_REMOVED = 10,
        /// A process read a first file in a directory.
        DIRECTORY_READ = 11,
        /// A network connection was made.
        FLOW_OPENED = 12,
        /// A network connection ended; carries its bytes.
        FLOW_CLOSED = 13,
        /// A process exceeded its rate and some of its records were left out.
        THROTTLE = 14,
        /// Records were lost.
        LOSS = 15,
        /// The first record of a capture: its clock, host and system.
        CAPTURE_START = 16,
        /// A process called a producing function of a library.
        LIBRARY_USE = 17,
        /// An interpreter was given a script, or a piece of one, to run.
        SCRIPT = 18,
    }
}

code! {
    /// Names a field of the tail.
    Tag(u16) {
        /// Absolute path of the record's file or directory, in its own mount namespace.
        PATH = 1,
        /// Absolute path before a rename or of the link's origin.
        OLD_PATH = 2,
        /// Path as the program passed it, relative to `BASE_PATH`.
        GIVEN_PATH = 3,
        /// The old path as the program passed it, relative to `OLD_BASE_PATH`.
        OLD_GIVEN_PATH = 4,
        /// Directory that `GIVEN_PATH` is relative to.
        BASE_PATH = 5,
        /// Directory that `OLD_GIVEN_PATH` is relative to; left out where it is `BASE_PATH`.
        OLD_BASE_PATH = 6,
        /// Arguments, argv[0] first, each ended by a NUL.
        ARGUMENTS = 7,
        /// Working directory.
        DIRECTORY = 8,
        /// The file that was asked for, where an interpreter runs in its place (`#!`).
        SCRIPT = 9,
        /// Control group path.
        CGROUP = 10,
        /// Name of the first file that was read in the directory.
        NAME = 11,
        /// First bytes of the file.
        CONTENT_HEAD = 12,
        /// Bytes from the middle of the file, at half its size rounded down to 512.
        CONTENT_MIDDLE = 13,
        /// Last bytes of the file.
        CONTENT_TAIL = 14,
        /// Host name.
        HOST = 15,
        /// Operating system release.
        RELEASE = 16,
        /// Boot identifier, as text.
        BOOT = 17,
        /// Thread or process name as the kernel keeps it.
        COMMAND = 18,
        /// Entry point of a library that was called, by its symbol.
        FUNCTION = 19,
        /// Family of libraries that the entry point belongs to (`zlib`, `libarchive`).
        FAMILY = 20,
        /// Format that the entry point produces, or that its arguments name.
        FORMAT = 21,
        /// User that the process runs as, in the system's own notation (`DOMAIN\\name`, `S-1-5-18`).
        USER = 22,
        /// Name that the program's maker gave it, where its file tells it.
        ORIGINAL_NAME = 23,
        /// Text of a script.
        TEXT = 24,
        /// Product that the program's file says it belongs to (`7-Zip`).
        PRODUCT = 25,
        /// Company that the program's file says made it (`Igor Pavlov`).
        COMPANY = 26,
        /// Integrity that the system gave the process, as the identifier of its label (Windows:
        /// `S-1-16-12288`).
        INTEGRITY = 27,
        /// Identifier under which the program was signed (macOS: `com.apple.ditto`).
        SIGNING_ID = 28,
        /// Identifier of the team that signed the program (macOS).
        TEAM_ID = 29,
        /// Hash of the program's code directory, 20 bytes (macOS).
        CODE_HASH = 30,
        /// The process that answers for this one to the user (macOS): pid (u32) and start (u64, 0
        /// where it is not known).
        RESPONSIBLE = 31,
        /// The process that made this one, where the system names another as its parent (Windows):
        /// pid (u32) and start (u64, 0 where it is not known).
        CREATOR = 32,
    }
}

bits! {
    /// What holds for the record as a whole.
    Flags {
        /// A tail field was cut; its bytes are the beginning (for paths: the end) of the value.
        TRUNCATED = 1,
        /// Told from a snapshot at the start of the capture, not from an event.
        RUNDOWN = 2,
        /// A value could not be read; its field is absent.
        LOOKUP_FAILED = 4,
        /// The path's file has no name any more.
        UNLINKED = 8,
    }
}

bits! {
    /// Which optional body fields hold a value; a field whose bit is clear is unknown, not zero.
    Known {
        /// Device and inode.
        FILE = 1,
        /// Size before the file was opened.
        SIZE_BEFORE = 2,
        /// Size when the record was made.
        SIZE_AFTER = 4,
        /// Bytes that were written through this file.
        BYTES_WRITTEN = 8,
        /// Bytes that were read or received.
        BYTES_READ = 16,
        /// Time of the open.
        OPENED = 32,
        /// The process that opened the file.
        OPENER = 64,
        /// Number of links and owner.
        OWNER = 128,
        /// The file was made by the open.
        CREATED = 256,
        /// The parent process.
        PARENT = 512,
        /// User and group identifiers.
        USER = 1024,
        /// Session and controlling terminal.
        SESSION = 2048,
        /// Control group identifier.
        CGROUP = 4096,
        /// The numbers of files and directories.
        COUNTS = 8192,
        /// Exit status.
        STATUS = 16384,
        /// The login user identifier was set.
        LOGIN = 32768,
        /// The level of compression that was asked for.
        LEVEL = 65_536,
        /// A passphrase was handed over; the bit is all that is told of it.
        PASSPHRASE = 131_072,
        /// The program carries a signature; whether it is valid is not said.
        SIGNED = 262_144,
        /// The program carries no signature. With neither bit nothing is known of one.
        UNSIGNED = 524_288,
        /// The system itself vouches for the program as its own (macOS: a platform binary).
        SYSTEM_PROGRAM = 1_048_576,
    }
}

code! {
    /// Why a written file was reported.
    CloseReason(u32) {
        /// The last descriptor was closed.
        CLOSED = 1,
        /// Its process ended.
        EXITED = 2,
        /// Another descriptor was put in its place (dup2, dup3).
        REPLACED = 3,
        /// Its process started another program.
        EXECUTED = 4,
        /// Seen still open or gone by a later look.
        SWEPT = 5,
        /// The source tells that it was made or written to, and not when it is closed.
        UNTOLD = 6,
    }
}

code! {
    /// Who began a connection.
    Direction(u32) {
        /// This host connected.
        OUTBOUND = 1,
        /// This host accepted.
        INBOUND = 2,
    }
}

code! {
    /// Why a directory was reported.
    ReadReason(u32) {
        /// A file in it was opened for reading.
        FILE_READ = 1,
        /// Its entries were listed.
        LISTED = 2,
    }
}

code! {
    /// Why records were lost.
    LossReason(u32) {
        /// The ring was full.
        RING_FULL = 1,
        /// The probe was entered too deep on one processor.
        NESTED = 2,
        /// A record was too large.
        TOO_LARGE = 3,
        /// A table of the probe was full.
        TABLE_FULL = 4,
        /// The consumer's own queue was full.
        QUEUE_FULL = 5,
        /// The system's tracing buffers were full.
        SYSTEM = 6,
        /// A gap in the sequence numbers whose cause is not known.
        GAP = 7,
        /// A library whose functions are called too often was left alone for a while.
        RESTING = 8,
    }
}

code! {
    /// What an entry point of a library is for.
    Purpose(u32) {
        /// It compresses a stream.
        COMPRESS = 1,
        /// It makes an archive.
        ARCHIVE = 2,
        /// It encrypts.
        ENCRYPT = 3,
    }
}

code! {
    /// What the throttle left out.
    ThrottleReason(u32) {
        /// More records in a second than a process may make.
        RATE = 1,
        /// More directories than are told of one process.
        DIRECTORIES = 2,
    }
}

code! {
    /// The operating system of a capture.
    System(u32) {
        /// Linux.
        LINUX = 1,
        /// Windows.
        WINDOWS = 2,
        /// macOS.
        MACOS = 3,
    }
}
