//! The header and the fixed bodies of every kind.
//!
//! Step: ring. All integers are little-endian; times are nanoseconds of the boot clock (which
//! counts suspend) unless a field says otherwise; a field that its `known` bits do not name is
//! unknown. Structs are `#[repr(C)]` without implicit padding, so a probe may write them whole.

use crate::wire::wire;

wire! {
    /// Opens every record.
    Header, size 48 {
        /// Whole record in bytes, this header included.
        0 => length: u32,
        /// Layout version ([`crate::VERSION`]).
        4 => version: u16,
        /// [`crate::Kind`].
        6 => kind: u16,
        /// [`crate::Flags`].
        8 => flags: u32,
        /// Processor, or the stream of a source that has no processors: scope of `sequence`.
        12 => cpu: u32,
        /// Counts every record that was made for `cpu`, dropped ones included.
        16 => sequence: u64,
        /// When it happened, boot clock.
        24 => time: u64,
        /// Process (thread group).
        32 => pid: u32,
        /// Thread.
        36 => tid: u32,
        /// When the process started, boot clock, in the source's own grain (Linux: 10 ms, as /proc
        /// tells it); with `pid` it names the process for good. 0 where the source does not know it.
        40 => start_time: u64,
    }
}

wire! {
    /// Body of `PROCESS_START`; tail: `PATH` (image), `ARGUMENTS`, `DIRECTORY`, `SCRIPT`, `CGROUP`,
    /// `USER`, `ORIGINAL_NAME`, `PRODUCT`, `COMPANY`, `INTEGRITY`, `SIGNING_ID`, `TEAM_ID`,
    /// `CODE_HASH`, `RESPONSIBLE`, `CREATOR`.
    ProcessStart, size 88 {
        /// When the parent started.
        0 => parent_start: u64,
        /// The parent's pid.
        8 => parent_pid: u32,
        /// [`crate::Known`].
        12 => known: u32,
        /// Device of the image, as `stat` gives it (`st_dev`).
        16 => device: u64,
        /// Inode of the image.
        24 => inode: u64,
        /// Control group identifier (its inode in the default hierarchy).
        32 => cgroup: u64,
        /// Real user.
        40 => uid: u32,
        /// Effective user.
        44 => euid: u32,
        /// Real group.
        48 => gid: u32,
        /// Effective group.
        52 => egid: u32,
        /// Login user, as audit keeps it.
        56 => login_uid: u32,
        /// Session.
        60 => session: u32,
        /// Controlling terminal's device number, on Windows the session; 0 for none.
        64 => terminal: u32,
        /// Length in bytes of all arguments, before any cut.
        68 => arguments_length: u32,
        /// Inode number of the mount namespace.
        72 => mount_namespace: u32,
        /// Inode number of the pid namespace.
        76 => pid_namespace: u32,
        /// Image owner.
        80 => image_uid: u32,
        /// Image mode bits.
        84 => image_mode: u32,
    }
}

wire! {
    /// Body of `FORK`: the header names the parent.
    Fork, size 16 {
        /// When the child started.
        0 => child_start: u64,
        /// The child's pid.
        8 => child_pid: u32,
        /// Zero.
        12 => _pad: u32,
    }
}

wire! {
    /// Body of `EXIT`: what the process did in all.
    Exit, size 56 {
        /// Bytes through read-like calls.
        0 => bytes_read: u64,
        /// Bytes through write-like calls.
        8 => bytes_written: u64,
        /// Files that were opened for reading.
        16 => files_read: u64,
        /// Files that were written and closed.
        24 => files_written: u64,
        /// Directories in which files were read.
        32 => directories_read: u64,
        /// Names that were removed.
        40 => files_removed: u64,
        /// Wait status.
        48 => status: u32,
        /// [`crate::Known`].
        52 => known: u32,
    }
}

wire! {
    /// Body of `LIBRARY_LOAD`; tail: `PATH`.
    LibraryLoad, size 32 {
        /// Device.
        0 => device: u64,
        /// Inode.
        8 => inode: u64,
        /// Size of the file in bytes.
        16 => size: u64,
        /// [`crate::Known`].
        24 => known: u32,
        /// Zero.
        28 => _pad: u32,
    }
}

wire! {
    /// Body of `FILE_OPENED`; tail: `PATH`.
    FileOpened, size 32 {
        /// Device.
        0 => device: u64,
        /// Inode.
        8 => inode: u64,
        /// Size of the file in bytes.
        16 => size: u64,
        /// [`crate::Known`].
        24 => known: u32,
        /// Mode bits.
        28 => mode: u32,
    }
}

wire! {
    /// Body of `FILE_CONTENT`; tail: `PATH`, `CONTENT_*`.
    FileContent, size 32 {
        /// Device.
        0 => device: u64,
        /// Inode.
        8 => inode: u64,
        /// Size of the file when it was read.
        16 => size: u64,
        /// [`crate::Known`].
        24 => known: u32,
        /// Zero.
        28 => _pad: u32,
    }
}

