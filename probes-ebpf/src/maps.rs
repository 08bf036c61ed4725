//! The maps: the ring, its counters, and the bounded tables that aggregate between records.
//!
//! Step: probe. Every table has a fixed capacity; what does not fit is counted where it is
//! inserted. The loader may resize `RING` and the tables.

use aya_ebpf::macros::map;
use aya_ebpf::maps::{Array, HashMap, LruHashMap, PerCpuArray, RingBuf};

/// The ring that the daemon reads.
#[map]
pub static RING: RingBuf = RingBuf::with_byte_size(8 << 20, 0);

/// Where records are put together: one per processor and nesting level.
#[map]
pub static SCRATCH: PerCpuArray<Scratch> = PerCpuArray::with_max_entries(LEVELS, 0);

/// Per-processor state.
#[map]
pub static PROCESSOR: PerCpuArray<Processor> = PerCpuArray::with_max_entries(1, 0);

/// Counts of records by kind and outcome.
#[map]
pub static COUNTERS: PerCpuArray<Counters> = PerCpuArray::with_max_entries(1, 0);

/// What is known of a process that did something with files.
#[map]
pub static PROCESSES: LruHashMap<u32, Process> = LruHashMap::with_max_entries(8192, 0);

/// Directories that a process was already told to have read.
#[map]
pub static DIRECTORIES: LruHashMap<DirectoryKey, u8> = LruHashMap::with_max_entries(16384, 0);

/// Files open for writing, by the address of the kernel's `struct file`.
#[map]
pub static OPEN_FILES: LruHashMap<u64, OpenFile> = LruHashMap::with_max_entries(16384, 0);

/// What a thread has begun to do with a name; see `functions::naming`.
#[map]
pub static NOTES: LruHashMap<u64, Note> = LruHashMap::with_max_entries(2048, 0);

/// Names that a thread is about to change; see `functions::renaming`.
#[map]
pub static OLD_NAMES: LruHashMap<u64, OldName> = LruHashMap::with_max_entries(1024, 0);

/// The last threads of processes that end; see `functions::ending`.
#[map]
pub static ENDING: LruHashMap<EndingKey, u64> = LruHashMap::with_max_entries(4096, 0);

/// The file whose end a thread's first program has seen; see `functions::closing`.
#[map]
pub static SEEN: LruHashMap<u64, u64> = LruHashMap::with_max_entries(4096, 0);

/// The open that a processor's first program has seen last; see `functions::opening`.
#[map]
pub static OPENED: PerCpuArray<u64> = PerCpuArray::with_max_entries(1, 0);

/// How often each hook ran for the daemon itself; see `functions::proof`.
#[map]
pub static MOVED: Array<u64> = Array::with_max_entries(16, 0);

/// Scratches in use, where programs may be preempted; the loader makes it as large as the host
/// needs.
#[map]
pub static CLAIMS: HashMap<u32, u32> = HashMap::with_max_entries(64, 0);

/// Files and directories whose reading says nothing (libraries and their cache), by identity; an
/// inode of 0 stands for the whole device.
#[map]
pub static IGNORED: HashMap<FileKey, u8> = HashMap::with_max_entries(1024, 0);

/// Connections that are open, by the address of the kernel's `struct sock`.
#[map]
pub static FLOWS: LruHashMap<u64, OpenFlow> = LruHashMap::with_max_entries(4096, 0);

/// Calls of producing functions by process; see `uses`.
#[map]
pub static USES: LruHashMap<UseKey, Use> = LruHashMap::with_max_entries(8192, 0);

/// The producing functions that probes are set on; a cookie names one by its index.
#[map]
pub static ENTRY_POINTS: Array<EntryPoint> = Array::with_max_entries(512, 0);

/// The files that probes are set in; a cookie names one by its index.
#[map]
pub static LIBRARIES: Array<Library> = Array::with_max_entries(512, 0);

/// Calls that met a probe, by library, whether they counted or not; the daemon watches the rate.
#[map]
pub static CALLS: Array<u64> = Array::with_max_entries(512, 0);

/// The calibration's result; see `calibrate`.
#[map]
pub static CALIBRATION: Array<Calibration> = Array::with_max_entries(1, 0);

/// Nesting levels on one processor: a task, and an interrupt above it.
pub const LEVELS: u32 = 2;
/// The same where programs may be preempted: two more tasks, which cut in.
pub const LEVELS_PREEMPTED: u32 = 4;
/// Slots for kinds in [`COUNTERS`].
pub const KINDS: usize = 32;
/// Slots for outcomes in [`COUNTERS`].
pub const OUTCOMES: usize = 8;
/// Largest offset at which a field may begin, plus one; a power of two.
pub const FIELD_LIMIT: usize = 16384;
/// Longest value of one field, plus one; a power of two.
pub const VALUE_LIMIT: usize = 4096;
/// Longest name of one path component, plus one.
pub const NAME_LIMIT: usize = 256;

