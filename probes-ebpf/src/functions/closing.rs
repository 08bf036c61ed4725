//! The last reference to an open file goes: `__fput`.
//!
//! Step: probe. Whatever held it (a descriptor, a mapping, a message on a Unix socket, `io_uring`)
//! has let go, and path, inode and pages are still there. The task that runs is mostly the one that
//! let go; where it is the kernel's own, the file is told as of the process that opened it.

use aya_ebpf::helpers::bpf_get_current_pid_tgid;
use aya_ebpf::macros::fentry;
use aya_ebpf::programs::FEntryContext;
use ring_abi::CloseReason;

use super::proof::{Hook, own};
use crate::fields;
use crate::kernel::{FORMAT_MASK, FORMAT_REGULAR, argument, flags_of_current, load};
use crate::maps::SEEN;
use crate::written::{MODE_WRITE, close_last};

/// `__fput(struct file *file)`; 5.10 to 7.3.
#[fentry(function = "__fput")]
pub fn file_put(ctx: FEntryContext) -> i32 {
    put(&ctx)
}

/// The same once more, where programs may be preempted: the kernel does not run a program on a
/// processor where it was preempted, so that what other tasks let go of meanwhile would be missed.
/// Of the two, which run one after the other, the first tells.
#[fentry(function = "__fput")]
pub fn file_put_relief(ctx: FEntryContext) -> i32 {
    put(&ctx)
}

#[inline(always)]
fn put(ctx: &FEntryContext) -> i32 {
    let file = ctx.arg::<*const u8>(0) as u64;
    let mode: u32 = load(file, fields::file__f_mode());
    if mode & MODE_WRITE == 0 || mode & MODE_BACKING != 0 {
        return 0;
    }
    let inode: u64 = load(file, fields::file__f_inode());
    let kind: u16 = load(inode, fields::inode__i_mode());
    if u32::from(kind) & FORMAT_MASK != FORMAT_REGULAR || own(Hook::FILE_PUT) {
        return 0;
    }
    let address = argument(ctx, 0);
    if !is_first(address) {
        return 0;
    }
    let reason = if flags_of_current() & PF_EXITING != 0 {
        CloseReason::EXITED
    } else {
        CloseReason::CLOSED
    };
    close_last(address, mode, reason.0);
    0
}

/// Whether the running program is the first of the two that sees the end of a file.
#[inline(always)]
fn is_first(file: u64) -> bool {
    if fields::relieved() == 0 {
        return true;
    }
    let thread = bpf_get_current_pid_tgid();
    if let Some(seen) = SEEN.get_ptr(thread) {
        // SAFETY: a map value, which this thread alone writes.
        if unsafe { *seen } == file {
            let _ = SEEN.remove(thread);
            return false;
        }
    }
    let _ = SEEN.insert(thread, file, 0);
    true
}

/// `FMODE_NOACCOUNT` of `include/linux/fs.h`, unchanged from 5.10 to 6.18: of a file that a layered
/// file system opens behind the one that the program has open, which is told itself.
const MODE_BACKING: u32 = 0x2000_0000;
/// `PF_EXITING` of `include/linux/sched.h`, unchanged from 5.10 to 7.3.
const PF_EXITING: u32 = 0x4;
