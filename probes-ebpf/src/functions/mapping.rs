//! Executable mappings of files, accepted sockets and files cut by name.
//!
//! Step: probe. Each function here is the one through which all ways lead, and says by itself what
//! is told.

use aya_ebpf::macros::{fentry, fexit};
use aya_ebpf::programs::{FEntryContext, FExitContext};

use super::is_kernel_thread;
use super::proof::{Hook, own};
use crate::fields;
use crate::flows::accepted_socket;
use crate::kernel::{of_current, read};
use crate::libraries;
use crate::names::cut;

/// `security_mmap_file(struct file *file, unsigned long prot, unsigned long flags)`; 5.10 to 7.3.
/// The file is null for memory of no file.
#[fentry(function = "security_mmap_file")]
pub fn file_mapped(ctx: FEntryContext) -> i32 {
    if ctx.arg::<u64>(1) & libraries::PROT_EXEC == 0 {
        return 0;
    }
    let file = ctx.arg::<*const u8>(0) as u64;
    if file == 0 || own(Hook::FILE_MAPPED) {
        return 0;
    }
    // The kernel maps a program and its dynamic loader itself before it notes where they lie.
    let memory = of_current(fields::current__mm());
    if read::<u64>(memory, fields::mm_struct__end_code()) != Some(0) {
        libraries::mapped(file);
    }
    0
}

/// `security_sock_graft(struct sock *sk, struct socket *parent)`; 5.10 to 7.3. A connection gets
/// the socket of the program that accepts it.
#[fentry(function = "security_sock_graft")]
pub fn socket_grafted(ctx: FEntryContext) -> i32 {
    let socket = ctx.arg::<*const u8>(0) as u64;
    if !own(Hook::SOCKET_GRAFTED) && !is_kernel_thread() {
        let _ = accepted_socket(socket);
    }
    0
}

/// `long vfs_truncate(const struct path *path, loff_t length)`, 5.10 to 6.12; its result is an `int`
/// from 6.18 on.
#[fexit(function = "vfs_truncate")]
pub fn truncated(ctx: FExitContext) -> i32 {
    if ctx.arg::<u64>(2) as i32 != 0 || own(Hook::TRUNCATED) || is_kernel_thread() {
        return 0;
    }
    cut(ctx.arg::<*const u8>(0) as u64, ctx.arg(1));
    0
}
