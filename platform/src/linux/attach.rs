//! The hooks: what each program sees, what it needs, and whether it could be attached.
//!
//! Step: source. Every hook is tried on its own; one that cannot be attached is a blind spot that
//! is reported, not an error, as long as process starts and file closes remain.

use std::any::Any;
use std::path::Path;

use aya::programs::{BtfTracePoint, TracePoint};
use aya::{Btf, Ebpf};

use super::fields::Fields;
use crate::survey::{Hook, HookState};

/// How a program is attached.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// A BTF tracepoint, by name.
    Typed(&'static str),
    /// A system call's tracepoint, by name.
    Call(&'static str),
    /// The BTF tracepoint of `io_uring`'s requests, whose name differs between kernels.
    Requests,
}

/// A row of [`HOOKS`].
struct Row {
    program: &'static str,
    place: Place,
    sees: &'static str,
    essential: bool,
    needs: &'static [&'static str],
}

/// What keeps a program attached; dropping it detaches.
pub(super) type Attachment = Box<dyn Any + Send>;

/// Loads and attaches everything that this kernel takes.
pub(super) fn attach(
    ebpf: &mut Ebpf,
    btf: &Btf,
    fields: &Fields,
    tracefs: Option<&Path>,
) -> (Vec<Hook>, Vec<Attachment>) {
    let mut attachments = Vec::with_capacity(HOOKS.len());
    let hooks = HOOKS
        .iter()
        .filter(|row| cfg!(target_arch = "x86_64") || !is_of_old_architectures(row))
        .map(|row| {
            let state = match lacking(row, fields, tracefs) {
                Some(what) => HookState::Missing(what),
                None => match load(row, ebpf, btf, fields) {
                    Ok(attachment) => {
                        attachments.push(attachment);
                        HookState::Attached
                    }
                    Err(error) => HookState::Failed(error),
                },
            };
            hook(row, fields, state)
        })
        .collect();
    (hooks, attachments)
}

/// Detaches everything. The kernel waits for its readers at each, so all wait at the same time:
/// one after the other they would take more than a second.
pub(super) fn detach(attachments: Vec<Attachment>) {
    std::thread::scope(|scope| {
        for attachment in attachments {
            scope.spawn(move || drop(attachment));
        }
    });
}

/// Whether a row's system call is one that only the oldest architectures have: on others, programs
/// reach the same by its successor, and nothing is unseen without it.
fn is_of_old_architectures(row: &Row) -> bool {
    let Place::Call(name) = row.place else {
        return false;
    };
    let call = name.split('_').next_back().unwrap_or_default();
    OLD_CALLS.contains(&call)
}

fn hook(row: &Row, fields: &Fields, state: HookState) -> Hook {
    let name = match row.place {
        Place::Typed(name) | Place::Call(name) => name,
        Place::Requests => fields.requests.unwrap_or("io_uring_submit_req"),
    };
    Hook {
        name: name.to_owned(),
        sees: row.sees,
        essential: row.essential,
        state,
    }
}

/// What the kernel lacks for a row, if anything.
fn lacking(row: &Row, fields: &Fields, tracefs: Option<&Path>) -> Option<String> {
    if matches!(row.place, Place::Requests) && fields.requests.is_none() {
        return Some("the kernel does not say which file a request is for (Linux 6.0 does)".into());
    }
    if let Some(symbol) = fields.missing(row.needs) {
        return Some(format!("the kernel has no member {symbol}"));
    }
    let Place::Call(name) = row.place else {
        return None;
    };
    let Some(tracefs) = tracefs else {
        return Some(
            "tracefs is not mounted (mount -t tracefs tracefs /sys/kernel/tracing)".into(),
        );
    };
    let known = tracefs.join("events/syscalls").join(name).is_dir();
    (!known).then(|| {
        "the kernel has no such system call tracepoint (it wants CONFIG_FTRACE_SYSCALLS=y)".into()
    })
}

fn load(row: &Row, ebpf: &mut Ebpf, btf: &Btf, fields: &Fields) -> Result<Attachment, String> {
    let program = ebpf
        .program_mut(row.program)
        .ok_or("the probe object lacks this program")?;
    let place = match (row.place, fields.requests) {
        (Place::Requests, Some(name)) => Place::Typed(name),
        (place, _) => place,
    };
    match place {
        Place::Requests => Err("the kernel has no such tracepoint".to_owned()),
        Place::Typed(name) => {
            let program: &mut BtfTracePoint = program.try_into().map_err(describe)?;
            program.load(name, btf).map_err(describe)?;
            let link = program.attach().map_err(describe)?;
            Ok(Box::new(program.take_link(link).map_err(describe)?))
        }
        Place::Call(name) => {
            let program: &mut TracePoint = program.try_into().map_err(describe)?;
            program.load().map_err(describe)?;
            let link = program.attach("syscalls", name).map_err(describe)?;
            Ok(Box::new(program.take_link(link).map_err(describe)?))
        }
    }
}

