//! The calls that change names: rename, link, unlink, and truncate by name.
//!
//! Step: probe. They are watched on exit, when they have succeeded: the names are read again from
//! the arguments, which the kernel has just read itself, and told with the directory that they are
//! relative to. The path that is told is the one that was given; symbolic links in it are not
//! resolved.

use aya_ebpf::helpers::generated::bpf_get_current_task_btf;
use aya_ebpf::helpers::generated::bpf_task_pt_regs;
use aya_ebpf::macros::tracepoint;
use aya_ebpf::programs::TracePointContext;
use ring_abi::{CloseReason, FileNamed, FileRemoved, FileWritten, Flags, Kind, Known, Tag};

use crate::descriptors::result;
use crate::emit::{Draft, admit, emit, process};
use crate::fields;
use crate::kernel::{current, current_task, file_of, pointer, read};

/// `rename(const char *oldname, const char *newname)`.
#[tracepoint]
pub fn rename_exit(ctx: TracePointContext) -> u32 {
    if result(&ctx) == 0
        && let Some(call) = Call::current()
    {
        let old = Given {
            directory: HERE,
            name: call.argument0(),
        };
        let new = Given {
            directory: HERE,
            name: call.argument1(),
        };
        named(Kind::FILE_RENAMED, old, new, 0);
    }
    0
}

/// `renameat(int olddfd, const char *oldname, int newdfd, const char *newname)`.
#[tracepoint]
pub fn renameat_exit(ctx: TracePointContext) -> u32 {
    two_names(&ctx, Kind::FILE_RENAMED, false)
}

/// `renameat2(int olddfd, const char *oldname, int newdfd, const char *newname, unsigned flags)`.
#[tracepoint]
pub fn renameat2_exit(ctx: TracePointContext) -> u32 {
    two_names(&ctx, Kind::FILE_RENAMED, true)
}

/// `link(const char *oldname, const char *newname)`.
#[tracepoint]
pub fn link_exit(ctx: TracePointContext) -> u32 {
    if result(&ctx) == 0
        && let Some(call) = Call::current()
    {
        let old = Given {
            directory: HERE,
            name: call.argument0(),
        };
        let new = Given {
            directory: HERE,
            name: call.argument1(),
        };
        named(Kind::FILE_LINKED, old, new, 0);
    }
    0
}

/// `linkat(int olddfd, const char *oldname, int newdfd, const char *newname, int flags)`.
#[tracepoint]
pub fn linkat_exit(ctx: TracePointContext) -> u32 {
    two_names(&ctx, Kind::FILE_LINKED, true)
}

/// `unlink(const char *pathname)`.
#[tracepoint]
pub fn unlink_exit(ctx: TracePointContext) -> u32 {
    if result(&ctx) == 0
        && let Some(call) = Call::current()
    {
        removed(
            Given {
                directory: HERE,
                name: call.argument0(),
            },
            0,
        );
    }
    0
}

/// `unlinkat(int dfd, const char *pathname, int flag)`.
#[tracepoint]
pub fn unlinkat_exit(ctx: TracePointContext) -> u32 {
    if result(&ctx) == 0
        && let Some(call) = Call::current()
    {
        let directory = u32::from(call.argument2() & AT_REMOVEDIR != 0);
        removed(
            Given {
                directory: call.argument0() as i32,
                name: call.argument1(),
            },
            directory,
        );
    }
    0
}

/// `truncate(const char *path, long length)`.
#[tracepoint]
pub fn truncate_exit(ctx: TracePointContext) -> u32 {
    if result(&ctx) != 0 {
        return 0;
    }
    let (Some(call), Some(who)) = (Call::current(), current()) else {
        return 0;
    };
    let body = FileWritten {
        size_after: call.argument1(),
        known: Known::SIZE_AFTER.0,
        reason: CloseReason::CLOSED.0,
        ..FileWritten::default()
    };
    let Some(state) = process(Kind::FILE_WRITTEN, &who) else {
        return 0;
    };
    if !admit(Kind::FILE_WRITTEN, &who, state) {
        return 0;
    }
    let given = Given {
        directory: HERE,
        name: call.argument0(),
    };
    emit(Kind::FILE_WRITTEN, &who, body, |draft| {
        draft.given(Tag::GIVEN_PATH, Tag::BASE_PATH, &given);
    });
    0
}

