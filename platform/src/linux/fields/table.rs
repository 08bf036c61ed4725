//! Which kernel members the probes need, and how each kernel names them.
//!
//! Step: source. Facts alone. The left column is the name of the probe's read-only global
//! (`probes-ebpf/src/fields.rs`), the next the sizes that it is read with; the right one lists where
//! to find it, newest kernel first.

pub(super) const REFERENCES: &str = "file__references";

/// Sizes in bytes with which the probes can read a member.
pub(super) type Widths = &'static [u32];
/// The probes take the member's address alone.
const ANY: Widths = &[];
pub(super) type Places = &'static [(&'static str, &'static str)];

/// Symbol, sizes that the probes know, then structure and member path in order of preference.
pub(super) const TABLE: &[(&str, Widths, Places)] = &[
    ("task_struct__tgid", &[4], &[("task_struct", "tgid")]),
    ("task_struct__pid", &[4], &[("task_struct", "pid")]),
    (
        "task_struct__group_leader",
        &[8],
        &[("task_struct", "group_leader")],
    ),
    (
        "task_struct__real_parent",
        &[8],
        &[("task_struct", "real_parent")],
    ),
    (
        "task_struct__start_boottime",
        &[8],
        &[("task_struct", "start_boottime")],
    ),
    ("task_struct__files", &[8], &[("task_struct", "files")]),
    ("task_struct__fs", &[8], &[("task_struct", "fs")]),
    ("task_struct__mm", &[8], &[("task_struct", "mm")]),
    ("task_struct__signal", &[8], &[("task_struct", "signal")]),
    ("task_struct__cred", &[8], &[("task_struct", "cred")]),
    (
        "task_struct__loginuid",
        &[4],
        &[("task_struct", "loginuid")],
    ),
    ("task_struct__cgroups", &[8], &[("task_struct", "cgroups")]),
    ("task_struct__nsproxy", &[8], &[("task_struct", "nsproxy")]),
    ("current__flags", &[4], &[("task_struct", "flags")]),
    ("current__mm", &[8], &[("task_struct", "mm")]),
    (
        "task_struct__exit_code",
        &[4],
        &[("task_struct", "exit_code")],
    ),
    (
        "task_struct__self_exec_id",
        &[8],
        &[("task_struct", "self_exec_id")],
    ),
    (
        "task_struct__ioac__rchar",
        &[8],
        &[("task_struct", "ioac.rchar")],
    ),
    (
        "task_struct__ioac__wchar",
        &[8],
        &[("task_struct", "ioac.wchar")],
    ),
    ("task_struct__stack", &[8], &[("task_struct", "stack")]),
    (
        "current__group_leader",
        &[8],
        &[("task_struct", "group_leader")],
    ),
    ("current__files", &[8], &[("task_struct", "files")]),
    ("current__fs", &[8], &[("task_struct", "fs")]),
    // On arm64 the result has taken the place of the first argument, which is kept apart.
    (
        "call__argument0",
        &[8],
        &[("pt_regs", "di"), ("pt_regs", "orig_x0")],
    ),
    (
        "call__argument1",
        &[8],
        &[("pt_regs", "si"), ("pt_regs", "regs[1]")],
    ),
    (
        "call__argument2",
        &[8],
        &[("pt_regs", "dx"), ("pt_regs", "regs[2]")],
    ),
    (
        "call__argument3",
        &[8],
        &[("pt_regs", "r10"), ("pt_regs", "regs[3]")],
    ),
    (
        "call__argument4",
        &[8],
        &[("pt_regs", "r8"), ("pt_regs", "regs[4]")],
    ),
    ("signal_struct__live", &[4], &[("signal_struct", "live")]),
    ("signal_struct__pids", ANY, &[("signal_struct", "pids")]),
    ("signal_struct__tty", &[8], &[("signal_struct", "tty")]),
    (
        "signal_struct__ioac__rchar",
        &[8],
        &[("signal_struct", "ioac.rchar")],
    ),
    (
        "signal_struct__ioac__wchar",
        &[8],
        &[("signal_struct", "ioac.wchar")],
    ),
    (
        "signal_struct__group_exit_code",
        &[4],
        &[("signal_struct", "group_exit_code")],
    ),
    ("tty_struct__driver", &[8], &[("tty_struct", "driver")]),
    ("tty_struct__index", &[4], &[("tty_struct", "index")]),
    ("tty_driver__major", &[4], &[("tty_driver", "major")]),
    (
        "tty_driver__minor_start",
        &[4],
        &[("tty_driver", "minor_start")],
    ),
    ("pid__numbers__nr", &[4], &[("pid", "numbers.nr")]),
    ("cred__uid", &[4], &[("cred", "uid")]),
    ("cred__gid", &[4], &[("cred", "gid")]),
    ("cred__euid", &[4], &[("cred", "euid")]),
    ("cred__egid", &[4], &[("cred", "egid")]),
    ("css_set__dfl_cgrp", &[8], &[("css_set", "dfl_cgrp")]),
    ("cgroup__kn", &[8], &[("cgroup", "kn")]),
    ("kernfs_node__id", &[8], &[("kernfs_node", "id")]),
    ("kernfs_node__name", &[8], &[("kernfs_node", "name")]),
    (
        "kernfs_node__parent",
        &[8],
        &[("kernfs_node", "__parent"), ("kernfs_node", "parent")],
    ),
    ("nsproxy__mnt_ns", &[8], &[("nsproxy", "mnt_ns")]),
    (
        "nsproxy__pid_ns_for_children",
        &[8],
        &[("nsproxy", "pid_ns_for_children")],
    ),
    (
        "mnt_namespace__ns__inum",
        &[4],
        &[("mnt_namespace", "ns.inum")],
    ),
    (
        "pid_namespace__ns__inum",
        &[4],
        &[("pid_namespace", "ns.inum")],
    ),
    ("mm_struct__arg_start", &[8], &[("mm_struct", "arg_start")]),
    ("mm_struct__arg_end", &[8], &[("mm_struct", "arg_end")]),
    ("mm_struct__end_code", &[8], &[("mm_struct", "end_code")]),
    ("fs_struct__pwd", ANY, &[("fs_struct", "pwd")]),
    ("linux_binprm__file", &[8], &[("linux_binprm", "file")]),
    (
        "linux_binprm__filename",
        &[8],
        &[("linux_binprm", "filename")],
    ),
    ("linux_binprm__interp", &[8], &[("linux_binprm", "interp")]),
    ("files_struct__fdt", &[8], &[("files_struct", "fdt")]),
    ("files_struct__count", &[4], &[("files_struct", "count")]),
    ("fdtable__fd", &[8], &[("fdtable", "fd")]),
    ("fdtable__max_fds", &[4], &[("fdtable", "max_fds")]),
    ("fdtable__open_fds", &[8], &[("fdtable", "open_fds")]),
    (
        "fdtable__close_on_exec",
        &[8],
        &[("fdtable", "close_on_exec")],
    ),
    ("file__f_mode", &[4], &[("file", "f_mode")]),
    ("file__f_flags", &[4], &[("file", "f_flags")]),
    ("file__f_inode", &[8], &[("file", "f_inode")]),
    (
        "file__f_path",
        ANY,
        &[("file", "f_path"), ("file", "__f_path")],
    ),
    (
        REFERENCES,
        &[8],
        &[("file", "f_ref.refcnt"), ("file", "f_count")],
    ),
    ("file__private_data", &[8], &[("file", "private_data")]),
    ("path__mnt", &[8], &[("path", "mnt")]),
    ("path__dentry", &[8], &[("path", "dentry")]),
    ("inode__i_mode", &[2], &[("inode", "i_mode")]),
    ("inode__i_uid", &[4], &[("inode", "i_uid")]),
    ("inode__i_nlink", &[4], &[("inode", "i_nlink")]),
    ("inode__i_ino", &[8], &[("inode", "i_ino")]),
    ("inode__i_size", &[8], &[("inode", "i_size")]),
    ("inode__i_sb", &[8], &[("inode", "i_sb")]),
    ("inode__i_mapping", &[8], &[("inode", "i_mapping")]),
    (
        "inode__mtime_seconds",
        &[8],
        &[
            ("inode", "i_mtime_sec"),
            ("inode", "__i_mtime.tv_sec"),
            ("inode", "i_mtime.tv_sec"),
        ],
    ),
    (
        "inode__mtime_nanoseconds",
        &[4, 8],
        &[
            ("inode", "i_mtime_nsec"),
            ("inode", "__i_mtime.tv_nsec"),
            ("inode", "i_mtime.tv_nsec"),
        ],
    ),
    ("super_block__s_dev", &[4], &[("super_block", "s_dev")]),
    ("dentry__d_parent", &[8], &[("dentry", "d_parent")]),
    (
        "dentry__d_name__len",
        &[4],
        &[("dentry", "d_name.len"), ("dentry", "__d_name.len")],
    ),
    (
        "dentry__d_name__name",
        &[8],
        &[("dentry", "d_name.name"), ("dentry", "__d_name.name")],
    ),
    ("super_block__s_magic", &[8], &[("super_block", "s_magic")]),
    ("ovl_inode__vfs_inode", ANY, &[("ovl_inode", "vfs_inode")]),
    (
        "ovl_inode__upper_dentry",
        &[8],
        &[("ovl_inode", "__upperdentry")],
    ),
    ("dentry__d_inode", &[8], &[("dentry", "d_inode")]),
    ("mount__mnt", ANY, &[("mount", "mnt")]),
    ("mount__mnt_parent", &[8], &[("mount", "mnt_parent")]),
    (
        "mount__mnt_mountpoint",
        &[8],
        &[("mount", "mnt_mountpoint")],
    ),
    ("vfsmount__mnt_root", &[8], &[("vfsmount", "mnt_root")]),
    ("vfsmount__mnt_flags", &[4], &[("vfsmount", "mnt_flags")]),
    (
        "address_space__i_pages__xa_head",
        &[8],
        &[("address_space", "i_pages.xa_head")],
    ),
    ("xa_node__shift", &[1], &[("xa_node", "shift")]),
    ("xa_node__slots", ANY, &[("xa_node", "slots")]),
    (
        "folio__index",
        &[8],
        &[("folio", "index"), ("page", "index")],
    ),
    (
        "pt_regs__argument0",
        &[8],
        &[("pt_regs", "di"), ("pt_regs", "regs[0]")],
    ),
    (
        "pt_regs__argument1",
        &[8],
        &[("pt_regs", "si"), ("pt_regs", "regs[1]")],
    ),
    (
        "pt_regs__argument2",
        &[8],
        &[("pt_regs", "dx"), ("pt_regs", "regs[2]")],
    ),
    (
        "pt_regs__argument4",
        &[8],
        &[("pt_regs", "r8"), ("pt_regs", "regs[4]")],
    ),
    (
        "pt_regs__call_argument3",
        &[8],
        &[("pt_regs", "cx"), ("pt_regs", "regs[3]")],
    ),
    (
        "pt_regs__call_argument5",
        &[8],
        &[("pt_regs", "r9"), ("pt_regs", "regs[5]")],
    ),
    ("socket__sk", &[8], &[("socket", "sk")]),
    (
        "sock_common__family",
        &[2],
        &[("sock", "__sk_common.skc_family")],
    ),
    (
        "sock_common__remote_port",
        &[2],
        &[("sock", "__sk_common.skc_dport")],
    ),
    (
        "sock_common__local_port",
        &[2],
        &[("sock", "__sk_common.skc_num")],
    ),
    (
        "sock_common__remote4",
        &[4],
        &[("sock", "__sk_common.skc_daddr")],
    ),
    (
        "sock_common__local4",
        &[4],
        &[("sock", "__sk_common.skc_rcv_saddr")],
    ),
    (
        "sock_common__remote6",
        &[16],
        &[("sock", "__sk_common.skc_v6_daddr")],
    ),
    (
        "sock_common__local6",
        &[16],
        &[("sock", "__sk_common.skc_v6_rcv_saddr")],
    ),
    ("sock__protocol", &[2], &[("sock", "sk_protocol")]),
    (
        "tcp_sock__bytes_acked",
        &[8],
        &[("tcp_sock", "bytes_acked")],
    ),
    (
        "tcp_sock__bytes_received",
        &[8],
        &[("tcp_sock", "bytes_received")],
    ),
    (
        "renamedata__old_dentry",
        &[8],
        &[("renamedata", "old_dentry")],
    ),
    ("io_kiocb__opcode", &[1], &[("io_kiocb", "opcode")]),
    ("io_kiocb__file", &[8], &[("io_kiocb", "file")]),
    ("io_kiocb__cmd", ANY, &[("io_kiocb", "cmd")]),
    ("io_close__fd", &[4], &[("io_close", "fd")]),
];
