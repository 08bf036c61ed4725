//! Files getting another name.
//!
//! Step: probe. As `naming` has it, with one thing more: after the work the old name is gone from
//! the kernel, so it is noted too.

use aya_ebpf::helpers::bpf_get_current_pid_tgid;
use aya_ebpf::helpers::generated::bpf_probe_read_kernel;
use aya_ebpf::macros::{fentry, fexit};
use aya_ebpf::programs::{FEntryContext, FExitContext};
use ring_abi::{FileNamed, Kind, Tag};

use super::proof::{Hook, own};
use crate::emit::{admit, emit, process};
use crate::fields;
use crate::kernel::{bound, current, load, pointer, read};
use crate::maps::{NAME_LIMIT, OLD_NAMES, OldName};

/// `security_path_rename(const struct path *old_dir, struct dentry *old_dentry, const struct path
/// *new_dir, struct dentry *new_dentry, unsigned int flags)`; 5.10 to 7.3.
#[fentry(function = "security_path_rename")]
pub fn rename_begins(ctx: FEntryContext) -> i32 {
    if own(Hook::RENAME_BEGINS) {
        return 0;
    }
    let directory = ctx.arg::<*const u8>(0) as u64;
    let (mount, parent) = (
        load(directory, fields::path__mnt()),
        load(directory, fields::path__dentry()),
    );
    note(mount, parent, ctx.arg(1), ctx.arg(4));
    0
}

/// Notes the old name. A function of its own, for its stack.
#[inline(never)]
fn note(mount: u64, directory: u64, dentry: u64, call_flags: u32) -> u32 {
    let length: u32 = read(dentry, fields::dentry__d_name__len()).unwrap_or(0);
    let Some(name) = pointer(dentry, fields::dentry__d_name__name()) else {
        return 0;
    };
    let mut note = OldName {
        dentry,
        mount,
        directory,
        call_flags,
        length,
        name: [0; NAME_LIMIT],
    };
    let length = bound::<{ NAME_LIMIT as i32 - 1 }>(u64::from(length));
    // SAFETY: the length is below the room for it.
    let status = unsafe {
        bpf_probe_read_kernel(
            note.name.as_mut_ptr().cast(),
            length as u32,
            name as *const _,
        )
    };
    if status == 0 {
        let _ = OLD_NAMES.insert(bpf_get_current_pid_tgid(), &note, 0);
    }
    1
}

/// `vfs_rename(struct renamedata *rd)`; 5.12 to 7.3, and Debian's 5.10.
#[fexit(function = "vfs_rename")]
pub fn renamed(ctx: FExitContext) -> i32 {
    if own(Hook::RENAMED) {
        return 0;
    }
    let dentry: u64 = load(
        ctx.arg::<*const u8>(0) as u64,
        fields::renamedata__old_dentry(),
    );
    let thread = bpf_get_current_pid_tgid();
    let Some(noted) = OLD_NAMES.get_ptr(thread) else {
        return 0;
    };
    // SAFETY: a map value, which this thread alone writes.
    if unsafe { (*noted).dentry } != dentry {
        return 0;
    }
    if ctx.arg::<u64>(1) as i32 == 0 {
        tell(noted);
    }
    let _ = OLD_NAMES.remove(thread);
    0
}

/// Tells a rename; what had the old name has the new one by now. A function of its own, for its
/// stack.
#[inline(never)]
fn tell(noted: *const OldName) -> u32 {
    let Some(who) = current() else { return 0 };
    let Some(state) = process(Kind::FILE_RENAMED, &who) else {
        return 0;
    };
    if !admit(Kind::FILE_RENAMED, &who, state) {
        return 0;
    }
    // SAFETY: a map value, which is this thread's own.
    let (mount, dentry, call_flags) =
        unsafe { ((*noted).mount, (*noted).dentry, (*noted).call_flags) };
    let body = FileNamed {
        call_flags,
        ..FileNamed::default()
    };
    emit(Kind::FILE_RENAMED, &who, body, |draft| {
        draft.dentry(Tag::PATH, dentry, mount);
        // SAFETY: as above.
        unsafe {
            let name = (&raw const (*noted).name) as u64;
            let length = u64::from((*noted).length);
            draft.named(Tag::OLD_PATH, (*noted).directory, mount, name, length);
        }
    });
    1
}
