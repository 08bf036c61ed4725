//! The hooks as data: what each program sees, where it stands and what it needs.
//!
//! Step: source. What programs do with files can be watched at the kernel's functions (tier 1) or at
//! system calls (tier 2); a [`Purpose`] has its rows for both, and `attach` takes the first that
//! listen. Invariant: rows of one purpose that stand in for each other are never attached together,
//! for both would tell.

use ring_abi::Kind;

use super::needs::{ENDING, EXEC, FILE, IDENTITY, MAP, NAME, NAME_AT, OPEN, PUT, SOCKET, URING};
use super::row::{Place, Proof, Purpose, Row, at, dispensable, essential, relief, row};

/// The purposes whose tier decides whether what passes system calls by is seen.
pub(super) const CLOSING: usize = 0;
pub(super) const OPENING: usize = 1;
pub(super) const NAMING: [(usize, &str); 4] = [
    (2, "renamed"),
    (3, "linked"),
    (4, "removed"),
    (5, CUT_BY_NAME),
];
/// What `io_uring` has no request for.
pub(super) const CUT_BY_NAME: &str = "cut by their names";

/// Hooks that are the same on both tiers.
pub(super) const ALWAYS: &[Row] = &[
    essential(row(
        "process_exec",
        Place::Typed("sched_process_exec"),
        "programs being started",
        IDENTITY,
    )),
    row(
        "process_fork",
        Place::Typed("sched_process_fork"),
        "processes being made",
        IDENTITY,
    ),
    row(
        "connection_state",
        Place::Typed("inet_sock_set_state"),
        "TCP connections and their bytes",
        SOCKET,
    ),
];

