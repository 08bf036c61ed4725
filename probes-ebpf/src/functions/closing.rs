//! The last reference to an open file goes: `__fput`.
//!
//! Step: probe. Whatever held it (a descriptor, a mapping, a message on a Unix socket, `io_uring`)
//! has let go, and path, inode and pages are still there. The task that runs is mostly the one that
//! let go; where it is the kernel's own, the file is told as of the process that opened it.

use aya_ebpf::macros::fentry;
use aya_ebpf::programs::FEntryContext;
use ring_abi::CloseReason;

use super::proof::{Hook, own};
use crate::fields;
use crate::kernel::{FORMAT_MASK, FORMAT_REGULAR, argument, current_task, load, read};
use crate::written::{MODE_WRITE, close_last};

/// `__fput(struct file *file)`; 5.10 to 7.3.
#[fentry(function = "__fput")]
pub fn file_put(ctx: FEntryContext) -> i32 {
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
    let flags = read::<u32>(current_task(), fields::task_struct__flags()).unwrap_or(0);
    let reason = if flags & PF_EXITING != 0 {
        CloseReason::EXITED
    } else {
        CloseReason::CLOSED
    };
    close_last(argument(&ctx, 0), mode, reason.0);
    0
}

/// `FMODE_NOACCOUNT` of `include/linux/fs.h`, unchanged from 5.10 to 6.18: of a file that a layered
/// file system opens behind the one that the program has open, which is told itself.
const MODE_BACKING: u32 = 0x2000_0000;
/// `PF_EXITING` of `include/linux/sched.h`, unchanged from 5.10 to 7.3.
const PF_EXITING: u32 = 0x4;
