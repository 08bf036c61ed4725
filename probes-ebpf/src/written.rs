//! Tells a written file once, at its last close.
//!
//! Step: probe. Whoever holds the last reference when it goes tells it; a file that other
//! processes still hold is left to them. A file has changed when the open made it, when its size
//! differs from the one at open, or when its modification time does.

use ring_abi::{CloseReason, FileWritten, Flags, Kind, Known, Tag};

use crate::emit::{admit, emit, process};
use crate::fields;
use crate::functions::is_kernel_thread;
use crate::kernel::{Inode, Who, current, inode, pointer, read};
use crate::maps::{OPEN_FILES, OpenFile};

/// `FMODE_WRITE` and `FMODE_CREATED` of `include/linux/fs.h`, unchanged from 5.10 to 7.3.
pub const MODE_WRITE: u32 = 0x2;
pub const MODE_CREATED: u32 = 0x10_0000;

/// Tells `file` if this is its last reference, it was open for writing, and it has changed.
#[inline(always)]
pub fn close(file: u64, reason: CloseReason) {
    let Some(mode) = read::<u32>(file, fields::file__f_mode()) else {
        return;
    };
    if mode & MODE_WRITE == 0 {
        return;
    }
    let Some(references) = read::<u64>(file, fields::file__references()) else {
        return;
    };
    if references != fields::references_of_one() {
        return;
    }
    close_last(file, mode, reason.0);
}

/// The rest of [`close`]. A global function, verified once.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn close_last(file: u64, mode: u32, reason: u32) -> u32 {
    let Some(address) = pointer(file, fields::file__f_inode()) else {
        return 0;
    };
    let Some(inode) = inode(address) else {
        return 0;
    };
    if !inode.is_regular() {
        return 0;
    }
    let open = known(file, mode);
    if changed(file, &inode, mode, open) {
        let open = open.unwrap_or(core::ptr::null());
        let how = u64::from(reason) << 32 | u64::from(mode);
        tell(file, &inode, how, open);
    }
    if open.is_some() {
        let _ = OPEN_FILES.remove(file);
    }
    1
}

/// Tells `file` as it is if it has changed and this is its last reference, which will go in a
/// moment; what becomes of it until then is told at its end. A global function, verified once.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn tell_early(file: u64, mode: u32, reason: u32) -> u32 {
    if read::<u64>(file, fields::file__references()) != Some(fields::references_of_one()) {
        return 0;
    }
    let Some(inode) = pointer(file, fields::file__f_inode()).and_then(inode) else {
        return 0;
    };
    if !inode.is_regular() {
        return 0;
    }
    let open = known(file, mode);
    if changed(file, &inode, mode, open) {
        let how = u64::from(reason) << 32 | u64::from(mode);
        tell(file, &inode, how, open.unwrap_or(core::ptr::null()));
        remember_told(file, &inode);
    }
    1
}

/// Remembers a file as it was told. A function of its own, for its stack.
#[inline(never)]
fn remember_told(file: u64, inode: &Inode) -> u32 {
    let Some(who) = current() else { return 0 };
    remember(file, inode, &who, 1);
    1
}

/// What is known of an open file.
#[inline(always)]
fn known(file: u64, mode: u32) -> Option<*const OpenFile> {
    if mode & MODE_CREATED != 0 && fields::at_functions() == 0 {
        None
    } else {
        OPEN_FILES.get_ptr(file)
    }
}

/// Whether a file has another content than when it was opened, or told last.
#[inline(always)]
fn changed(file: u64, inode: &Inode, mode: u32, open: Option<*const OpenFile>) -> bool {
    if mode & MODE_CREATED != 0 && open.is_none_or(|open| !was_told(open)) {
        // An empty file that the open made holds nothing to tell.
        return inode.size != 0;
    }
    let Some(open) = open else {
        return inode.mtime_seconds >= fields::capture_began() && !is_memory(file, inode);
    };
    // SAFETY: a map value.
    unsafe {
        inode.size != (*open).size
            || inode.mtime_seconds != (*open).mtime_seconds
            || u64::from(inode.mtime_nanoseconds) != (*open).mtime_nanoseconds
    }
}

/// Whether a file was told ahead of its end.
#[inline(always)]
fn was_told(open: *const OpenFile) -> bool {
    // SAFETY: a map value.
    unsafe { (*open).told != 0 }
}

/// Whether a file that nobody opened is one of those behind memory that processes share, which no
/// descriptor ever led to. A `memfd` is none of them. Only tier 1 meets such.
#[inline(always)]
fn is_memory(file: u64, inode: &Inode) -> bool {
    fields::at_functions() != 0 && inode.links == 0 && is_on_no_mount(file) != 0
}

/// The rest of [`is_memory`]. A function of its own, for its stack.
#[inline(never)]
fn is_on_no_mount(file: u64) -> u32 {
    let path = file.wrapping_add(u64::from(fields::file__f_path()));
    let flags = pointer(path, fields::path__mnt())
        .and_then(|mount| read::<u32>(mount, fields::vfsmount__mnt_flags()));
    let name = pointer(path, fields::path__dentry())
        .and_then(|dentry| pointer(dentry, fields::dentry__d_name__name()))
        .and_then(|name| read::<[u8; 6]>(name, 0));
    let is_internal = flags.is_some_and(|flags| flags & MOUNT_INTERNAL != 0);
    u32::from(is_internal && name != Some(*b"memfd:"))
}

