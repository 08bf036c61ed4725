//! Offsets and constants of the running kernel, as read-only globals that the loader fills in.
//!
//! Step: probe. Each global is named `structure__member` after the kernel's BTF; the loader
//! (`platform/src/linux/fields.rs`) resolves the same names. The map that holds them is frozen
//! before the programs are verified, so the verifier sees constants. [`ABSENT`] marks a member
//! that this kernel does not have; the loader leaves out the programs that need it.

/// The value of a member that this kernel does not have.
pub const ABSENT: u32 = u32::MAX;

/// Added to the offset of a member of the running task, or of its registers, where the kernel does
/// not let the verifier know them by type: the member must be copied then. In the offset itself, so
/// that a kernel which does pays nothing for the question; see [`is_typed`].
pub const UNTYPED: u32 = 1 << 30;

/// Whether the member at `offset` can be loaded. One comparison with a constant, which the verifier
/// takes out of the program: it knows the outcome.
#[inline(always)]
pub fn is_typed(offset: u32) -> bool {
    offset < UNTYPED
}

/// Declares globals and, for each, a function of the same name that reads it.
macro_rules! fields {
    ($($(#[$meta:meta])* $name:ident: $ty:ty = $default:expr,)+) => {
        /// The globals themselves; their symbols are what the loader overrides.
        mod globals {
            $(#[unsafe(no_mangle)] pub static $name: $ty = $default;)+
        }

        $(
            $(#[$meta])*
            #[inline(always)]
            pub fn $name() -> $ty {
                // SAFETY: a volatile read of a valid static; it keeps the compiler from folding in
                // the default, which the loader overrides.
                unsafe { core::ptr::read_volatile(&raw const globals::$name) }
            }
        )+
    };
}

fields! {
    task_struct__tgid: u32 = u32::MAX,
    task_struct__pid: u32 = u32::MAX,
    task_struct__group_leader: u32 = u32::MAX,
    task_struct__real_parent: u32 = u32::MAX,
    task_struct__start_boottime: u32 = u32::MAX,
    task_struct__files: u32 = u32::MAX,
    task_struct__fs: u32 = u32::MAX,
    task_struct__mm: u32 = u32::MAX,
    task_struct__signal: u32 = u32::MAX,
    task_struct__cred: u32 = u32::MAX,
    task_struct__loginuid: u32 = u32::MAX,
    task_struct__cgroups: u32 = u32::MAX,
    task_struct__nsproxy: u32 = u32::MAX,
    task_struct__exit_code: u32 = u32::MAX,
    task_struct__self_exec_id: u32 = u32::MAX,
    task_struct__ioac__rchar: u32 = u32::MAX,
    task_struct__ioac__wchar: u32 = u32::MAX,
    task_struct__stack: u32 = u32::MAX,
    /// As `task_struct__group_leader`, of the running task; may be [`UNTYPED`], as all `current__`
    /// and `call__` may.
    current__group_leader: u32 = u32::MAX,
    current__files: u32 = u32::MAX,
    current__flags: u32 = u32::MAX,
    current__mm: u32 = u32::MAX,
    current__fs: u32 = u32::MAX,
    /// The arguments of the running system call, in its registers.
    call__argument0: u32 = u32::MAX,
    call__argument1: u32 = u32::MAX,
    call__argument2: u32 = u32::MAX,
    call__argument3: u32 = u32::MAX,
    call__argument4: u32 = u32::MAX,
    /// Size of a `struct pt_regs`.
    registers_size: u32 = 0,
    signal_struct__live: u32 = u32::MAX,
    signal_struct__pids: u32 = u32::MAX,
    signal_struct__tty: u32 = u32::MAX,
    signal_struct__ioac__rchar: u32 = u32::MAX,
    signal_struct__ioac__wchar: u32 = u32::MAX,
    signal_struct__group_exit_code: u32 = u32::MAX,
    tty_struct__driver: u32 = u32::MAX,
    tty_struct__index: u32 = u32::MAX,
    tty_driver__major: u32 = u32::MAX,
    tty_driver__minor_start: u32 = u32::MAX,
    pid__numbers__nr: u32 = u32::MAX,
    cred__uid: u32 = u32::MAX,
    cred__gid: u32 = u32::MAX,
    cred__euid: u32 = u32::MAX,
    cred__egid: u32 = u32::MAX,
    css_set__dfl_cgrp: u32 = u32::MAX,
    cgroup__kn: u32 = u32::MAX,
    kernfs_node__id: u32 = u32::MAX,
    kernfs_node__name: u32 = u32::MAX,
    kernfs_node__parent: u32 = u32::MAX,
    nsproxy__mnt_ns: u32 = u32::MAX,
    nsproxy__pid_ns_for_children: u32 = u32::MAX,
    mnt_namespace__ns__inum: u32 = u32::MAX,
    pid_namespace__ns__inum: u32 = u32::MAX,
    mm_struct__arg_start: u32 = u32::MAX,
    mm_struct__arg_end: u32 = u32::MAX,
    mm_struct__end_code: u32 = u32::MAX,
    fs_struct__pwd: u32 = u32::MAX,
    linux_binprm__file: u32 = u32::MAX,
    linux_binprm__filename: u32 = u32::MAX,
    linux_binprm__interp: u32 = u32::MAX,
    files_struct__fdt: u32 = u32::MAX,
    files_struct__count: u32 = u32::MAX,
    fdtable__fd: u32 = u32::MAX,
    fdtable__max_fds: u32 = u32::MAX,
    fdtable__open_fds: u32 = u32::MAX,
    fdtable__close_on_exec: u32 = u32::MAX,
    file__f_mode: u32 = u32::MAX,
    file__f_flags: u32 = u32::MAX,
    file__f_inode: u32 = u32::MAX,
    file__f_path: u32 = u32::MAX,
    file__references: u32 = u32::MAX,
    file__private_data: u32 = u32::MAX,
    path__mnt: u32 = u32::MAX,
    path__dentry: u32 = u32::MAX,
    inode__i_mode: u32 = u32::MAX,
    inode__i_uid: u32 = u32::MAX,
    inode__i_nlink: u32 = u32::MAX,
    inode__i_ino: u32 = u32::MAX,
    inode__i_size: u32 = u32::MAX,
    inode__i_sb: u32 = u32::MAX,
    inode__i_mapping: u32 = u32::MAX,
    inode__mtime_seconds: u32 = u32::MAX,
    inode__mtime_nanoseconds: u32 = u32::MAX,
    super_block__s_dev: u32 = u32::MAX,
    super_block__s_magic: u32 = u32::MAX,
    ovl_inode__vfs_inode: u32 = u32::MAX,
    ovl_inode__upper_dentry: u32 = u32::MAX,
    dentry__d_parent: u32 = u32::MAX,
    dentry__d_name__len: u32 = u32::MAX,
    dentry__d_name__name: u32 = u32::MAX,
    dentry__d_inode: u32 = u32::MAX,
    mount__mnt: u32 = u32::MAX,
    mount__mnt_parent: u32 = u32::MAX,
    mount__mnt_mountpoint: u32 = u32::MAX,
    vfsmount__mnt_root: u32 = u32::MAX,
    vfsmount__mnt_flags: u32 = u32::MAX,
    address_space__i_pages__xa_head: u32 = u32::MAX,
    xa_node__shift: u32 = u32::MAX,
    xa_node__slots: u32 = u32::MAX,
    folio__index: u32 = u32::MAX,
    pt_regs__argument0: u32 = u32::MAX,
    pt_regs__argument1: u32 = u32::MAX,
    pt_regs__argument2: u32 = u32::MAX,
    pt_regs__argument4: u32 = u32::MAX,
    pt_regs__call_argument3: u32 = u32::MAX,
    pt_regs__call_argument5: u32 = u32::MAX,
    socket__sk: u32 = u32::MAX,
    sock_common__family: u32 = u32::MAX,
    sock_common__remote_port: u32 = u32::MAX,
    sock_common__local_port: u32 = u32::MAX,
    sock_common__remote4: u32 = u32::MAX,
    sock_common__local4: u32 = u32::MAX,
    sock_common__remote6: u32 = u32::MAX,
    sock_common__local6: u32 = u32::MAX,
    sock__protocol: u32 = u32::MAX,
    tcp_sock__bytes_acked: u32 = u32::MAX,
    tcp_sock__bytes_received: u32 = u32::MAX,
    io_kiocb__opcode: u32 = u32::MAX,
    io_kiocb__file: u32 = u32::MAX,
    io_kiocb__cmd: u32 = u32::MAX,
    io_close__fd: u32 = u32::MAX,
    renamedata__old_dentry: u32 = u32::MAX,
    /// Where a function's argument stands, and how many it has.
    vfs_link__new_dentry: u32 = u32::MAX,
    vfs_link__arguments: u32 = u32::MAX,
    vfs_unlink__dentry: u32 = u32::MAX,
    vfs_unlink__arguments: u32 = u32::MAX,
    do_rmdir__arguments: u32 = u32::MAX,
    /// 1 where programs stand at the kernel's functions (tier 1): all files that are opened for
    /// writing are remembered then, and programs may be preempted.
    at_functions: u32 = 0,
    /// 1 where two programs see the end of each file, since the first may be preempted.
    relieved: u32 = 0,
    /// What `file__references` holds when one reference is left (0 since 6.13, 1 before).
    references_of_one: u64 = 0,
    /// The daemon's own process, which is never told of.
    own_pid: u32 = 0,
    /// Records that a process may make in a second; 0 for no limit.
    records_per_second: u32 = 0,
    /// Directories that are told of one process.
    directories_per_process: u32 = 0,
    /// Seconds since the epoch when the capture began.
    capture_began: u64 = 0,
    /// log2 of a memory page.
    page_shift: u32 = 12,
    /// log2 of how many bytes of memory one byte of page description stands for; [`ABSENT`] when
    /// a page cannot be reached from its description.
    page_scale_shift: u32 = u32::MAX,
    /// Bytes that the calibration asks the kernel's allocator for.
    calibration_bytes: u64 = 0,
}
