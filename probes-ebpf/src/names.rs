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
use crate::fields::{self, UNTYPED, is_typed};
use crate::kernel::{current, current_task, file_of, load, of_current, pointer, read};
use crate::maps::CALIBRATION;

/// `rename(const char *oldname, const char *newname)`.
#[tracepoint]
pub fn rename_exit(ctx: TracePointContext) -> u32 {
    two_names(&ctx, Kind::FILE_RENAMED, Call::two_paths)
}

/// `renameat(int olddfd, const char *oldname, int newdfd, const char *newname)`.
#[tracepoint]
pub fn renameat_exit(ctx: TracePointContext) -> u32 {
    two_names(&ctx, Kind::FILE_RENAMED, Call::two_paths_at)
}

/// `renameat2(int olddfd, const char *oldname, int newdfd, const char *newname, unsigned flags)`.
#[tracepoint]
pub fn renameat2_exit(ctx: TracePointContext) -> u32 {
    two_names(&ctx, Kind::FILE_RENAMED, Call::two_paths_at_with_flags)
}

/// `link(const char *oldname, const char *newname)`.
#[tracepoint]
pub fn link_exit(ctx: TracePointContext) -> u32 {
    two_names(&ctx, Kind::FILE_LINKED, Call::two_paths)
}

/// `linkat(int olddfd, const char *oldname, int newdfd, const char *newname, int flags)`.
#[tracepoint]
pub fn linkat_exit(ctx: TracePointContext) -> u32 {
    two_names(&ctx, Kind::FILE_LINKED, Call::two_paths_at_with_flags)
}

/// `unlink(const char *pathname)`.
#[tracepoint]
pub fn unlink_exit(ctx: TracePointContext) -> u32 {
    if result(&ctx) == 0 {
        removed(&Call::current().path(), 0);
    }
    0
}

/// `rmdir(const char *pathname)`.
#[tracepoint]
pub fn rmdir_exit(ctx: TracePointContext) -> u32 {
    if result(&ctx) == 0 {
        removed(&Call::current().path(), 1);
    }
    0
}

/// `unlinkat(int dfd, const char *pathname, int flag)`.
#[tracepoint]
pub fn unlinkat_exit(ctx: TracePointContext) -> u32 {
    if result(&ctx) == 0 {
        let call = Call::current();
        let directory = u32::from(call.argument2() & AT_REMOVEDIR != 0);
        removed(&call.path_at(), directory);
    }
    0
}

/// `truncate(const char *path, long length)`.
#[tracepoint]
pub fn truncate_exit(ctx: TracePointContext) -> u32 {
    if result(&ctx) != 0 {
        return 0;
    }
    let call = Call::current();
    let given = call.path();
    cut_to(call.argument1(), |draft| {
        if draft.given(Tag::GIVEN_PATH, &given) {
            draft.base(Tag::BASE_PATH, &given);
        }
    });
    0
}

/// Tells the file that a `struct path` names, which was cut to `length` by name.
#[inline(always)]
pub fn cut(path: u64, length: u64) {
    cut_to(length, |draft| draft.path(Tag::PATH, path));
}

#[inline(always)]
fn cut_to(length: u64, name: impl FnOnce(&mut Draft)) {
    let Some(who) = current() else { return };
    let body = FileWritten {
        size_after: length,
        known: Known::SIZE_AFTER.0,
        reason: CloseReason::CLOSED.0,
        ..FileWritten::default()
    };
    let Some(state) = process(Kind::FILE_WRITTEN, &who) else {
        return;
    };
    if admit(Kind::FILE_WRITTEN, &who, state) {
        emit(Kind::FILE_WRITTEN, &who, body, name);
    }
}

/// A name as a program gave it.
struct Given {
    /// Descriptor of the directory that it is relative to, or [`HERE`].
    directory: i32,
    /// Address in the program's memory.
    name: u64,
}

/// The names that a call gave: the old one, the new one, and its flags.
type Names = (Given, Given, u32);

impl Call {
    #[inline(always)]
    fn path(&self) -> Given {
        given(HERE, self.argument0())
    }

    #[inline(always)]
    fn path_at(&self) -> Given {
        given(self.argument0() as i32, self.argument1())
    }

    #[inline(always)]
    fn two_paths(&self) -> Names {
        (self.path(), given(HERE, self.argument1()), 0)
    }

    #[inline(always)]
    fn two_paths_at(&self) -> Names {
        let new = given(self.argument2() as i32, self.argument3());
        (self.path_at(), new, 0)
    }

