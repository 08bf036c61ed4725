//! Process start, fork and exit.
//!
//! Step: probe. Threads are not told; a process is its thread group's leader. At exit the files
//! that it still holds open for writing are told as closed, then its totals.

use aya_ebpf::helpers::generated::bpf_probe_read_user;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use ring_abi::{Exit, Flags, Fork, Kind, Known, ProcessStart, Tag, ThrottleReason};

use crate::emit::{Draft, emit, tell_left_out};
use crate::fields;
use crate::kernel::{Who, bound, current_task, inode, now, pointer, process_start, read, start};
use crate::maps::{PROCESSES, VALUE_LIMIT};
use crate::written::close_all;

/// `sched_process_fork(struct task_struct *parent, struct task_struct *child)`; 5.10 to 7.3.
#[btf_tracepoint(function = "sched_process_fork")]
pub fn process_fork(ctx: BtfTracePointContext) -> i32 {
    let parent = ctx.arg::<*const u8>(0) as u64;
    let child = ctx.arg::<*const u8>(1) as u64;
    let _ = fork(parent, child);
    0
}

#[inline(always)]
fn fork(parent: u64, child: u64) -> Option<()> {
    let pid: u32 = read(child, fields::task_struct__pid())?;
    let group: u32 = read(child, fields::task_struct__tgid())?;
    let who = task(parent)?;
    if pid != group {
        return None;
    }
    let child_start = start(child)?;
    emit(
        Kind::FORK,
        &who,
        Fork {
            child_start,
            child_pid: pid,
            _pad: 0,
        },
        |_| {},
    );
    Some(())
}

/// `sched_process_exec(struct task_struct *p, pid_t old_pid, struct linux_binprm *bprm)`; 5.10 to
/// 7.3.
#[btf_tracepoint(function = "sched_process_exec")]
pub fn process_exec(ctx: BtfTracePointContext) -> i32 {
    let program = ctx.arg::<*const u8>(2) as u64;
    let _ = exec(current_task(), program);
    0
}

#[inline(always)]
fn exec(task_address: u64, program: u64) -> Option<()> {
    let who = task(task_address)?;
    emit(
        Kind::PROCESS_START,
        &who,
        ProcessStart::default(),
        |draft| {
            let file = pointer(program, fields::linux_binprm__file());
            let image = file.and_then(|file| pointer(file, fields::file__f_inode()));
            let group = pointer(task_address, fields::task_struct__cgroups())
                .and_then(|set| pointer(set, fields::css_set__dfl_cgrp()))
                .and_then(|group| pointer(group, fields::cgroup__kn()))
                // Kept as a number: of an optional value the compiler loads what is not there
                // before it asks whether it is, which Linux 5.10 refuses.
                .unwrap_or(0);
            let body = draft.body::<ProcessStart>();
            // SAFETY: the record's fixed part, a map value, is of this type.
            unsafe {
                describe_owner(body, task_address);
                describe_place(body, task_address, group);
                if let Some(image) = image.and_then(inode) {
                    (*body).device = image.device;
                    (*body).inode = image.number;
                    (*body).image_mode = image.mode;
                    (*body).image_uid = image.uid;
                    (*body).known |= Known::FILE.0 | Known::OWNER.0;
                    if image.links == 0 {
                        draft.flag(Flags::UNLINKED);
                    }
                }
            }
            if let Some(file) = file {
                draft.path(Tag::PATH, file + u64::from(fields::file__f_path()));
            }
            if let Some((address, length)) = arguments(task_address) {
                // SAFETY: as above.
                unsafe { (*body).arguments_length = length as u32 };
                draft.arguments(address, length);
            }
            if let Some(fs) = pointer(task_address, fields::task_struct__fs()) {
                draft.path(Tag::DIRECTORY, fs + u64::from(fields::fs_struct__pwd()));
            }
            // The name that was asked for differs from the interpreter's where a script was
            // started.
            let asked = pointer(program, fields::linux_binprm__filename());
            let interpreter = pointer(program, fields::linux_binprm__interp());
            if let (Some(asked), Some(interpreter)) = (asked, interpreter)
                && asked != interpreter
            {
                draft.kernel_text(Tag::SCRIPT, asked);
            }
            if group != 0 {
                draft.control_group(group);
            }
        },
    );
    Some(())
}

