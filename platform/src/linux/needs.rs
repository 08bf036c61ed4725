//! What each hook needs of the kernel's structures.
//!
//! Step: source. The names are those of the probes' globals, which `fields` resolves. A hook whose
//! members are not all there is left out, and what it sees is told as a blind spot.

pub(super) const PUT: &[&str] = &[
    "current__flags",
    "vfsmount__mnt_flags",
    "file__f_mode",
    "file__f_inode",
    "file__f_path",
    "inode__i_mode",
    "inode__i_ino",
    "inode__i_size",
    "inode__i_sb",
    "super_block__s_dev",
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
pub(super) const ENDING: &[&str] = &["task_struct__signal", "signal_struct__live"];
pub(super) const EXEC: &[&str] = &[
    "fdtable__close_on_exec",
    "fdtable__open_fds",
    "files_struct__count",
    "file__references",
];
pub(super) const OPEN: &[&str] = &[
    "current__flags",
    "file__f_flags",
    "file__f_mode",
    "file__f_inode",
];
pub(super) const MAP: &[&str] = &["mm_struct__end_code", "current__mm"];
pub(super) const IDENTITY: &[&str] = &[
    "task_struct__tgid",
    "task_struct__pid",
    "task_struct__group_leader",
    "task_struct__start_boottime",
];
pub(super) const FILE: &[&str] = &[
    "task_struct__files",
    "files_struct__fdt",
    "fdtable__fd",
    "fdtable__max_fds",
    "file__f_mode",
    "file__f_inode",
    "file__f_path",
    "file__references",
    "inode__i_mode",
    "inode__i_ino",
    "inode__i_size",
    "inode__i_sb",
    "super_block__s_dev",
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
pub(super) const NAME: &[&str] = &[
    "call__argument0",
    "call__argument1",
    "call_registers",
    "task_struct__fs",
];
pub(super) const NAME_AT: &[&str] = &[
    "call__argument3",
    "call__argument4",
    "call_registers",
    "task_struct__fs",
];
/// What the probe on functions of libraries needs.
pub(super) const CALL: &[&str] = &[
    "pt_regs__argument0",
    "pt_regs__argument1",
    "pt_regs__argument2",
    "pt_regs__call_argument3",
    "pt_regs__argument4",
    "pt_regs__call_argument5",
    "task_struct__fs",
];
pub(super) const SOCKET: &[&str] = &["sock_common__family", "sock_common__remote_port"];
pub(super) const URING: &[&str] = &[
    "io_kiocb__opcode",
    "io_kiocb__file",
    "io_kiocb__cmd",
    "io_close__fd",
];
