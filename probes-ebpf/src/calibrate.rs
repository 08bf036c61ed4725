//! Finds, once at start, what no type information tells: how a page's memory lies to its
//! description, and on the oldest kernels where a task's stack holds the registers of its call.
//!
//! Step: probe. On every system with a virtual memory map the two differ by a constant and a
//! scale, and the scale is known from BTF. The daemon makes one system call for which the kernel
//! allocates a large block (`readv` with many buffers): the page allocator's tracepoint gives the
//! description, the block allocator's tracepoint right after it gives the memory. The same call's
//! registers are known, so they are looked for at the end of a stack of each size that there is.
//! Both programs are attached for that one call only.

use aya_ebpf::EbpfContext as _;
use aya_ebpf::helpers::bpf_get_current_pid_tgid;
use aya_ebpf::macros::{btf_tracepoint, raw_tracepoint};
use aya_ebpf::programs::{BtfTracePointContext, RawTracePointContext};
use aya_log_ebpf::debug;

use crate::fields::{self, UNTYPED, is_typed};
use crate::kernel::{current_task, pointer, read};
use crate::maps::CALIBRATION;

/// `mm_page_alloc(struct page *page, unsigned int order, gfp_t, int)`; checked on 5.10 to 7.3.
#[btf_tracepoint(function = "mm_page_alloc")]
pub fn calibrate_page(ctx: BtfTracePointContext) -> i32 {
    let page: u64 = ctx.arg::<*const u8>(0) as u64;
    let order: u32 = ctx.arg(1);
    if own()
        && order != 0
        && let Some(slot) = CALIBRATION.get_ptr_mut(0)
    {
        // SAFETY: a map value that only the daemon's own thread writes.
        unsafe { (*slot).page = page };
    }
    0
}

/// `kmalloc(unsigned long call_site, const void *ptr, size_t bytes_req, size_t bytes_alloc, ...)`;
/// checked on 5.10 to 7.3. A raw tracepoint, since a typed one may not see a `void *` before 5.13.
#[raw_tracepoint(tracepoint = "kmalloc")]
pub fn calibrate_block(ctx: RawTracePointContext) -> i32 {
    let memory = argument(&ctx, 1);
    let requested = argument(&ctx, 2);
    if !own() || requested != fields::calibration_bytes() {
        return 0;
    }
    if let Some(slot) = CALIBRATION.get_ptr_mut(0) {
        // SAFETY: a map value that only the daemon's own thread writes.
        unsafe {
            if (*slot).page != 0 {
                let described = (*slot).page << fields::page_scale_shift();
                (*slot).constant = memory.wrapping_sub(described);
                (*slot).valid = 1;
                debug!((), "page {:x} lies at {:x}", (*slot).page, memory);
            }
            if !is_typed(fields::call__argument2()) {
                (*slot).registers = find_registers();
            }
        }
    }
    0
}

/// How far above the beginning of the running task's stack the registers of its call are; 0 when
/// they are at no place, or at more than one, where a stack of some size has its end.
#[inline(never)]
fn find_registers() -> u64 {
    let Some(stack) = pointer(current_task(), fields::task_struct__stack()) else {
        return 0;
    };
    let buffers = fields::calibration_bytes() / BUFFER_DESCRIPTION;
    let mut found = 0;
    let mut size = SMALLEST_STACK;
    for _ in 0..SIZES {
        let offset = size - u64::from(fields::registers_size());
        let at = stack.wrapping_add(offset);
        let third = read::<u64>(at, fields::call__argument2() & !UNTYPED);
        let first = read::<u64>(at, fields::call__argument0() & !UNTYPED);
        if third == Some(buffers) && matches!(first, Some(0..DESCRIPTORS)) {
            if found != 0 {
                return 0;
            }
            found = offset;
        }
        size <<= 1;
    }
    found
}

/// An argument of the tracepoint.
#[inline(always)]
fn argument(ctx: &RawTracePointContext, index: usize) -> u64 {
    // SAFETY: the verifier checks that the offset, a constant, is inside the context.
    unsafe { core::ptr::read_volatile(ctx.as_ptr().byte_add(8 * index).cast()) }
}

/// Whether the daemon itself is at work.
#[inline(always)]
fn own() -> bool {
    (bpf_get_current_pid_tgid() >> 32) as u32 == fields::own_pid()
}

/// Size of a `struct iovec`, of which the daemon's call has many.
const BUFFER_DESCRIPTION: u64 = 16;
/// Stacks have 8 to 128 KiB: two pages of 4 KiB, or one of 64 KiB and twice that with KASAN.
const SMALLEST_STACK: u64 = 8192;
const SIZES: u32 = 5;
/// The daemon's descriptors are below this.
const DESCRIPTORS: u64 = 4096;
