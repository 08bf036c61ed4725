//! Finds, once at start, how a page's memory lies to its description.
//!
//! Step: probe. On every system with a virtual memory map the two differ by a constant and a
//! scale, and the scale is known from BTF. The daemon makes one system call for which the kernel
//! allocates a large block (`readv` with many buffers): the page allocator's tracepoint gives the
//! description, the block allocator's tracepoint right after it gives the memory. Both programs
//! are attached for that one call only.

use aya_ebpf::helpers::bpf_get_current_pid_tgid;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use aya_log_ebpf::debug;

use crate::fields;
use crate::kernel::argument;
use crate::maps::CALIBRATION;

/// `mm_page_alloc(struct page *page, unsigned int order, gfp_t, int)`; checked on 6.18.
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
/// checked on 6.18.
#[btf_tracepoint(function = "kmalloc")]
pub fn calibrate_block(ctx: BtfTracePointContext) -> i32 {
    let memory = argument(&ctx, 1);
    let requested: u64 = ctx.arg(2);
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
        }
    }
    0
}

/// Whether the daemon itself is at work.
#[inline(always)]
fn own() -> bool {
    (bpf_get_current_pid_tgid() >> 32) as u32 == fields::own_pid()
}