/// What is watched on one of the tiers.
pub(super) const PURPOSES: &[Purpose] = &[
    Purpose {
        functions: &[
            at(
                "file_put",
                Place::Entry(&["__fput"]),
                CLOSES,
                PUT,
                Proof::FilePut,
                Kind::FILE_WRITTEN,
            ),
            relief(dispensable(at(
                "file_put_relief",
                Place::Entry(&["__fput"]),
                CLOSES,
                PUT,
                Proof::FilePut,
                Kind::FILE_WRITTEN,
            ))),
            at(
                "task_ending",
                Place::Typed("sched_process_exit"),
                ENDS,
                ENDING,
                Proof::TaskEnding,
                Kind::EXIT,
            ),
            at(
                "task_gone",
                Place::Entry(&[
                    "cgroup_exit",
                    "cgroup_task_exit",
                    "sched_autogroup_exit_task",
                ]),
                ENDS,
                ENDING,
                Proof::TaskGone,
                Kind::EXIT,
            ),
            dispensable(row(
                "exec_begins",
                Place::Entry(&["begin_new_exec"]),
                "whose the files are that a program start closes",
                EXEC,
            )),
        ],
        calls: &[
            essential(row(
                "close_enter",
                Place::Call("sys_enter_close"),
                CLOSES,
                FILE,
            )),
            row(
                "close_range_enter",
                Place::Call("sys_enter_close_range"),
                CLOSES,
                FILE,
            ),
            row("dup2_enter", Place::Call("sys_enter_dup2"), CLOSES, FILE),
            row("dup3_enter", Place::Call("sys_enter_dup3"), CLOSES, FILE),
            row(
                "process_exit",
                Place::Typed("sched_process_exit"),
                ENDS,
                IDENTITY,
            ),
        ],
        beside_calls: false,
    },
    Purpose {
        functions: &[
            at(
                "file_opened",
                Place::Return(&["do_filp_open", "do_file_open"]),
                OPENS,
                OPEN,
                Proof::FileOpened,
                Kind::DIRECTORY_READ,
            ),
            relief(dispensable(at(
                "file_opened_relief",
                Place::Return(&["do_filp_open", "do_file_open"]),
                OPENS,
                OPEN,
                Proof::FileOpened,
                Kind::DIRECTORY_READ,
            ))),
            dispensable(row(
                "handle_opened",
                Place::Return(&["do_handle_open"]),
                "files being opened by their handles",
                FILE,
            )),
        ],
        calls: &[
            row("open_exit", Place::Call("sys_exit_open"), OPENS, FILE),
            row("creat_exit", Place::Call("sys_exit_creat"), OPENS, FILE),
            row("openat_exit", Place::Call("sys_exit_openat"), OPENS, FILE),
            row("openat2_exit", Place::Call("sys_exit_openat2"), OPENS, FILE),
            row(
                "open_by_handle_at_exit",
                Place::Call("sys_exit_open_by_handle_at"),
                OPENS,
                FILE,
            ),
        ],
        beside_calls: false,
    },
    Purpose {
        functions: &[
            at(
                "rename_begins",
                Place::Entry(&["security_path_rename"]),
                RENAMES,
                FILE,
                Proof::RenameBegins,
                Kind::FILE_RENAMED,
            ),
            at(
                "renamed",
                Place::Return(&["vfs_rename"]),
                RENAMES,
                &[&["renamedata__old_dentry"]],
                Proof::Renamed,
                Kind::FILE_RENAMED,
            ),
        ],
        calls: &[
            row("rename_exit", Place::Call("sys_exit_rename"), RENAMES, NAME),
            row(
                "renameat_exit",
                Place::Call("sys_exit_renameat"),
                RENAMES,
                NAME_AT,
            ),
            row(
                "renameat2_exit",
                Place::Call("sys_exit_renameat2"),
                RENAMES,
                NAME_AT,
            ),
        ],
        beside_calls: false,
    },
    Purpose {
        functions: &[
            at(
                "link_begins",
                Place::Entry(&["security_path_link"]),
                LINKS,
                FILE,
                Proof::LinkBegins,
                Kind::FILE_LINKED,
            ),
            at(
                "linked",
                Place::Return(&["vfs_link"]),
                LINKS,
                &[&["vfs_link__new_dentry"]],
                Proof::Linked,
                Kind::FILE_LINKED,
            ),
        ],
        calls: &[
            row("link_exit", Place::Call("sys_exit_link"), LINKS, NAME),
            row(
                "linkat_exit",
                Place::Call("sys_exit_linkat"),
                LINKS,
                NAME_AT,
            ),
        ],
        beside_calls: false,
    },
    Purpose {
        functions: &[
            at(
                "unlink_begins",
                Place::Entry(&["security_path_unlink"]),
                REMOVALS,
                FILE,
                Proof::UnlinkBegins,
                Kind::FILE_REMOVED,
            ),
            at(
                "unlinked",
                Place::Return(&["vfs_unlink"]),
                REMOVALS,
                &[&["vfs_unlink__dentry"]],
                Proof::Unlinked,
                Kind::FILE_REMOVED,
            ),
            dispensable(at(
                "rmdir_begins",
                Place::Entry(&["security_path_rmdir"]),
                RMDIRS,
                FILE,
                Proof::RmdirBegins,
                Kind::FILE_REMOVED,
            )),
            dispensable(at(
                "rmdir_ends",
                Place::Return(&["do_rmdir", "filename_rmdir"]),
                RMDIRS,
                &[&["do_rmdir__arguments"]],
                Proof::RmdirEnds,
                Kind::FILE_REMOVED,
            )),
        ],
        calls: &[
            row(
                "unlink_exit",
                Place::Call("sys_exit_unlink"),
                REMOVALS,
                NAME,
            ),
            row("rmdir_exit", Place::Call("sys_exit_rmdir"), RMDIRS, NAME),
            row(
                "unlinkat_exit",
                Place::Call("sys_exit_unlinkat"),
                REMOVALS,
                NAME,
            ),
        ],
        beside_calls: false,
    },
    Purpose {
        functions: &[at(
            "truncated",
            Place::Return(&["vfs_truncate"]),
            CUTS,
            FILE,
            Proof::Truncated,
            Kind::FILE_WRITTEN,
        )],
        calls: &[row(
            "truncate_exit",
            Place::Call("sys_exit_truncate"),
            CUTS,
            NAME,
        )],
        beside_calls: false,
    },
    Purpose {
        functions: &[at(
            "file_mapped",
            Place::Entry(&["security_mmap_file"]),
            LIBRARIES,
            MAP,
            Proof::FileMapped,
            Kind::LIBRARY_LOAD,
        )],
        calls: &[row(
            "mmap_enter",
            Place::Call("sys_enter_mmap"),
            LIBRARIES,
            FILE,
        )],
        beside_calls: false,
    },
    Purpose {
        functions: &[at(
            "socket_grafted",
            Place::Entry(&["security_sock_graft"]),
            ACCEPTS,
            SOCKET,
            Proof::SocketGrafted,
            Kind::FLOW_OPENED,
        )],
        calls: &[
            row(
                "accept_exit",
                Place::Call("sys_exit_accept"),
                ACCEPTS,
                SOCKET,
            ),
            row(
                "accept4_exit",
                Place::Call("sys_exit_accept4"),
                ACCEPTS,
                SOCKET,
            ),
        ],
        beside_calls: false,
    },
    Purpose {
        functions: &[],
        calls: &[row(
            "uring_submit",
            Place::Requests,
            "writes and closes through io_uring",
            URING,
        )],
        beside_calls: true,
    },
];

/// The functions that hooks of tier 1 may stand at, some more than once.
pub(super) fn functions() -> impl Iterator<Item = &'static str> {
    let rows = PURPOSES.iter().flat_map(|purpose| purpose.functions);
    rows.flat_map(|row| match row.place {
        Place::Entry(names) | Place::Return(names) => names,
        Place::Typed(_) | Place::Requests | Place::Call(_) => &[],
    })
    .copied()
}

const CLOSES: &str = "written files being closed";
const ENDS: &str = "processes ending, with files they still hold";
const OPENS: &str = "files being opened: sizes before writing, directories being read";
const RENAMES: &str = "files being renamed";
const LINKS: &str = "files getting further names";
const REMOVALS: &str = "files being removed";
const RMDIRS: &str = "directories being removed";
const CUTS: &str = "files cut by name";
const LIBRARIES: &str = "libraries being loaded";
const ACCEPTS: &str = "who accepts connections";
