//! The calls that open a file: open, creat, openat, openat2, open_by_handle_at.
//!
//! Step: probe. They are watched on exit, where the descriptor leads to the file and the file says
//! how it was opened; arguments are not needed. A file opened for writing is remembered for its
//! close; one opened only for reading counts for its directory.

use aya_ebpf::macros::tracepoint;
use aya_ebpf::programs::TracePointContext;

use crate::descriptors::result;
use crate::directories::read_file;
use crate::fields;
use crate::kernel::{current, file_of, inode, pointer, read};
use crate::written::{MODE_CREATED, MODE_WRITE, opened};

/// `open(const char *filename, int flags, umode_t mode)`.
#[tracepoint]
pub fn open_exit(ctx: TracePointContext) -> u32 {
    open(result(&ctx))
}

/// `creat(const char *pathname, umode_t mode)`.
#[tracepoint]
pub fn creat_exit(ctx: TracePointContext) -> u32 {
    open(result(&ctx))
}

/// `openat(int dfd, const char *filename, int flags, umode_t mode)`.
#[tracepoint]
pub fn openat_exit(ctx: TracePointContext) -> u32 {
    open(result(&ctx))
}

/// `openat2(int dfd, const char *filename, struct open_how *how, size_t usize)`.
#[tracepoint]
pub fn openat2_exit(ctx: TracePointContext) -> u32 {
    open(result(&ctx))
}

/// `open_by_handle_at(int mountdirfd, struct file_handle *handle, int flags)`.
#[tracepoint]
pub fn open_by_handle_at_exit(ctx: TracePointContext) -> u32 {
    open(result(&ctx))
}

/// Takes note of what the running process has just opened as this descriptor.
#[inline(always)]
pub fn open(descriptor: i64) -> u32 {
    if descriptor >= 0
        && let Some(file) = file_of(descriptor as u64)
    {
        opened_file(file);
    }
    0
}

/// Takes note of a file that the running process has just opened.
#[inline(never)]
pub fn opened_file(file: u64) -> u32 {
    let Some(mode) = read::<u32>(file, fields::file__f_mode()) else {
        return 0;
    };
    // A file that the open made needs no memory where who has it open closes it, too: its size was
    // zero, and its mode says so until then.
    if mode & MODE_WRITE != 0 && mode & MODE_CREATED != 0 && fields::at_functions() == 0 {
        return 0;
    }
    let Some(address) = pointer(file, fields::file__f_inode()) else {
        return 0;
    };
    let Some(inode) = inode(address) else {
        return 0;
    };
    if !inode.is_regular() {
        return 0;
    }
    let Some(who) = current() else { return 0 };
    if mode & MODE_WRITE != 0 {
        opened(file, &inode, &who);
    } else {
        read_file(file, &inode, &who);
    }
    1
}