/// A record under construction, and a path that is built from its end.
#[repr(C)]
pub struct Scratch {
    pub record: [u8; FIELD_LIMIT + VALUE_LIMIT],
    pub path: [u8; VALUE_LIMIT + NAME_LIMIT],
    pub length: u64,
    pub flags: u64,
    pub walk: Walk,
}

/// How far a walk from a file to the root has come.
#[repr(C)]
pub struct Walk {
    /// The directory that comes next.
    pub dentry: u64,
    /// The mount that it is in.
    pub mount: u64,
    pub place: Place,
    pub entry: Entry,
}

/// Where a mount hangs, as its members lie side by side on every kernel so far: the mount above
/// it (itself, for the root), the directory there, and its own root.
#[repr(C)]
pub struct Place {
    pub above: u64,
    pub point: u64,
    pub root: u64,
}

/// The members of a dentry that a path needs, as they lie side by side on every kernel so far:
/// most names are short enough to stand in the dentry itself.
#[repr(C)]
pub struct Entry {
    pub parent: u64,
    pub hash: u32,
    pub length: u32,
    pub name: u64,
    pub inode: u64,
    pub short: [u64; 4],
}

/// `counts[kind * OUTCOMES + outcome]`; outcome 0 is "made", others are loss reasons.
#[repr(C)]
pub struct Counters {
    pub counts: [u64; KINDS * OUTCOMES],
}

/// Per-processor state.
#[repr(C)]
pub struct Processor {
    /// Records made, dropped ones included.
    pub sequence: u64,
    /// Records under construction.
    pub depth: u64,
    /// When the daemon was last woken.
    pub woken: u64,
}

/// What is known of a process.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Process {
    pub start: u64,
    pub files_read: u64,
    pub files_written: u64,
    pub files_removed: u64,
    pub directories: u64,
    /// Begin of the current second of the throttle.
    pub second: u64,
    /// Records in that second.
    pub records: u64,
    /// Records left out since the last throttle record.
    pub left_out: u64,
    /// When the first of them was left out.
    pub left_out_since: u64,
    /// Kind of the record that met the limit.
    pub left_out_kind: u64,
}

/// A directory read by a process.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DirectoryKey {
    pub start: u64,
    pub inode: u64,
    pub pid: u32,
    pub device: u32,
}

/// A file's identity, with the kernel's own device number.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct FileKey {
    pub inode: u64,
    pub device: u64,
}

/// A file open for writing.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct OpenFile {
    pub size: u64,
    pub opened: u64,
    pub opener_start: u64,
    pub opener_pid: u32,
    /// 1 when it was told as it is here, ahead of its end.
    pub told: u32,
    pub mtime_seconds: u64,
    pub mtime_nanoseconds: u64,
    pub inode: u64,
}

/// What a thread has begun to do with a name.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Note {
    pub dentry: u64,
    /// The `struct vfsmount` that it is reached by.
    pub mount: u64,
    /// The name that the file has already, where it gets another one.
    pub other: u64,
}

/// A name that a thread is about to change.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct OldName {
    pub dentry: u64,
    pub mount: u64,
    /// The directory's dentry.
    pub directory: u64,
    pub call_flags: u32,
    pub length: u32,
    pub name: [u8; NAME_LIMIT],
}

/// A process that ends.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct EndingKey {
    pub start: u64,
    pub pid: u64,
}

/// A connection.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct OpenFlow {
    pub start: u64,
    pub opened: u64,
    pub pid: u32,
    pub tid: u32,
    pub direction: u32,
    pub told: u32,
}

/// Calls of one function by one process.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct UseKey {
    pub start: u64,
    pub pid: u32,
    /// Low half of the cookie: entry point and library.
    pub point: u32,
}

/// What is known of them.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Use {
    pub count: u64,
    pub first: u64,
    /// The count at which the next record is made.
    pub next: u64,
}

/// A producing function; `platform/src/linux/uses/tables.rs` writes the same layout. Arguments are
/// their index plus one, 0 for none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct EntryPoint {
    pub function: [u8; 64],
    pub family: [u8; 32],
    pub format: [u8; 32],
    pub function_length: u32,
    pub family_length: u32,
    pub format_length: u32,
    pub purpose: u32,
    pub output: u32,
    pub level: u32,
    pub passphrase: u32,
    pub format_argument: u32,
}

/// A file that holds producing functions; `platform/src/linux/uses/tables.rs` writes the same.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Library {
    pub device: u64,
    pub inode: u64,
    pub path_length: u64,
    pub path: [u8; LIBRARY_PATH],
}

/// Longest path of a library that is told.
pub const LIBRARY_PATH: usize = 1024;

/// How a page's memory is found from its description, and a call's registers from the stack.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Calibration {
    /// Address of the page description that was just allocated to the daemon; 0 for none.
    pub page: u64,
    /// `memory = (page << scale) + constant`.
    pub constant: u64,
    /// 1 once `constant` holds.
    pub valid: u64,
    /// How far above the beginning of a task's stack the registers of its call are; 0 while that is
    /// unknown.
    pub registers: u64,
}
