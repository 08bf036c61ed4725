//! Tier 1: programs at the kernel's own functions instead of at system calls.
//!
//! Step: probe. A tracepoint of one system call makes every call of every program slower; a program
//! at a function costs only those that come there. The functions are those through which all ways
//! lead: system calls of both widths, `io_uring`, descriptors that were passed on, mappings. What is
//! made of them is the same as on tier 2. These programs may be preempted, which `emit` knows of.

mod closing;
mod ending;
mod exec;
mod linking;
mod mapping;
mod naming;
mod opening;
mod proof;
mod renaming;

use crate::kernel::flags_of_current;

/// Whether the running task is one of the kernel's own. Workers of `io_uring` are not: they are
/// threads of the program that submits to them.
#[inline(always)]
pub fn is_kernel_thread() -> bool {
    flags_of_current() & PF_KTHREAD != 0
}

/// `PF_KTHREAD` of `include/linux/sched.h`, unchanged from 5.10 to 7.3.
const PF_KTHREAD: u32 = 0x20_0000;
