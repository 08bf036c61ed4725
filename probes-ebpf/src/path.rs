//! Absolute paths, built from the last component to the first.
//!
//! Step: probe. `bpf_d_path` is not offered to tracepoints, so dentries are walked: up to
//! [`COMPONENTS`] names across mounts, to the root of the mount namespace. A path that does not
//! fit keeps its end and sets `TRUNCATED`; an unreadable one is absent and sets `LOOKUP_FAILED`.

use aya_ebpf::helpers::generated::{bpf_probe_read_kernel, bpf_probe_read_kernel_str};
use ring_abi::{Flags, Tag};

use crate::emit::Draft;
use crate::fields;
use crate::kernel::{Block, bound, pointer};
use crate::maps::{Entry, NAME_LIMIT, SCRATCH, Scratch, VALUE_LIMIT, Walk};

impl Draft {
    /// Appends the path that a `struct path` at `address` names.
    #[inline(always)]
    pub fn path(&mut self, tag: Tag, address: u64) {
        let mut path = Block::<2>::new(address);
        if path.read()
            && let Some(dentry) = path.pointer(fields::path__dentry())
            && let Some(mount) = path.pointer(fields::path__mnt())
        {
            return self.dentry(tag, dentry, mount);
        }
        self.flag(Flags::LOOKUP_FAILED);
    }

    /// Appends the path of a dentry below a `struct vfsmount`.
    #[inline(always)]
    pub fn dentry(&mut self, tag: Tag, dentry: u64, vfsmount: u64) {
        let found = walk(self.level, dentry, vfsmount, VALUE_LIMIT as u64 - 1);
        self.built(tag, found);
    }

