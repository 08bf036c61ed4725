//! The columns of telemetry: their names, their order and their types, in one table.
//!
//! Step: sink. Every class of record has the same columns, so that a query may span classes; those
//! that a class does not have are null and take no room. A column keeps its name and its type for
//! good: a file written years ago must fit beside one of today.

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nanoseconds since 1970, UTC.
    Time,
    /// True or false.
    Flag,
    /// An unsigned number of 16 bits.
    Port,
    /// An unsigned number of 32 bits.
    Narrow,
    /// An unsigned number of 64 bits.
    Wide,
    /// A signed number of 32 bits.
    Signed,
    /// UTF-8. A byte of the host that is none stands as `\xNN`, and a backslash that would read as
    /// such an escape as `\x5c`, as in findings; so every byte can be had back.
    Text,
    /// Bytes as they are.
    Bytes,
}

macro_rules! columns {
    ($($column:ident $name:literal $kind:ident,)+) => {
        /// A column.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Column {
            $($column,)+
        }

        /// Every column's name and kind, in the order of [`Column`].
        pub(super) const COLUMNS: [(&str, Kind); [$($name,)+].len()] =
            [$(($name, Kind::$kind),)+];
    };
}

columns! {
    // Whose it is, and when it happened.
    Time "time" Time,
    Host "host" Text,
    Agent "agent" Text,
    Epoch "epoch" Wide,
    Sequence "sequence" Wide,
    // The process that did it. Its start is in nanoseconds of the boot clock and names it for good
    // together with its pid.
    Pid "pid" Narrow,
    Tid "tid" Narrow,
    ProcessStart "process_start" Wide,
    // What holds for the record as a whole.
    Truncated "truncated" Flag,
    Rundown "rundown" Flag,
    LookupFailed "lookup_failed" Flag,
    Unlinked "unlinked" Flag,
    // Names. A path is whole: where the program gave a relative one, it is joined with what it was
    // relative to, and null where that is not known.
    Path "path" Text,
    OldPath "old_path" Text,
    Arguments "arguments" Text,
    Directory "directory" Text,
    Script "script" Text,
    Cgroup "cgroup" Text,
    Name "name" Text,
    Command "command" Text,
    // Of systems whose users have names on the record, and whose programs say what they are.
    User "user" Text,
    OriginalName "original_name" Text,
    Product "product" Text,
    Company "company" Text,
    Integrity "integrity" Text,
    SigningId "signing_id" Text,
    TeamId "team_id" Text,
    Signed "signed" Flag,
    SystemProgram "system_program" Flag,
    CodeHash "code_hash" Text,
    CreatorPid "creator_pid" Narrow,
    CreatorStart "creator_start" Wide,
    ResponsiblePid "responsible_pid" Narrow,
    ResponsibleStart "responsible_start" Wide,
    // Of a script.
    Text "text" Text,
    // Programs and users.
    ParentPid "parent_pid" Narrow,
    ParentStart "parent_start" Wide,
    ChildPid "child_pid" Narrow,
    ChildStart "child_start" Wide,
    Uid "uid" Narrow,
    Euid "euid" Narrow,
    Gid "gid" Narrow,
    Egid "egid" Narrow,
    LoginUid "login_uid" Narrow,
    Session "session" Narrow,
    Terminal "terminal" Narrow,
    CgroupId "cgroup_id" Wide,
    ExitStatus "exit_status" Narrow,
    // Files.
    Device "device" Wide,
    Inode "inode" Wide,
    Mode "mode" Narrow,
    Owner "owner" Narrow,
    Links "links" Narrow,
    Created "created" Flag,
    OpenerPid "opener_pid" Narrow,
    OpenerStart "opener_start" Wide,
    SizeBefore "size_before" Wide,
    SizeAfter "size_after" Wide,
    BytesWritten "bytes_written" Wide,
    BytesRead "bytes_read" Wide,
    FilesRead "files_read" Wide,
    FilesWritten "files_written" Wide,
    FilesRemoved "files_removed" Wide,
    DirectoriesRead "directories_read" Wide,
    // Connections.
    Local "local" Text,
    LocalPort "local_port" Port,
    Remote "remote" Text,
    RemotePort "remote_port" Port,
    Protocol "protocol" Narrow,
    Direction "direction" Text,
    BytesSent "bytes_sent" Wide,
    BytesReceived "bytes_received" Wide,
    // Libraries.
    Function "function" Text,
    Family "family" Text,
    Format "format" Text,
    Purpose "purpose" Text,
    Output "output" Text,
    Level "level" Signed,
    Passphrase "passphrase" Flag,
    Uses "uses" Wide,
    // Why it is told, and what was lost.
    Reason "reason" Text,
    Lost "lost" Wide,
    LostKind "lost_kind" Text,
    // The record itself, as `FORMAT.md` describes it: what no column holds is still here.
    Record "record" Bytes,
}
