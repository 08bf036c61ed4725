//! The end of a process, told after the files that it held.
//!
//! Step: probe. The tracepoint comes before the kernel closes what an ending process holds, so it
//! only notes which thread is the last one; that thread tells when it has come past its files.

use aya_ebpf::bindings::BPF_NOEXIST;
use aya_ebpf::helpers::bpf_get_current_pid_tgid;
use aya_ebpf::macros::{btf_tracepoint, fentry};
use aya_ebpf::programs::{BtfTracePointContext, FEntryContext};

use super::proof::{Hook, own};
use crate::kernel::{current_task, process_start};
use crate::maps::{ENDING, EndingKey};
use crate::processes::{ends, tell_exit};

/// `sched_process_exit(struct task_struct *p[, bool group_dead])`; 5.10 to 7.3.
#[btf_tracepoint(function = "sched_process_exit")]
pub fn task_ending(_ctx: BtfTracePointContext) -> i32 {
    if own(Hook::TASK_ENDING) {
        return 0;
    }
    if ends(current_task()) {
        let (key, tid) = ending();
        // Of threads that end at the same time more than one may take itself for the last.
        let _ = ENDING.insert(key, tid, u64::from(BPF_NOEXIST));
    }
    0
}

/// `cgroup_exit(struct task_struct *tsk)`, 5.10 to 6.18; `cgroup_task_exit`, with the same argument,
/// in 7.3; without control groups `sched_autogroup_exit_task`. All are called once for each thread
/// that ends, when its files are closed.
#[fentry(function = "cgroup_exit")]
pub fn task_gone(_ctx: FEntryContext) -> i32 {
    if own(Hook::TASK_GONE) {
        return 0;
    }
    let task = current_task();
    if !ends(task) {
        return 0;
    }
    let (key, tid) = ending();
    let Some(noted) = ENDING.get_ptr(key) else {
        return 0;
    };
    // The note stays until the table needs its place: another thread may still be about to make one.
    // SAFETY: a map value.
    if unsafe { *noted } == tid {
        tell_exit(task);
    }
    0
}

/// The running process, and its running thread.
#[inline(always)]
fn ending() -> (EndingKey, u64) {
    let ids = bpf_get_current_pid_tgid();
    let key = EndingKey {
        start: process_start(current_task()),
        pid: ids >> 32,
    };
    (key, ids & 0xffff_ffff)
}
