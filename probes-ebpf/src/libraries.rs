//! Executable mappings of files: library loads.
//!
//! Step: probe. `mmap` is watched on entry: protection and descriptor are at hand there, and all
//! but executable mappings of files are left after two comparisons. The main program is mapped by
//! the kernel itself and never comes this way; its dynamic loader does, as the first library.

use aya_ebpf::macros::tracepoint;
use aya_ebpf::programs::TracePointContext;
use ring_abi::{Kind, Known, LibraryLoad, Tag};

use crate::descriptors::argument;
use crate::emit::{admit, emit, process};
use crate::fields;
use crate::kernel::{current, file_of, inode, pointer};

/// `mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)`.
#[tracepoint]
pub fn mmap_enter(ctx: TracePointContext) -> u32 {
    if argument(&ctx, 2) & PROT_EXEC == 0 || argument(&ctx, 3) & MAP_ANONYMOUS != 0 {
        return 0;
    }
    if let Some(file) = file_of(argument(&ctx, 4)) {
        mapped(file);
    }
    0
}

/// Tells a file that is mapped executable.
#[inline(always)]
pub fn mapped(file: u64) {
    let _ = load(file);
}

#[inline(always)]
fn load(file: u64) -> Option<()> {
    let inode = pointer(file, fields::file__f_inode()).and_then(inode)?;
    if !inode.is_regular() {
        return None;
    }
    let who = current()?;
    if !admit(Kind::LIBRARY_LOAD, &who, process(Kind::LIBRARY_LOAD, &who)?) {
        return None;
    }
    let body = LibraryLoad {
        device: inode.device,
        inode: inode.number,
        size: inode.size,
        known: Known::FILE.0 | Known::SIZE_AFTER.0,
        _pad: 0,
    };
    emit(Kind::LIBRARY_LOAD, &who, body, |draft| {
        draft.path(
            Tag::PATH,
            file.wrapping_add(u64::from(fields::file__f_path())),
        );
    });
    Some(())
}

/// `PROT_EXEC` and `MAP_ANONYMOUS` of the x86-64 and arm64 `mman.h`.
pub const PROT_EXEC: u64 = 4;
const MAP_ANONYMOUS: u64 = 0x20;