/// Fills in who started the program, and as whom.
///
/// # Safety
/// `body` is the fixed part of the record under construction.
#[inline(always)]
unsafe fn describe_owner(body: *mut ProcessStart, task_address: u64) {
    // SAFETY: by the caller.
    unsafe {
        if let Some(parent) = pointer(task_address, fields::task_struct__real_parent())
            && let Some(pid) = read(parent, fields::task_struct__tgid())
        {
            (*body).parent_pid = pid;
            (*body).parent_start = process_start(parent);
            (*body).known |= Known::PARENT.0;
        }
        if let Some(cred) = pointer(task_address, fields::task_struct__cred()) {
            (*body).uid = read(cred, fields::cred__uid()).unwrap_or(0);
            (*body).euid = read(cred, fields::cred__euid()).unwrap_or(0);
            (*body).gid = read(cred, fields::cred__gid()).unwrap_or(0);
            (*body).egid = read(cred, fields::cred__egid()).unwrap_or(0);
            (*body).known |= Known::USER.0;
        }
        if let Some(login) = read::<u32>(task_address, fields::task_struct__loginuid())
            && login != u32::MAX
        {
            (*body).login_uid = login;
            (*body).known |= Known::LOGIN.0;
        }
    }
}

/// Fills in where the program runs: session, terminal, control group, namespaces.
///
/// # Safety
/// As for [`describe_owner`].
#[inline(always)]
unsafe fn describe_place(body: *mut ProcessStart, task_address: u64, group: u64) {
    // SAFETY: by the caller.
    unsafe {
        if let Some(signal) = pointer(task_address, fields::task_struct__signal()) {
            (*body).session = session(signal).unwrap_or(0);
            (*body).terminal = terminal(signal).unwrap_or(0);
            (*body).known |= Known::SESSION.0;
        }
        if group != 0 {
            (*body).cgroup = read(group, fields::kernfs_node__id()).unwrap_or(0);
            (*body).known |= Known::CGROUP.0;
        }
        if let Some(namespaces) = pointer(task_address, fields::task_struct__nsproxy()) {
            (*body).mount_namespace = pointer(namespaces, fields::nsproxy__mnt_ns())
                .and_then(|space| read(space, fields::mnt_namespace__ns__inum()))
                .unwrap_or(0);
            (*body).pid_namespace = pointer(namespaces, fields::nsproxy__pid_ns_for_children())
                .and_then(|space| read(space, fields::pid_namespace__ns__inum()))
                .unwrap_or(0);
        }
    }
}

/// `sched_process_exit(struct task_struct *p[, bool group_dead])`; 5.10 to 7.3.
#[btf_tracepoint(function = "sched_process_exit")]
pub fn process_exit(_ctx: BtfTracePointContext) -> i32 {
    let task_address = current_task();
    if ends(task_address) {
        close_all(task_address);
        tell_exit(task_address);
    }
    0
}

/// Whether a task that ends is the last of its process.
#[inline(always)]
pub fn ends(task_address: u64) -> bool {
    pointer(task_address, fields::task_struct__signal())
        .and_then(|signal| read::<u32>(signal, fields::signal_struct__live()))
        == Some(0)
}

/// Tells that a task's process ends. A function of its own, for its stack.
#[inline(never)]
pub fn tell_exit(task_address: u64) -> u32 {
    u32::from(exit(task_address).is_some())
}

