//! Files getting further names.
//!
//! Step: probe. As `naming` has it: the security hook notes the mount, which both names share, and
//! the function that does the work tells.

use aya_ebpf::macros::{fentry, fexit};
use aya_ebpf::programs::{FEntryContext, FExitContext};
use ring_abi::{FileNamed, Kind, Tag};

use super::naming::{note, noted};
use super::proof::{Hook, own};
use crate::emit::{admit, emit, process};
use crate::fields;
use crate::kernel::{argument, current};

/// `security_path_link(struct dentry *old_dentry, const struct path *new_dir, struct dentry
/// *new_dentry)`; 5.10 to 7.3.
#[fentry(function = "security_path_link")]
pub fn link_begins(ctx: FEntryContext) -> i32 {
    if !own(Hook::LINK_BEGINS) {
        note(ctx.arg::<*const u8>(1) as u64, ctx.arg(2), ctx.arg(0));
    }
    0
}

/// `vfs_link(struct dentry *old_dentry, struct inode *dir, struct dentry *new_dentry, struct inode
/// **delegated_inode)` in 5.10, with one more argument behind the first up to 7.3.
#[fexit(function = "vfs_link")]
pub fn linked(ctx: FExitContext) -> i32 {
    if own(Hook::LINKED) {
        return 0;
    }
    let Some(noted) = noted(argument(&ctx, fields::vfs_link__new_dentry())) else {
        return 0;
    };
    if argument(&ctx, fields::vfs_link__arguments()) as i32 != 0 {
        return 0;
    }
    let Some(who) = current() else { return 0 };
    let Some(state) = process(Kind::FILE_LINKED, &who) else {
        return 0;
    };
    if !admit(Kind::FILE_LINKED, &who, state) {
        return 0;
    }
    emit(Kind::FILE_LINKED, &who, FileNamed::default(), |draft| {
        draft.dentry(Tag::PATH, noted.dentry, noted.mount);
        draft.dentry(Tag::OLD_PATH, noted.other, noted.mount);
    });
    0
}
