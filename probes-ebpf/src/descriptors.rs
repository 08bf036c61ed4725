//! The calls that drop a descriptor: close, close_range, dup2, dup3.
//!
//! Step: probe. They are watched on entry, while the file is still there. The daemon's own calls
//! are ignored where a record would be made.

use aya_ebpf::EbpfContext as _;
use aya_ebpf::macros::tracepoint;
use aya_ebpf::programs::TracePointContext;
use ring_abi::CloseReason;

use crate::fields;
use crate::kernel::{current_task, file_of, pointer};
use crate::written::{close, close_range_of};

/// `close(unsigned int fd)`.
#[tracepoint]
pub fn close_enter(ctx: TracePointContext) -> u32 {
    if let Some(file) = file_of(argument(&ctx, 0)) {
        close(file, CloseReason::CLOSED);
    }
    0
}

/// `dup2(unsigned int oldfd, unsigned int newfd)`.
#[tracepoint]
pub fn dup2_enter(ctx: TracePointContext) -> u32 {
    replace(argument(&ctx, 0), argument(&ctx, 1));
    0
}

/// `dup3(unsigned int oldfd, unsigned int newfd, int flags)`.
#[tracepoint]
pub fn dup3_enter(ctx: TracePointContext) -> u32 {
    replace(argument(&ctx, 0), argument(&ctx, 1));
    0
}

/// `close_range(unsigned int first, unsigned int last, unsigned int flags)`.
#[tracepoint]
pub fn close_range_enter(ctx: TracePointContext) -> u32 {
    let table = pointer(current_task(), fields::task_struct__files())
        .and_then(|files| pointer(files, fields::files_struct__fdt()));
    if let Some(table) = table
        && argument(&ctx, 2) & CLOSE_RANGE_CLOEXEC == 0
    {
        close_range_of(
            table,
            argument(&ctx, 0),
            argument(&ctx, 1),
            CloseReason::CLOSED,
        );
    }
    0
}

/// A descriptor put over another closes that one.
#[inline(always)]
fn replace(old: u64, new: u64) {
    if old != new
        && file_of(old).is_some()
        && let Some(file) = file_of(new)
    {
        close(file, CloseReason::REPLACED);
    }
}

/// The `index`th argument in a call's entry tracepoint: eight bytes each after the common part
/// (8 bytes) and the call's number (8 bytes), as its `format` file lays them out on every kernel.
#[inline(always)]
pub fn argument(ctx: &TracePointContext, index: usize) -> u64 {
    // SAFETY: the verifier checks that the offset, a constant, is inside the context.
    unsafe { core::ptr::read_volatile(ctx.as_ptr().byte_add(16 + 8 * index).cast()) }
}

/// The result in a call's exit tracepoint, laid out as [`argument`] says.
#[inline(always)]
pub fn result(ctx: &TracePointContext) -> i64 {
    // SAFETY: as above.
    unsafe { core::ptr::read_volatile(ctx.as_ptr().byte_add(16).cast()) }
}

/// `CLOSE_RANGE_CLOEXEC` of `include/uapi/linux/close_range.h`.
const CLOSE_RANGE_CLOEXEC: u64 = 4;