/// Who closes a file: the running process, or where the kernel's own threads do it the one that
/// opened it, as far as that is known.
#[inline(always)]
fn closer(open: *const OpenFile) -> Option<Who> {
    let who = current()?;
    if fields::at_functions() == 0 || open.is_null() || !is_kernel_thread() {
        return Some(who);
    }
    // SAFETY: a map value.
    let (pid, start) = unsafe { ((*open).opener_pid, (*open).opener_start) };
    Some(Who {
        pid,
        tid: pid,
        start,
        time: who.time,
    })
}

/// Makes the record of a file that was closed for the reason in the high half of `how`, with the
/// mode in the low one; `open` is null where nothing is known of its open. A function of its own,
/// for its stack.
#[inline(never)]
fn tell(file: u64, inode: &Inode, how: u64, open: *const OpenFile) -> u32 {
    let (mode, reason) = (how as u32, (how >> 32) as u32);
    let Some(who) = closer(open) else {
        return 0;
    };
    let Some(state) = process(Kind::FILE_WRITTEN, &who) else {
        return 0;
    };
    if !admit(Kind::FILE_WRITTEN, &who, state) {
        return 0;
    }
    // SAFETY: a map value.
    unsafe { (*state).files_written += 1 };
    emit(Kind::FILE_WRITTEN, &who, FileWritten::default(), |draft| {
        let body = draft.body::<FileWritten>();
        // SAFETY: the record's fixed part, and a map value.
        unsafe {
            (*body).device = inode.device;
            (*body).inode = inode.number;
            (*body).size_after = inode.size;
            (*body).reason = reason;
            (*body).mode = inode.mode;
            (*body).links = inode.links;
            (*body).uid = inode.uid;
            (*body).known = Known::FILE.0 | Known::SIZE_AFTER.0 | Known::OWNER.0;
            if mode & MODE_CREATED != 0 && (open.is_null() || !was_told(open)) {
                (*body).known |= Known::CREATED.0 | Known::SIZE_BEFORE.0;
            }
            if !open.is_null() && (*open).inode == inode.number {
                (*body).size_before = (*open).size;
                (*body).opened = (*open).opened;
                (*body).opener_pid = (*open).opener_pid;
                (*body).opener_start = (*open).opener_start;
                (*body).known |= Known::SIZE_BEFORE.0 | Known::OPENED.0 | Known::OPENER.0;
            }
        }
        if inode.links == 0 {
            draft.flag(Flags::UNLINKED);
        }
        draft.path(
            Tag::PATH,
            file.wrapping_add(u64::from(fields::file__f_path())),
        );
        draft.content(inode, inode.size);
    });
    1
}

/// Remembers a file that was opened for writing and existed before.
#[inline(always)]
pub fn opened(file: u64, inode: &Inode, who: &Who) {
    remember(file, inode, who, 0);
}

#[inline(always)]
fn remember(file: u64, inode: &Inode, who: &Who, told: u32) {
    let open = OpenFile {
        size: inode.size,
        opened: who.time,
        opener_start: who.start,
        opener_pid: who.pid,
        told,
        mtime_seconds: inode.mtime_seconds,
        mtime_nanoseconds: u64::from(inode.mtime_nanoseconds),
        inode: inode.number,
    };
    let _ = OPEN_FILES.insert(file, open, 0);
}

/// Tells every file that an ending process still holds for writing.
#[inline(always)]
pub fn close_all(task: u64) {
    let Some(files) = pointer(task, fields::task_struct__files()) else {
        return;
    };
    if read::<u32>(files, fields::files_struct__count()) != Some(1) {
        return;
    }
    let Some(table) = pointer(files, fields::files_struct__fdt()) else {
        return;
    };
    close_range_of(table, 0, u64::MAX, CloseReason::EXITED);
}

/// Tells the written files among the descriptors `first..=last` of a `struct fdtable`.
#[inline(always)]
pub fn close_range_of(table: u64, first: u64, last: u64, reason: CloseReason) {
    let Some(array) = pointer(table, fields::fdtable__fd()) else {
        return;
    };
    let Some(bitmap) = pointer(table, fields::fdtable__open_fds()) else {
        return;
    };
    let limit = read::<u32>(table, fields::fdtable__max_fds()).unwrap_or(0);
    let mut word = first >> 6;
    for _ in 0..WORDS {
        let base = word << 6;
        if base >= u64::from(limit) || base > last {
            break;
        }
        let open: u64 = read(bitmap.wrapping_add(word << 3), 0).unwrap_or(0);
        let wanted = open & within(base, first, last);
        if wanted != 0 {
            close_word(array, wanted, base, reason.0);
        }
        word += 1;
    }
}

/// Of the 64 descriptors from `base`, those in `first..=last`, as bits; `base` is at most `last`.
#[inline(always)]
fn within(base: u64, first: u64, last: u64) -> u64 {
    let low = if first > base {
        u64::MAX << ((first - base) & 63)
    } else {
        u64::MAX
    };
    let high = if last - base < 63 {
        u64::MAX >> (63 - (last - base))
    } else {
        u64::MAX
    };
    low & high
}

/// Tells the written files among 64 descriptors. A global function, verified once.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn close_word(array: u64, wanted: u64, base: u64, reason: u32) -> u32 {
    let mut wanted = wanted;
    let mut descriptor = base;
    for _ in 0..64u32 {
        if wanted == 0 {
            break;
        }
        if wanted & 1 != 0
            && let Some(file) = pointer(array.wrapping_add(descriptor << 3), 0)
        {
            close(file, CloseReason(reason));
        }
        wanted >>= 1;
        descriptor += 1;
    }
    0
}

/// Descriptors beyond this many times 64 are not looked at when a process ends.
pub const WORDS: u32 = 16;
/// `MNT_INTERNAL` of `include/linux/mount.h`, unchanged from 5.10 to 6.18.
const MOUNT_INTERNAL: u32 = 0x4000;