/// A name as a program gave it.
struct Given {
    /// Descriptor of the directory that it is relative to, or [`HERE`].
    directory: i32,
    /// Address in the program's memory.
    name: u64,
}

#[inline(always)]
fn two_names(ctx: &TracePointContext, kind: Kind, flagged: bool) -> u32 {
    if result(ctx) == 0
        && let Some(call) = Call::current()
    {
        let old = Given {
            directory: call.argument0() as i32,
            name: call.argument1(),
        };
        let new = Given {
            directory: call.argument2() as i32,
            name: call.argument3(),
        };
        named(
            kind,
            old,
            new,
            if flagged { call.argument4() as u32 } else { 0 },
        );
    }
    0
}

#[inline(always)]
fn named(kind: Kind, old: Given, new: Given, call_flags: u32) {
    let Some(who) = current() else { return };
    let Some(state) = process(kind, &who) else {
        return;
    };
    if !admit(kind, &who, state) {
        return;
    }
    let body = FileNamed {
        device: 0,
        inode: 0,
        known: 0,
        call_flags,
    };
    emit(kind, &who, body, |draft| {
        draft.given(Tag::GIVEN_PATH, Tag::BASE_PATH, &new);
        draft.given(Tag::OLD_GIVEN_PATH, Tag::OLD_BASE_PATH, &old);
    });
}

#[inline(always)]
fn removed(given: Given, directory: u32) {
    let Some(who) = current() else { return };
    let Some(state) = process(Kind::FILE_REMOVED, &who) else {
        return;
    };
    // SAFETY: a map value.
    unsafe { (*state).files_removed += 1 };
    if !admit(Kind::FILE_REMOVED, &who, state) {
        return;
    }
    let body = FileRemoved {
        device: 0,
        inode: 0,
        known: 0,
        directory,
    };
    emit(Kind::FILE_REMOVED, &who, body, |draft| {
        draft.given(Tag::GIVEN_PATH, Tag::BASE_PATH, &given);
    });
}

impl Draft {
    /// Appends a given name and, where it is relative, the directory that it starts from.
    #[inline(always)]
    fn given(&mut self, name: Tag, base: Tag, given: &Given) {
        let first: u8 = user_byte(given.name).unwrap_or(0);
        self.user_text(name, given.name);
        if first == b'/' {
            return;
        }
        let path = if given.directory == HERE {
            pointer(current_task(), fields::task_struct__fs())
                .map(|fs| fs.wrapping_add(u64::from(fields::fs_struct__pwd())))
        } else {
            file_of(given.directory as u32 as u64)
                .map(|file| file.wrapping_add(u64::from(fields::file__f_path())))
        };
        match path {
            Some(path) => self.path(base, path),
            None => self.flag(Flags::LOOKUP_FAILED),
        }
    }
}

/// Reads one byte of the program's memory.
#[inline(always)]
fn user_byte(address: u64) -> Option<u8> {
    // SAFETY: the helper tolerates any address.
    unsafe { aya_ebpf::helpers::bpf_probe_read_user(address as *const u8) }.ok()
}

/// The registers with which the running task made its call.
struct Call(u64);

impl Call {
    #[inline(always)]
    fn current() -> Option<Self> {
        // SAFETY: both helpers only look up addresses of the running task.
        let registers = unsafe { bpf_task_pt_regs(bpf_get_current_task_btf()) } as u64;
        if registers == 0 {
            None
        } else {
            Some(Self(registers))
        }
    }

    #[inline(always)]
    fn register(&self, offset: u32) -> u64 {
        read(self.0, offset).unwrap_or(0)
    }

    #[inline(always)]
    fn argument0(&self) -> u64 {
        self.register(fields::pt_regs__argument0())
    }

    #[inline(always)]
    fn argument1(&self) -> u64 {
        self.register(fields::pt_regs__argument1())
    }

    #[inline(always)]
    fn argument2(&self) -> u64 {
        self.register(fields::pt_regs__argument2())
    }

    #[inline(always)]
    fn argument3(&self) -> u64 {
        self.register(fields::pt_regs__argument3())
    }

    #[inline(always)]
    fn argument4(&self) -> u64 {
        self.register(fields::pt_regs__argument4())
    }
}

/// `AT_FDCWD` and `AT_REMOVEDIR` of `include/uapi/linux/fcntl.h`.
const HERE: i32 = -100;
const AT_REMOVEDIR: u64 = 0x200;
