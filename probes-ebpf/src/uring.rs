//! Work on files that a program submits through io_uring, which makes no system call per file.
//!
//! Step: probe. A write is taken as a sign that the file is open for writing, so that its close is
//! compared with the state before; a close is told like the system call's. Opens through the ring
//! are met at the first write or at the close.

use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use ring_abi::CloseReason;

use crate::fields;
use crate::kernel::{current, file_of, inode, pointer, read};
use crate::maps::OPEN_FILES;
use crate::written::{MODE_CREATED, MODE_WRITE, close, opened};

/// `io_uring_submit_req(struct io_kiocb *req)`; 6.3 to 7.3. Linux 6.0 to 6.2 call it
/// `io_uring_submit_sqe`, and the loader asks for that there; before, no request is handed out.
#[btf_tracepoint(function = "io_uring_submit_req")]
pub fn uring_submit(ctx: BtfTracePointContext) -> i32 {
    let request = ctx.arg::<*const u8>(0) as u64;
    let Some(operation) = read::<u8>(request, fields::io_kiocb__opcode()) else {
        return 0;
    };
    match operation {
        WRITEV | WRITE_FIXED | WRITE | SPLICE => {
            write(request);
        }
        CLOSE => {
            let command = request.wrapping_add(u64::from(fields::io_kiocb__cmd()));
            if let Some(descriptor) = read::<u32>(command, fields::io_close__fd())
                && let Some(file) = file_of(u64::from(descriptor))
            {
                close(file, CloseReason::CLOSED);
            }
        }
        _ => {}
    }
    0
}

/// Remembers a file that is about to be written. A function of its own, for its stack.
#[inline(never)]
fn write(request: u64) -> u32 {
    let Some(file) = pointer(request, fields::io_kiocb__file()) else {
        return 0;
    };
    if OPEN_FILES.get_ptr(file).is_some() {
        return 0;
    }
    let Some(mode) = read::<u32>(file, fields::file__f_mode()) else {
        return 0;
    };
    if mode & MODE_WRITE == 0 || mode & MODE_CREATED != 0 {
        return 0;
    }
    let Some(inode) = pointer(file, fields::file__f_inode()).and_then(inode) else {
        return 0;
    };
    if inode.is_regular()
        && let Some(who) = current()
    {
        opened(file, &inode, &who);
    }
    1
}

/// `enum io_uring_op` of `include/uapi/linux/io_uring.h`.
const WRITEV: u8 = 2;
const WRITE_FIXED: u8 = 5;
const CLOSE: u8 = 19;
const WRITE: u8 = 23;
const SPLICE: u8 = 30;