/// An error with its causes, cut to what a person can use; the verifier's log can be megabytes,
/// and its last lines say why.
pub(super) fn describe(error: impl std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= LINES {
        text
    } else {
        lines[lines.len() - LINES..].join("\n")
    }
}

const LINES: usize = 12;

/// Calls that arm64 never had, of `include/uapi/asm-generic/unistd.h`.
const OLD_CALLS: [&str; 6] = ["creat", "dup2", "link", "open", "rename", "unlink"];

const IDENTITY: &[&str] = &[
    "task_struct__tgid",
    "task_struct__pid",
    "task_struct__group_leader",
    "task_struct__start_boottime",
];
const FILE: &[&str] = &[
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
const NAME: &[&str] = &[
    "call__argument0",
    "call__argument1",
    "call_registers",
    "task_struct__fs",
];
const NAME_AT: &[&str] = &[
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
const SOCKET: &[&str] = &["sock_common__family", "sock_common__remote_port"];
const URING: &[&str] = &[
    "io_kiocb__opcode",
    "io_kiocb__file",
    "io_kiocb__cmd",
    "io_close__fd",
];

const OPENS: &str = "files being opened: sizes before writing, directories being read";
const CLOSES: &str = "written files being closed";
const RENAMES: &str = "files being renamed";
const LINKS: &str = "files getting further names";
const REMOVALS: &str = "files being removed";

macro_rules! row {
    ($program:literal, $place:expr, $sees:expr, $needs:expr) => {
        Row {
            program: $program,
            place: $place,
            sees: $sees,
            essential: false,
            needs: $needs,
        }
    };
    (essential $program:literal, $place:expr, $sees:expr, $needs:expr) => {
        Row {
            program: $program,
            place: $place,
            sees: $sees,
            essential: true,
            needs: $needs,
        }
    };
}

const HOOKS: &[Row] = &[
    row!(essential "process_exec", Place::Typed("sched_process_exec"), "programs being started", IDENTITY),
    row!(
        "process_fork",
        Place::Typed("sched_process_fork"),
        "processes being made",
        IDENTITY
    ),
    row!(
        "process_exit",
        Place::Typed("sched_process_exit"),
        "processes ending, with files they still hold",
        IDENTITY
    ),
    row!(essential "close_enter", Place::Call("sys_enter_close"), CLOSES, FILE),
    row!(
        "close_range_enter",
        Place::Call("sys_enter_close_range"),
        CLOSES,
        FILE
    ),
    row!("dup2_enter", Place::Call("sys_enter_dup2"), CLOSES, FILE),
    row!("dup3_enter", Place::Call("sys_enter_dup3"), CLOSES, FILE),
    row!("open_exit", Place::Call("sys_exit_open"), OPENS, FILE),
    row!("creat_exit", Place::Call("sys_exit_creat"), OPENS, FILE),
    row!("openat_exit", Place::Call("sys_exit_openat"), OPENS, FILE),
    row!("openat2_exit", Place::Call("sys_exit_openat2"), OPENS, FILE),
    row!(
        "open_by_handle_at_exit",
        Place::Call("sys_exit_open_by_handle_at"),
        OPENS,
        FILE
    ),
    row!("rename_exit", Place::Call("sys_exit_rename"), RENAMES, NAME),
    row!(
        "renameat_exit",
        Place::Call("sys_exit_renameat"),
        RENAMES,
        NAME_AT
    ),
    row!(
        "renameat2_exit",
        Place::Call("sys_exit_renameat2"),
        RENAMES,
        NAME_AT
    ),
    row!("link_exit", Place::Call("sys_exit_link"), LINKS, NAME),
    row!(
        "linkat_exit",
        Place::Call("sys_exit_linkat"),
        LINKS,
        NAME_AT
    ),
    row!(
        "unlink_exit",
        Place::Call("sys_exit_unlink"),
        REMOVALS,
        NAME
    ),
    row!(
        "unlinkat_exit",
        Place::Call("sys_exit_unlinkat"),
        REMOVALS,
        NAME
    ),
    row!(
        "truncate_exit",
        Place::Call("sys_exit_truncate"),
        "files cut by name",
        NAME
    ),
    row!(
        "mmap_enter",
        Place::Call("sys_enter_mmap"),
        "libraries being loaded",
        FILE
    ),
    row!(
        "connection_state",
        Place::Typed("inet_sock_set_state"),
        "TCP connections and their bytes",
        SOCKET
    ),
    row!(
        "accept_exit",
        Place::Call("sys_exit_accept"),
        "who accepts connections",
        SOCKET
    ),
    row!(
        "accept4_exit",
        Place::Call("sys_exit_accept4"),
        "who accepts connections",
        SOCKET
    ),
    row!(
        "uring_submit",
        Place::Requests,
        "writes and closes through io_uring",
        URING
    ),
];
