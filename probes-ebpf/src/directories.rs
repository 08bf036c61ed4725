//! Tells each directory the first time that a process reads a file in it.
//!
//! Step: probe. Later reads in the same directory only count. Directories and devices that the
//! loader lists as meaningless (library folders, procfs, sysfs) neither count nor are told.

use ring_abi::{DirectoryRead, Kind, Known, ReadReason, Tag};

use crate::emit::{Draft, admit, emit, process};
use crate::fields;
use crate::kernel::{Inode, Who, bound, current_task, inode, pointer, read};
use crate::maps::{DIRECTORIES, DirectoryKey, FileKey, IGNORED, NAME_LIMIT};

/// Takes note that `who` opened `file` for reading.
#[inline(always)]
pub fn read_file(file: u64, file_inode: &Inode, who: &Who) {
    if ignored(file_inode.device, 0) || ignored(file_inode.device, file_inode.number) {
        return;
    }
    let path = file.wrapping_add(u64::from(fields::file__f_path()));
    let Some(dentry) = pointer(path, fields::path__dentry()) else {
        return;
    };
    let Some(mount) = pointer(path, fields::path__mnt()) else {
        return;
    };
    let Some(parent) = pointer(dentry, fields::dentry__d_parent()) else {
        return;
    };
    let Some(directory) = pointer(parent, fields::dentry__d_inode()).and_then(inode) else {
        return;
    };
    if ignored(directory.device, directory.number) {
        return;
    }
    let Some(state) = process(Kind::DIRECTORY_READ, who) else {
        return;
    };
    // SAFETY: a map value.
    unsafe { (*state).files_read += 1 };

    let key = DirectoryKey {
        start: who.start + program_number(),
        inode: directory.number,
        pid: who.pid,
        device: directory.device as u32,
    };
    if DIRECTORIES.get_ptr(key).is_some() {
        return;
    }
    let _ = DIRECTORIES.insert(key, 1, 0);
    // SAFETY: a map value.
    let count = unsafe {
        (*state).directories += 1;
        (*state).directories
    };
    if count > u64::from(fields::directories_per_process()) {
        return;
    }
    if !admit(Kind::DIRECTORY_READ, who, state) {
        return;
    }
    let body = DirectoryRead {
        device: directory.device,
        inode: directory.number,
        count,
        reason: ReadReason::FILE_READ.0,
        known: Known::FILE.0 | Known::COUNTS.0,
    };
    emit(Kind::DIRECTORY_READ, who, body, |draft| {
        draft.dentry(Tag::PATH, parent, mount);
        draft.name(dentry);
    });
}

/// Which program of its process is running: a process that execs reads anew. Starts are whole
/// ticks, so a small number added to one keeps processes apart.
#[inline(always)]
fn program_number() -> u64 {
    let number = read::<u64>(current_task(), fields::task_struct__self_exec_id()).unwrap_or(0);
    number & 0xf_ffff
}

/// Whether the loader lists a file, directory or (inode 0) device as meaningless.
#[inline(always)]
fn ignored(device: u64, inode: u64) -> bool {
    IGNORED.get_ptr(FileKey { inode, device }).is_some()
}

impl Draft {
    /// Appends a dentry's own name.
    #[inline(always)]
    fn name(&mut self, dentry: u64) {
        let length: Option<u32> = read(dentry, fields::dentry__d_name__len());
        let name = pointer(dentry, fields::dentry__d_name__name());
        if let (Some(length), Some(name)) = (length, name) {
            self.kernel(
                Tag::NAME,
                name,
                bound::<{ NAME_LIMIT as i32 - 1 }>(u64::from(length)),
            );
        }
    }
}
