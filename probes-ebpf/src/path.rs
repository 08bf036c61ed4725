//! Absolute paths, built from the last component to the first.
//!
//! Step: probe. `bpf_d_path` is not offered to tracepoints, so dentries are walked: up to
//! [`COMPONENTS`] names across mounts, to the root of the mount namespace. A path that does not
//! fit keeps its end and sets `TRUNCATED`; an unreadable one is absent and sets `LOOKUP_FAILED`.

use aya_ebpf::helpers::generated::{bpf_probe_read_kernel, bpf_probe_read_kernel_str};
use ring_abi::{Flags, Tag};

use crate::emit::Draft;
use crate::fields;
use crate::kernel::{bound, pointer, read};
use crate::maps::{NAME_LIMIT, SCRATCH, Scratch, VALUE_LIMIT};

impl Draft {
    /// Appends the path that a `struct path` at `address` names.
    #[inline(always)]
    pub fn path(&mut self, tag: Tag, address: u64) {
        let dentry = pointer(address, fields::path__dentry());
        let mount = pointer(address, fields::path__mnt());
        match (dentry, mount) {
            (Some(dentry), Some(mount)) => self.dentry(tag, dentry, mount),
            _ => self.flag(Flags::LOOKUP_FAILED),
        }
    }

    /// Appends the path of a dentry below a `struct vfsmount`.
    #[inline(always)]
    pub fn dentry(&mut self, tag: Tag, dentry: u64, vfsmount: u64) {
        let found = walk(self.level, dentry, vfsmount);
        self.built(tag, found);
    }

    /// Appends the path of a control group's `struct kernfs_node`.
    #[inline(always)]
    pub fn control_group(&mut self, node: u64) {
        let found = walk_control_groups(self.level, node);
        self.built(Tag::CGROUP, found);
    }

    /// Appends what a walk left at the end of the scratch path.
    #[inline(always)]
    fn built(&mut self, tag: Tag, found: u64) {
        if found & FAILED != 0 {
            return self.flag(Flags::LOOKUP_FAILED);
        }
        if found & CUT != 0 {
            self.flag(Flags::TRUNCATED);
        }
        let begin = bound::<{ VALUE_LIMIT as i32 - 1 }>(found);
        // SAFETY: the address of a byte inside the scratch path.
        let address = unsafe { (*self.scratch).path.as_ptr().add(begin as usize) } as u64;
        self.kernel(tag, address, VALUE_LIMIT as u64 - 1 - begin);
    }
}

/// Writes the path so that it ends at `VALUE_LIMIT - 1` of the scratch at `level`; gives where it
/// begins, with the marks. A global function, so that it is verified once for any arguments.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn walk(level: u32, dentry: u64, vfsmount: u64) -> u64 {
    let Some(scratch) = SCRATCH.get_ptr_mut(level) else {
        return FAILED;
    };
    let mut dentry = dentry;
    let mut vfsmount = vfsmount;
    let mut begin = VALUE_LIMIT as u64 - 1;
    let mut root = read::<u64>(vfsmount, fields::vfsmount__mnt_root()).unwrap_or(0);
    for _ in 0..COMPONENTS {
        let Some(entry) = read_entry(dentry) else {
            return FAILED;
        };
        if dentry == root || dentry == entry.parent {
            // `struct mount` holds the `struct vfsmount`.
            let mount = vfsmount.wrapping_sub(u64::from(fields::mount__mnt()));
            let Some(above) = pointer(mount, fields::mount__mnt_parent()) else {
                return FAILED;
            };
            if above == mount {
                return finish(scratch, begin);
            }
            let Some(point) = pointer(mount, fields::mount__mnt_mountpoint()) else {
                return FAILED;
            };
            dentry = point;
            vfsmount = above.wrapping_add(u64::from(fields::mount__mnt()));
            root = read::<u64>(vfsmount, fields::vfsmount__mnt_root()).unwrap_or(0);
            continue;
        }
        let Some(next) = prepend(scratch, begin, entry.name, u64::from(entry.length)) else {
            return begin | CUT;
        };
        begin = next;
        dentry = entry.parent;
    }
    begin | CUT
}

/// The members of a dentry that a path needs, as they lie side by side on every kernel so far.
#[repr(C)]
#[derive(Clone, Copy)]
struct Entry {
    parent: u64,
    hash: u32,
    length: u32,
    name: u64,
}

/// Reads them in one go where they lie so, else one by one.
#[inline(always)]
fn read_entry(dentry: u64) -> Option<Entry> {
    let parent = fields::dentry__d_parent();
    let (length, name) = (
        fields::dentry__d_name__len(),
        fields::dentry__d_name__name(),
    );
    if length == parent + 12 && name == parent + 16 {
        return read::<Entry>(dentry, parent);
    }
    Some(Entry {
        parent: read(dentry, parent)?,
        hash: 0,
        length: read(dentry, length)?,
        name: read(dentry, name)?,
    })
}

/// As [`walk`], for control groups.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn walk_control_groups(level: u32, node: u64) -> u64 {
    let Some(scratch) = SCRATCH.get_ptr_mut(level) else {
        return FAILED;
    };
    let mut node = node;
    let mut begin = VALUE_LIMIT as u64 - 1;
    for _ in 0..CONTROL_GROUPS {
        let Some(parent) = pointer(node, fields::kernfs_node__parent()) else {
            return finish(scratch, begin);
        };
        let Some(name) = pointer(node, fields::kernfs_node__name()) else {
            return FAILED;
        };
        // SAFETY: the slack behind the path takes NAME_LIMIT bytes.
        let aside = unsafe { (*scratch).path.as_mut_ptr().add(VALUE_LIMIT) };
        // SAFETY: as above.
        let status =
            unsafe { bpf_probe_read_kernel_str(aside.cast(), NAME_LIMIT as u32, name as *const _) };
        if status <= 0 {
            return FAILED;
        }
        let Some(next) = prepend(scratch, begin, aside as u64, status as u64 - 1) else {
            return begin | CUT;
        };
        begin = next;
        node = parent;
    }
    begin | CUT
}

/// Puts `/` and a name before what begins at `begin`; `None` when there is no room.
#[inline(always)]
fn prepend(scratch: *mut Scratch, begin: u64, name: u64, length: u64) -> Option<u64> {
    let length = bound::<{ NAME_LIMIT as i32 - 1 }>(length);
    if begin <= length + 1 {
        return None;
    }
    let at = bound::<{ VALUE_LIMIT as i32 - 1 }>(begin - length - 1);
    // SAFETY: `at` is below VALUE_LIMIT, and the path has NAME_LIMIT bytes of slack behind that.
    unsafe {
        let target = (*scratch).path.as_mut_ptr().add(at as usize);
        *target = b'/';
        bpf_probe_read_kernel(target.add(1).cast(), length as u32, name as *const _);
    }
    Some(at)
}

/// The root itself has no component: its path is one slash.
#[inline(always)]
fn finish(scratch: *mut Scratch, begin: u64) -> u64 {
    if begin != VALUE_LIMIT as u64 - 1 {
        return begin;
    }
    // SAFETY: a constant offset inside the scratch path.
    unsafe { (*scratch).path[VALUE_LIMIT - 2] = b'/' };
    begin - 1
}

const COMPONENTS: u32 = 64;
const CONTROL_GROUPS: u32 = 12;
/// The value could not be read.
const FAILED: u64 = 1 << 32;
/// The path's beginning is missing.
const CUT: u64 = 1 << 33;
