//! What each hook needs of the kernel's structures.
//!
//! Step: source. The names are those of the probes' globals, which `fields` resolves. A hook whose
//! members are not all there is left out, and what it sees is told as a blind spot.

/// Groups of members, all of which are needed.
pub(super) type Needs = &'static [&'static [&'static str]];

/// What tells an open file: its mode, what it is and what it holds.
const OPENED: &[&str] = &[
    "file__f_mode",
    "file__f_inode",
    "file__f_path",
    "inode__i_mode",
    "inode__i_ino",
    "inode__i_size",
    "inode__i_sb",
    "super_block__s_dev",
];
/// What leads from a `struct path` to the names above it.
const PATH: &[&str] = &[
    "dentry__d_parent",
    "dentry__d_name__len",
    "dentry__d_name__name",
    "mount__mnt",
    "mount__mnt_parent",
    "mount__mnt_mountpoint",
    "vfsmount__mnt_root",
    "path__mnt",
    "path__dentry",
];
/// What leads from a task's descriptor to its file.
const DESCRIPTORS: &[&str] = &[
    "task_struct__files",
    "files_struct__fdt",
    "fdtable__fd",
    "fdtable__max_fds",
    "file__references",
];

pub(super) const PUT: Needs = &[&["current__flags", "vfsmount__mnt_flags"], OPENED, PATH];
pub(super) const FILE: Needs = &[DESCRIPTORS, OPENED, PATH];
pub(super) const ENDING: Needs = &[&["task_struct__signal", "signal_struct__live"]];
pub(super) const EXEC: Needs = &[&[
    "fdtable__close_on_exec",
    "fdtable__open_fds",
    "files_struct__count",
    "file__references",
]];
pub(super) const OPEN: Needs = &[&[
    "current__flags",
    "file__f_flags",
    "file__f_mode",
    "file__f_inode",
]];
pub(super) const MAP: Needs = &[&["mm_struct__end_code", "current__mm"]];
pub(super) const IDENTITY: Needs = &[&[
    "task_struct__tgid",
    "task_struct__pid",
    "task_struct__group_leader",
    "task_struct__start_boottime",
]];
pub(super) const NAME: Needs = &[&[
    "call__argument0",
    "call__argument1",
    "call_registers",
    "task_struct__fs",
]];
pub(super) const NAME_AT: Needs = &[&[
    "call__argument3",
    "call__argument4",
    "call_registers",
    "task_struct__fs",
]];
/// What the probe on functions of libraries needs.
pub(super) const CALL: Needs = &[&[
    "pt_regs__argument0",
    "pt_regs__argument1",
    "pt_regs__argument2",
    "pt_regs__call_argument3",
    "pt_regs__argument4",
    "pt_regs__call_argument5",
    "task_struct__fs",
]];
pub(super) const SOCKET: Needs = &[&["sock_common__family", "sock_common__remote_port"]];
pub(super) const URING: Needs = &[&[
    "io_kiocb__opcode",
    "io_kiocb__file",
    "io_kiocb__cmd",
    "io_close__fd",
]];
/// What leads to the written layer of an overlay.
pub(super) const OVERLAY: Needs = &[&[
    "super_block__s_magic",
    "ovl_inode__vfs_inode",
    "ovl_inode__upper_dentry",
]];