    /// Appends the path of what has, or had, the name of `length` bytes at `name` in a directory.
    #[inline(always)]
    pub fn named(&mut self, tag: Tag, directory: u64, vfsmount: u64, name: u64, length: u64) {
        let scratch = self.scratch;
        let found = match prepend(scratch, VALUE_LIMIT as u64 - 1, name, length) {
            Some(begin) => walk(self.level, directory, vfsmount, begin),
            None => FAILED,
        };
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
pub extern "C" fn walk(level: u32, dentry: u64, vfsmount: u64, begin: u64) -> u64 {
    let Some(scratch) = SCRATCH.get_ptr_mut(level) else {
        return FAILED;
    };
    // `struct mount` holds the `struct vfsmount`.
    let mount = vfsmount.wrapping_sub(u64::from(fields::mount__mnt()));
    // SAFETY: a map value.
    let walked = unsafe { &raw mut (*scratch).walk };
    // SAFETY: as above.
    unsafe { (*walked).dentry = dentry };
    if !read_mount(walked, mount) {
        return FAILED;
    }
    let mut begin = bound::<{ VALUE_LIMIT as i32 - 1 }>(begin);
    for _ in 0..COMPONENTS / STRETCH {
        let found = stretch(level, begin);
        if found & ON == 0 {
            return found;
        }
        begin = bound::<{ VALUE_LIMIT as i32 - 1 }>(found);
    }
    begin | CUT
}

/// A few components of a [`walk`], from where the scratch says, before what begins at `begin`;
/// with the mark [`ON`] when there are more. A function of its own, since the verifier follows
/// every turn of a loop with all that its body does: so it follows [`STRETCH`] of them, not all.
/// What it reads goes to the scratch, for the stack is short and the verifier keeps its values
/// apart on each way through the body.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn stretch(level: u32, begin: u64) -> u64 {
    let Some(scratch) = SCRATCH.get_ptr_mut(level) else {
        return FAILED;
    };
    // SAFETY: a map value.
    let walked = unsafe { &raw mut (*scratch).walk };
    let mut begin = begin;
    for _ in 0..STRETCH {
        match component(scratch, walked, begin) {
            Turn::On(next) => begin = next,
            Turn::End(found) => return found,
        }
    }
    begin | ON
}

/// What a component of a walk led to.
enum Turn {
    /// There is more above; where the path begins now.
    On(u64),
    /// What the walk found.
    End(u64),
}

/// One component of a walk, or one mount that is crossed.
#[inline(always)]
fn component(scratch: *mut Scratch, walked: *mut Walk, begin: u64) -> Turn {
    // SAFETY: all that is read and written here is in map values.
    unsafe {
        let dentry = (*walked).dentry;
        if !read_entry(walked, dentry) {
            return Turn::End(FAILED);
        }
        let parent = (*walked).entry.parent;
        if dentry == (*walked).place.root || dentry == parent {
            let above = (*walked).place.above;
            if above == (*walked).mount {
                return Turn::End(finish(scratch, begin));
            }
            (*walked).dentry = (*walked).place.point;
            if (*walked).place.point == 0 || !read_mount(walked, above) {
                return Turn::End(FAILED);
            }
            return Turn::On(begin);
        }
        (*walked).dentry = parent;
        let inline = dentry.wrapping_add(u64::from(fields::dentry__d_parent()) + SHORT);
        let (name, length) = ((*walked).entry.name, (*walked).entry.length);
        let found = if name == inline && length < SHORT_BYTES {
            prepend_short(scratch, begin, &raw const (*walked).entry)
        } else {
            prepend(scratch, begin, name, u64::from(length))
        };
        match found {
            Some(next) => Turn::On(next),
            None => Turn::End(begin | CUT),
        }
    }
}

/// Reads where a mount hangs, in one go where its members lie so, else one by one; says whether
/// it could.
#[inline(always)]
fn read_mount(walked: *mut Walk, mount: u64) -> bool {
    let above = fields::mount__mnt_parent();
    let point = fields::mount__mnt_mountpoint();
    let root = fields::mount__mnt() + fields::vfsmount__mnt_root();
    // SAFETY: the addresses of members of a map value.
    unsafe {
        (*walked).mount = mount;
        let place = &raw mut (*walked).place;
        if point == above + 8 && root == above + 16 {
            return read_to(place, mount, above);
        }
        read_to(&raw mut (*place).above, mount, above)
            && read_to(&raw mut (*place).point, mount, point)
            && read_to(&raw mut (*place).root, mount, root)
    }
}

/// Reads the members of a dentry in one go where they lie so, else one by one; says whether it
/// could.
#[inline(always)]
fn read_entry(walked: *mut Walk, dentry: u64) -> bool {
    let parent = fields::dentry__d_parent();
    let length = fields::dentry__d_name__len();
    let name = fields::dentry__d_name__name();
    // SAFETY: the addresses of members of a map value.
    unsafe {
        let entry = &raw mut (*walked).entry;
        if length == parent + 12 && name == parent + 16 {
            return read_to(entry, dentry, parent);
        }
        read_to(&raw mut (*entry).parent, dentry, parent)
            && read_to(&raw mut (*entry).length, dentry, length)
            && read_to(&raw mut (*entry).name, dentry, name)
    }
}

/// Reads a `T` at `address + offset` into a map value; says whether it could.
///
/// # Safety
/// `target` is inside a map value.
#[inline(always)]
unsafe fn read_to<T>(target: *mut T, address: u64, offset: u32) -> bool {
    let from = address.wrapping_add(u64::from(offset)) as *const _;
    // SAFETY: by the caller.
    unsafe { bpf_probe_read_kernel(target.cast(), size_of::<T>() as u32, from) == 0 }
}

/// As [`prepend`], for a name that was read with its dentry. It is written in whole words; what
/// the last of them writes over, the beginning of what follows, is put back.
#[inline(always)]
fn prepend_short(scratch: *mut Scratch, begin: u64, entry: *const Entry) -> Option<u64> {
    // SAFETY: a map value.
    let (given, short) = unsafe { ((*entry).length, &raw const (*entry).short) };
    let length = bound::<{ NAME_LIMIT as i32 - 1 }>(u64::from(given));
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
        store_word::<1>(target, (*short)[0]);
        if length > 8 {
            store_word::<9>(target, (*short)[1]);
        }
        if length > 16 {
            store_word::<17>(target, (*short)[2]);
        }
        if length > 24 {
            store_word::<25>(target, (*short)[3]);
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
    // Linux 6.12 forgets the upper bound of a value whose sum was compared.
    let length = bound::<{ NAME_LIMIT as i32 - 1 }>(length);
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
/// Components that are followed in one go; few paths have more.
const STRETCH: u32 = 8;
/// Where the name that stands in a dentry lies, from the dentry's `d_parent`; its room, with the
/// closing NUL, is at least 32 bytes since 5.10.
const SHORT: u64 = 32;
const SHORT_BYTES: u32 = 32;
const CONTROL_GROUPS: u32 = 12;
/// The value could not be read.
const FAILED: u64 = 1 << 32;
/// The path's beginning is missing.
const CUT: u64 = 1 << 33;
/// There is more of the path.
const ON: u64 = 1 << 34;