    #[inline(always)]
    fn two_paths_at_with_flags(&self) -> Names {
        let (old, new, _) = self.two_paths_at();
        (old, new, self.argument4() as u32)
    }
}

#[inline(always)]
fn given(directory: i32, name: u64) -> Given {
    Given { directory, name }
}

#[inline(always)]
fn two_names(ctx: &TracePointContext, kind: Kind, names: impl FnOnce(&Call) -> Names) -> u32 {
    if result(ctx) == 0 {
        named(kind, names(&Call::current()));
    }
    0
}

#[inline(always)]
fn named(kind: Kind, (old, new, call_flags): Names) {
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
        let new_is_relative = draft.given(Tag::GIVEN_PATH, &new);
        let old_is_relative = draft.given(Tag::OLD_GIVEN_PATH, &old);
        if new_is_relative {
            draft.base(Tag::BASE_PATH, &new);
        }
        // One base serves both names where they share it.
        if old_is_relative && !(new_is_relative && old.directory == new.directory) {
            draft.base(Tag::OLD_BASE_PATH, &old);
        }
    });
}

#[inline(always)]
fn removed(given: &Given, directory: u32) {
    tell_removal(directory, |draft| {
        if draft.given(Tag::GIVEN_PATH, given) {
            draft.base(Tag::BASE_PATH, given);
        }
    });
}

/// Tells that the running task removed a name, which `name` adds; `directory` is 1 for one of a
/// directory, else 0.
#[inline(always)]
pub fn tell_removal(directory: u32, name: impl FnOnce(&mut Draft)) {
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
    emit(Kind::FILE_REMOVED, &who, body, name);
}

impl Draft {
    /// Appends a name as it was given; says whether it is relative.
    #[inline(always)]
    fn given(&mut self, tag: Tag, given: &Given) -> bool {
        self.user_text(tag, given.name) != Some(b'/')
    }

    /// Appends the directory that a relative name starts from.
    #[inline(always)]
    fn base(&mut self, tag: Tag, given: &Given) {
        let path = if given.directory == HERE {
            let fs = of_current(fields::current__fs());
            Some(fs.wrapping_add(u64::from(fields::fs_struct__pwd())))
        } else {
            file_of(given.directory as u32 as u64)
                .map(|file| file.wrapping_add(u64::from(fields::file__f_path())))
        };
        match path {
            Some(path) => self.path(tag, path),
            None => self.flag(Flags::LOOKUP_FAILED),
        }
    }
}

/// The registers with which the running task made its call. Where the verifier knows them by type
/// they are loaded, else copied from the end of the task's stack, where every kernel has them that
/// lacks the helper.
struct Call(u64);

impl Call {
    #[inline(always)]
    fn current() -> Self {
        if is_typed(fields::call__argument0()) {
            // SAFETY: both helpers only look up addresses of the running task. Linux 5.15 has them.
            return Self(unsafe { bpf_task_pt_regs(bpf_get_current_task_btf()) } as u64);
        }
        Self(registers_on_stack())
    }

    #[inline(always)]
    fn argument(&self, at: u32) -> u64 {
        if is_typed(at) {
            return load(self.0, at);
        }
        copy_of_register(self.0, at)
    }

    #[inline(always)]
    fn argument0(&self) -> u64 {
        self.argument(fields::call__argument0())
    }

    #[inline(always)]
    fn argument1(&self) -> u64 {
        self.argument(fields::call__argument1())
    }

    #[inline(always)]
    fn argument2(&self) -> u64 {
        self.argument(fields::call__argument2())
    }

    #[inline(always)]
    fn argument3(&self) -> u64 {
        self.argument(fields::call__argument3())
    }

    #[inline(always)]
    fn argument4(&self) -> u64 {
        self.argument(fields::call__argument4())
    }
}

/// Where the registers of the running task's call are, at the end of its stack; see `calibrate`.
#[inline(never)]
fn registers_on_stack() -> u64 {
    let stack = pointer(current_task(), fields::task_struct__stack()).unwrap_or(0);
    match CALIBRATION.get(0) {
        Some(calibration) => stack.wrapping_add(calibration.registers),
        None => 0,
    }
}

/// One of them.
#[inline(never)]
fn copy_of_register(registers: u64, at: u32) -> u64 {
    read(registers, at & !UNTYPED).unwrap_or(0)
}

/// `AT_FDCWD` and `AT_REMOVEDIR` of `include/uapi/linux/fcntl.h`.
const HERE: i32 = -100;
const AT_REMOVEDIR: u64 = 0x200;
