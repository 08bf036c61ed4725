//! Files being opened, whoever asks: system calls of both widths, `io_uring`, file handles.
//!
//! Step: probe. The result of the function is the open file, cut to nothing already where that was
//! asked for. The kernel's opens of programs that are started come here too and are left.

use aya_ebpf::helpers::bpf_get_current_pid_tgid;
use aya_ebpf::macros::fexit;
use aya_ebpf::programs::FExitContext;

use super::is_kernel_thread;
use super::proof::{Hook, own};
use crate::fields;
use crate::kernel::{argument, load};
use crate::maps::OPENED;
use crate::opens::{open, opened_file};

/// `struct file *do_filp_open(int dfd, struct filename *pathname, const struct open_flags *op)`,
/// 5.10 to 6.18; `do_file_open`, with the same arguments, in 7.3.
#[fexit(function = "do_filp_open")]
pub fn file_opened(ctx: FExitContext) -> i32 {
    opened(&ctx)
}

/// The same once more, where programs may be preempted; see `closing`. What both see after all, as
/// when the task moves to another processor between the two, is noted twice, which does no harm.
#[fexit(function = "do_filp_open")]
pub fn file_opened_relief(ctx: FExitContext) -> i32 {
    opened(&ctx)
}

#[inline(always)]
fn opened(ctx: &FExitContext) -> i32 {
    let file = ctx.arg::<*const u8>(3) as u64;
    if file >= ERRORS || own(Hook::FILE_OPENED) || is_kernel_thread() {
        return 0;
    }
    if load::<u32>(file, fields::file__f_flags()) & FOR_EXEC == 0 && is_first(argument(ctx, 3)) {
        opened_file(file);
    }
    0
}

/// Whether the running program is the first of the two that sees this open.
#[inline(always)]
fn is_first(file: u64) -> bool {
    if fields::relieved() == 0 {
        return true;
    }
    let Some(seen) = OPENED.get_ptr_mut(0) else {
        return true;
    };
    let open = file ^ bpf_get_current_pid_tgid();
    // SAFETY: a map value of this processor; a task that cuts in makes the second see it again.
    unsafe {
        let first = *seen != open;
        *seen = if first { open } else { 0 };
        first
    }
}

/// `long do_handle_open(int mountdirfd, struct file_handle *ufh, int open_flag)`; 5.10 to 7.3.
#[fexit(function = "do_handle_open")]
pub fn handle_opened(ctx: FExitContext) -> i32 {
    open(i64::from(argument(&ctx, 3) as i32));
    0
}

/// Pointers from here on are error codes (`include/linux/err.h`).
const ERRORS: u64 = -4095i64 as u64;
/// `__FMODE_EXEC` of `include/linux/fs.h`, unchanged from 5.10 to 6.18.
const FOR_EXEC: u32 = 0x20;
