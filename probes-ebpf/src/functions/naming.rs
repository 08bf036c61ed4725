//! Names being removed, by `unlink` and `rmdir`.
//!
//! Step: probe. The security hook before the work has the directory's path, mount included, and the
//! function that does the work has the result: the first notes for its thread what the second tells.
//! File systems in layers call the second alone for what lies below; the name is compared, so that
//! this is not told.

use aya_ebpf::helpers::bpf_get_current_pid_tgid;
use aya_ebpf::macros::{fentry, fexit};
use aya_ebpf::programs::{FEntryContext, FExitContext};
use ring_abi::Tag;

use super::proof::{Hook, own};
use crate::fields;
use crate::kernel::{argument, load};
use crate::maps::{NOTES, Note};
use crate::names::tell_removal;

/// `security_path_unlink(const struct path *dir, struct dentry *dentry)`; 5.10 to 7.3.
#[fentry(function = "security_path_unlink")]
pub fn unlink_begins(ctx: FEntryContext) -> i32 {
    if !own(Hook::UNLINK_BEGINS) {
        note(ctx.arg::<*const u8>(0) as u64, ctx.arg(1), 0);
    }
    0
}

/// `vfs_unlink(struct inode *dir, struct dentry *dentry, struct inode **delegated_inode)` in 5.10,
/// with one more argument before these up to 7.3.
#[fexit(function = "vfs_unlink")]
pub fn unlinked(ctx: FExitContext) -> i32 {
    if !own(Hook::UNLINKED)
        && let Some(noted) = noted(argument(&ctx, fields::vfs_unlink__dentry()))
        && argument(&ctx, fields::vfs_unlink__arguments()) as i32 == 0
    {
        removed(&noted, 0);
    }
    0
}

/// `security_path_rmdir(const struct path *dir, struct dentry *dentry)`; 5.10 to 7.3.
#[fentry(function = "security_path_rmdir")]
pub fn rmdir_begins(ctx: FEntryContext) -> i32 {
    if !own(Hook::RMDIR_BEGINS) {
        note(ctx.arg::<*const u8>(0) as u64, ctx.arg(1), 0);
    }
    0
}

/// `do_rmdir(int dfd, struct filename *name)`, `filename_rmdir` in 7.3. Where it gives 0, the hook
/// before has noted the name during this very call. `vfs_rmdir`, which does the work, is in parts on
/// some kernels (`vfs_rmdir.part.0` on Debian's 5.10), and programs at its name see nothing.
#[fexit(function = "do_rmdir")]
pub fn rmdir_ends(ctx: FExitContext) -> i32 {
    if !own(Hook::RMDIR_ENDS)
        && argument(&ctx, fields::do_rmdir__arguments()) as i32 == 0
        && let Some(noted) = last_noted()
    {
        removed(&noted, 1);
    }
    0
}

/// Notes for the running thread that it begins to work on the name `dentry` in a directory, whose
/// `struct path` is known by type.
#[inline(always)]
pub fn note(directory: u64, dentry: u64, other: u64) {
    let note = Note {
        dentry,
        mount: load(directory, fields::path__mnt()),
        other,
    };
    let _ = NOTES.insert(bpf_get_current_pid_tgid(), note, 0);
}

/// Takes what the running thread has noted of the name `dentry`.
#[inline(always)]
pub fn noted(dentry: u64) -> Option<Note> {
    take(|note| note.dentry == dentry)
}

/// Takes what the running thread has noted last.
#[inline(always)]
fn last_noted() -> Option<Note> {
    take(|_| true)
}

#[inline(always)]
fn take(is_wanted: impl FnOnce(&Note) -> bool) -> Option<Note> {
    let thread = bpf_get_current_pid_tgid();
    let found = NOTES.get_ptr(thread)?;
    // SAFETY: a map value, which this thread alone writes.
    let note = unsafe { *found };
    if !is_wanted(&note) {
        return None;
    }
    let _ = NOTES.remove(thread);
    Some(note)
}

/// A name that is gone still knows what it was and where.
#[inline(always)]
fn removed(noted: &Note, directory: u32) {
    tell_removal(directory, |draft| {
        draft.dentry(Tag::PATH, noted.dentry, noted.mount);
    });
}