#[inline(always)]
fn exit(task_address: u64) -> Option<()> {
    let who = task(task_address)?;
    let signal = pointer(task_address, fields::task_struct__signal())?;
    let sum = |own: u32, group: u32| {
        let own: Option<u64> = read(task_address, own);
        let group: Option<u64> = read(signal, group);
        own.zip(group).map(|(own, group)| own.wrapping_add(group))
    };
    let mut body = Exit::default();
    if let Some(bytes) = sum(
        fields::task_struct__ioac__rchar(),
        fields::signal_struct__ioac__rchar(),
    ) {
        body.bytes_read = bytes;
        body.known |= Known::BYTES_READ.0;
    }
    if let Some(bytes) = sum(
        fields::task_struct__ioac__wchar(),
        fields::signal_struct__ioac__wchar(),
    ) {
        body.bytes_written = bytes;
        body.known |= Known::BYTES_WRITTEN.0;
    }
    let group_code = read::<u32>(signal, fields::signal_struct__group_exit_code()).unwrap_or(0);
    let own_code = read::<u32>(task_address, fields::task_struct__exit_code());
    if let Some(own_code) = own_code {
        body.status = if group_code != 0 {
            group_code
        } else {
            own_code
        };
        body.known |= Known::STATUS.0;
    }
    // Without an entry the process did nothing with files, or the table has forgotten it: unknown.
    if let Some(process) = PROCESSES.get_ptr_mut(who.pid) {
        // SAFETY: a map value.
        unsafe {
            if (*process).start == who.start {
                body.known |= Known::COUNTS.0;
                body.files_read = (*process).files_read;
                body.files_written = (*process).files_written;
                body.files_removed = (*process).files_removed;
                body.directories_read = (*process).directories;
                if (*process).left_out != 0 {
                    tell_left_out(&who, process, ThrottleReason::RATE);
                }
            }
        }
        let _ = PROCESSES.remove(who.pid);
    }
    emit(Kind::EXIT, &who, body, |_| {});
    Some(())
}

/// The process of a task; `None` for the daemon itself.
#[inline(always)]
fn task(address: u64) -> Option<Who> {
    let pid: u32 = read(address, fields::task_struct__tgid())?;
    let tid: u32 = read(address, fields::task_struct__pid())?;
    if pid == fields::own_pid() {
        return None;
    }
    Some(Who {
        pid,
        tid,
        start: process_start(address),
        time: now(),
    })
}

/// `pids[PIDTYPE_SID]` of a `struct signal_struct`, as the first namespace numbers it.
#[inline(always)]
fn session(signal: u64) -> Option<u32> {
    let pids = signal.wrapping_add(u64::from(fields::signal_struct__pids()));
    let pid = pointer(pids.wrapping_add(PIDTYPE_SID << 3), 0)?;
    read(pid, fields::pid__numbers__nr())
}

/// The controlling terminal's device, as `stat` encodes it.
#[inline(always)]
fn terminal(signal: u64) -> Option<u32> {
    let tty = pointer(signal, fields::signal_struct__tty())?;
    let index: u32 = read(tty, fields::tty_struct__index())?;
    let driver = pointer(tty, fields::tty_struct__driver())?;
    let major: u32 = read(driver, fields::tty_driver__major())?;
    let minor = read::<u32>(driver, fields::tty_driver__minor_start())?.wrapping_add(index);
    Some((minor & 0xff) | (major << 8) | ((minor & !0xff) << 12))
}

/// Address and length of the arguments of a task.
#[inline(always)]
fn arguments(task_address: u64) -> Option<(u64, u64)> {
    let memory = pointer(task_address, fields::task_struct__mm())?;
    let begin: u64 = read(memory, fields::mm_struct__arg_start())?;
    let end: u64 = read(memory, fields::mm_struct__arg_end())?;
    Some((begin, end.saturating_sub(begin)))
}

impl Draft {
    /// Appends the arguments, cut to what one field holds.
    #[inline(always)]
    fn arguments(&mut self, address: u64, length: u64) {
        let Some((at, value)) = self.room() else {
            return;
        };
        let most = VALUE_LIMIT as u64 - 1;
        if length > most {
            self.flag(Flags::TRUNCATED);
        }
        let length = bound::<{ VALUE_LIMIT as i32 - 1 }>(if length > most { most } else { length });
        // SAFETY: room for VALUE_LIMIT bytes is behind every field offset.
        let status =
            unsafe { bpf_probe_read_user(value.cast(), length as u32, address as *const _) };
        if status != 0 {
            return self.flag(Flags::LOOKUP_FAILED);
        }
        self.head(at, Tag::ARGUMENTS, length);
    }
}

/// `enum pid_type`: PID, TGID, PGID, SID.
const PIDTYPE_SID: u64 = 3;
