//! Absolute paths, built from the last component to the first.
//!
//! Step: probe. `bpf_d_path` is not offered to tracepoints, so dentries are walked: up to
//! [`COMPONENTS`] names across mounts, to the root of the mount namespace. A path that does not
//! fit keeps its end and sets `TRUNCATED`; an unreadable one is absent and sets `LOOKUP_FAILED`.

use aya_ebpf::helpers::generated::{bpf_probe_read_kernel, bpf_probe_read_kernel_str};
use ring_abi::{Flags, Tag};

use crate::emit::Draft;
use crate::fields;
use crate::kernel::{Block, bound, pointer, read};
use crate::maps::{NAME_LIMIT, SCRATCH, Scratch, VALUE_LIMIT};

impl Draft {
    /// Appends the path that a `struct path` at `address` names.
    #[inline(always)]
    pub fn path(&mut self, tag: Tag, address: u64) {
        let path = Block::<2>::read(address);
        let dentry = path
            .as_ref()
            .and_then(|path| path.pointer(fields::path__dentry()));
        let mount = path
            .as_ref()
            .and_then(|path| path.pointer(fields::path__mnt()));
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
    let mut begin = VALUE_LIMIT as u64 - 1;
    // `struct mount` holds the `struct vfsmount`.
    let mut mount = vfsmount.wrapping_sub(u64::from(fields::mount__mnt()));
    let Some(mut place) = read_mount(mount) else {
        return FAILED;
    };
    for _ in 0..COMPONENTS {
        let Some(entry) = read_entry(dentry) else {
            return FAILED;
        };
        if dentry == place.root || dentry == entry.parent {
            if place.above == mount {
                return finish(scratch, begin);
            }
            if place.point == 0 {
                return FAILED;
            }
            dentry = place.point;
            mount = place.above;
            let Some(above) = read_mount(mount) else {
                return FAILED;
            };
            place = above;
            continue;
        }
        let inline = dentry.wrapping_add(u64::from(fields::dentry__d_parent()) + SHORT);
        let found = if entry.name == inline && entry.length < SHORT_BYTES {
            prepend_short(scratch, begin, &entry)
        } else {
            prepend(scratch, begin, entry.name, u64::from(entry.length))
        };
        let Some(next) = found else {
            return begin | CUT;
        };
        begin = next;
        dentry = entry.parent;
    }
    begin | CUT
}

/// Where a mount hangs, as its members lie side by side on every kernel so far: the mount above
/// it (itself, for the root), the directory there, and its own root.
#[repr(C)]
#[derive(Clone, Copy)]
struct Place {
    above: u64,
    point: u64,
    root: u64,
}

/// Reads it in one go where it lies so, else one by one.
#[inline(always)]
fn read_mount(mount: u64) -> Option<Place> {
    let above = fields::mount__mnt_parent();
    let point = fields::mount__mnt_mountpoint();
    let root = fields::mount__mnt() + fields::vfsmount__mnt_root();
    if point == above + 8 && root == above + 16 {
        return read::<Place>(mount, above);
    }
    Some(Place {
        above: read(mount, above)?,
        point: read(mount, point)?,
        root: read(mount, root)?,
    })
}

/// The members of a dentry that a path needs, as they lie side by side on every kernel so far:
/// most names are short enough to stand in the dentry itself.
#[repr(C)]
#[derive(Clone, Copy)]
struct Entry {
    parent: u64,
    hash: u32,
    length: u32,
    name: u64,
    inode: u64,
    short: [u64; SHORT_WORDS],
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
        inode: 0,
        short: [0; SHORT_WORDS],
    })
}

/// As [`prepend`], for a name that was read with its dentry. It is written in whole words; what
/// the last of them writes over, the beginning of what follows, is put back.
#[inline(always)]
fn prepend_short(scratch: *mut Scratch, begin: u64, entry: &Entry) -> Option<u64> {
    let length = bound::<{ NAME_LIMIT as i32 - 1 }>(u64::from(entry.length));
    if begin <= length + 1 {
        return None;
    }
    let begin = bound::<{ VALUE_LIMIT as i32 - 1 }>(begin);
    let at = bound::<{ VALUE_LIMIT as i32 - 1 }>(begin - length - 1);
    // SAFETY: both are below VALUE_LIMIT, and the path has NAME_LIMIT bytes of slack behind that.
    unsafe {
        let path = (*scratch).path.as_mut_ptr();
        let target = path.add(at as usize);
        let follows = path.add(begin as usize);
        let kept = load_word(follows);
        *target = b'/';
        store_word::<1>(target, entry.short[0]);
        if length > 8 {
            store_word::<9>(target, entry.short[1]);
        }
        if length > 16 {
            store_word::<17>(target, entry.short[2]);
        }
        if length > 24 {
            store_word::<25>(target, entry.short[3]);
        }
        store_word::<0>(follows, kept);
    }
    Some(at)
}

/// Loads an unaligned word, in one instruction.
///
/// # Safety
/// The eight bytes at `from` are inside a map value.
#[inline(always)]
unsafe fn load_word(from: *const u8) -> u64 {
    let word: u64;
    // SAFETY: by the caller.
    unsafe {
        core::arch::asm!("{0} = *(u64 *)({1} + 0)", out(reg) word, in(reg) from, options(readonly));
    }
    word
}

/// Stores an unaligned word at `to + OFFSET`, in one instruction.
///
/// # Safety
/// The eight bytes there are inside a map value.
#[inline(always)]
unsafe fn store_word<const OFFSET: i32>(to: *mut u8, word: u64) {
    // SAFETY: by the caller.
    unsafe {
        core::arch::asm!("*(u64 *)({0} + {2}) = {1}", in(reg) to, in(reg) word, const OFFSET);
    }
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
/// Where the name that stands in a dentry lies, from the dentry's `d_parent`; its room, with the
/// closing NUL, is at least 32 bytes since 5.10.
const SHORT: u64 = 32;
const SHORT_WORDS: usize = 4;
const SHORT_BYTES: u32 = 32;
const CONTROL_GROUPS: u32 = 12;
/// The value could not be read.
const FAILED: u64 = 1 << 32;
/// The path's beginning is missing.
const CUT: u64 = 1 << 33;