wire! {
    /// Body of `FILE_WRITTEN`; tail: `PATH`, `CONTENT_*`. The header names who closed it.
    FileWritten, size 88 {
        /// Device.
        0 => device: u64,
        /// Inode.
        8 => inode: u64,
        /// Size at open.
        16 => size_before: u64,
        /// Size at close.
        24 => size_after: u64,
        /// Bytes written through this file, where the source counts them.
        32 => bytes_written: u64,
        /// When it was opened.
        40 => opened: u64,
        /// When the opener started.
        48 => opener_start: u64,
        /// Who opened it.
        56 => opener_pid: u32,
        /// [`crate::Known`].
        60 => known: u32,
        /// [`crate::CloseReason`].
        64 => reason: u32,
        /// Mode bits.
        68 => mode: u32,
        /// Names that the file still has.
        72 => links: u32,
        /// Owner.
        76 => uid: u32,
        /// Write-like calls, where the source counts them.
        80 => calls: u64,
    }
}

wire! {
    /// Body of `FILE_RENAMED` and `FILE_LINKED`; tail: `PATH` and `OLD_PATH`, or the given paths
    /// with their bases.
    FileNamed, size 24 {
        /// Device.
        0 => device: u64,
        /// Inode.
        8 => inode: u64,
        /// [`crate::Known`].
        16 => known: u32,
        /// Flags of the system's call (`renameat2`, `linkat`).
        20 => call_flags: u32,
    }
}

wire! {
    /// Body of `FILE_REMOVED`; tail: `PATH`, or `GIVEN_PATH` with its base.
    FileRemoved, size 24 {
        /// Device.
        0 => device: u64,
        /// Inode.
        8 => inode: u64,
        /// [`crate::Known`].
        16 => known: u32,
        /// 1 when a directory was removed.
        20 => directory: u32,
    }
}

wire! {
    /// Body of `DIRECTORY_READ`; tail: `PATH` and `NAME` of the first file.
    DirectoryRead, size 32 {
        /// Device.
        0 => device: u64,
        /// Inode.
        8 => inode: u64,
        /// How many directories this process has read, this one included.
        16 => count: u64,
        /// [`crate::ReadReason`].
        24 => reason: u32,
        /// [`crate::Known`].
        28 => known: u32,
    }
}

wire! {
    /// Body of `FLOW_OPENED` (bytes unknown) and `FLOW_CLOSED`.
    Flow, size 80 {
        /// Names the connection for as long as the host is up.
        0 => cookie: u64,
        /// Local address; IPv4 as an IPv4-mapped IPv6 address.
        8 => local: [u8; 16],
        /// Remote address.
        24 => remote: [u8; 16],
        /// Local port.
        40 => local_port: u16,
        /// Remote port.
        42 => remote_port: u16,
        /// IP protocol number.
        44 => protocol: u32,
        /// [`crate::Direction`].
        48 => direction: u32,
        /// [`crate::Known`].
        52 => known: u32,
        /// When the connection was made.
        56 => opened: u64,
        /// Payload bytes that were sent and acknowledged.
        64 => bytes_sent: u64,
        /// Payload bytes that were received.
        72 => bytes_received: u64,
    }
}

wire! {
    /// Body of `THROTTLE`: the header names the process.
    Throttle, size 24 {
        /// Records left out since the last such record of this process.
        0 => left_out: u64,
        /// When the first of them was left out.
        8 => since: u64,
        /// [`crate::ThrottleReason`].
        16 => reason: u32,
        /// [`crate::Kind`] of the record that met the limit.
        20 => kind: u32,
    }
}

wire! {
    /// Body of `LOSS`.
    Loss, size 40 {
        /// How many records.
        0 => count: u64,
        /// The window's begin.
        8 => from: u64,
        /// The window's end.
        16 => to: u64,
        /// [`crate::LossReason`].
        24 => reason: u32,
        /// [`crate::Kind`] that was lost; 0 when it is not known.
        28 => kind: u32,
        /// Processor; `u32::MAX` for all.
        32 => cpu: u32,
        /// Zero.
        36 => _pad: u32,
    }
}

wire! {
    /// Body of `CAPTURE_START`; tail: `HOST`, `RELEASE`, `BOOT`.
    CaptureStart, size 24 {
        /// Nanoseconds since the Unix epoch at `boot_time`.
        0 => wall_time: u64,
        /// The boot clock at the same moment.
        8 => boot_time: u64,
        /// [`crate::System`].
        16 => system: u32,
        /// Size of a memory page of the system, in bytes; 0 where it is not known.
        20 => page_size: u32,
    }
}

wire! {
    /// Body of `LIBRARY_USE`; tail: `PATH` (library), `FUNCTION`, `FAMILY`, `FORMAT`, and the output
    /// that the function was given: `GIVEN_PATH` with `BASE_PATH` for a relative one.
    LibraryUse, size 48 {
        /// Device of the library.
        0 => device: u64,
        /// Inode of the library.
        8 => inode: u64,
        /// How often this process has called the function so far, at least 1.
        16 => uses: u64,
        /// When it first did.
        24 => first: u64,
        /// [`crate::Known`].
        32 => known: u32,
        /// [`crate::Purpose`].
        36 => purpose: u32,
        /// Level of compression as it was passed, a signed number in two's complement.
        40 => level: u32,
        /// Zero.
        44 => _pad: u32,
    }
}

wire! {
    /// Body of `SCRIPT`: the header names the interpreter; tail: `TEXT`, `PATH` (the script's file).
    Script, size 24 {
        /// Names the script, so that its pieces are found; zeros where it has no name.
        0 => block: [u8; 16],
        /// Which piece this is, from 1.
        16 => part: u32,
        /// How many there are.
        20 => parts: u32,
    }
}
