//! Samples of a file's content, taken from the page cache when the file is closed.
//!
//! Step: probe. Whatever way the bytes came (write, mmap, splice, io_uring), they stand in the
//! page cache at the last close, so nothing needs to be hooked while they are written. The cache's
//! xarray is walked to the page, and the page's memory is found from its description by one
//! constant (`calibrate`). A page that is not there (direct I/O, evicted) gives no field: unknown,
//! not empty. A file of an overlay has its pages in the layer that was written to.

use aya_ebpf::helpers::generated::bpf_probe_read_kernel;
use ring_abi::{HEAD_BYTES, MIDDLE_BYTES, TAIL_BYTES, Tag};

use crate::emit::Draft;
use crate::fields::{self, ABSENT};
use crate::kernel::{Inode, bound, pointer, read};
use crate::maps::{CALIBRATION, SCRATCH};

impl Draft {
    /// Appends head, middle and tail of a file of `size` bytes, as far as they do not overlap.
    #[inline(always)]
    pub fn content(&mut self, inode: &Inode, size: u64) {
        let Some(calibration) = CALIBRATION.get(0) else {
            return;
        };
        if size == 0 || calibration.valid == 0 || fields::page_scale_shift() == ABSENT {
            return;
        }
        let mapping = match upper_mapping(inode.address) {
            0 => pointer(inode.address, fields::inode__i_mapping()),
            upper => Some(upper),
        };
        let Some(mapping) = mapping else {
            return;
        };
        let Some(root) = pointer(mapping, fields::address_space__i_pages__xa_head()) else {
            return;
        };

        let head = if size < HEAD_BYTES as u64 {
            size
        } else {
            HEAD_BYTES as u64
        };
        self.sample(Tag::CONTENT_HEAD, root, 0, head);
        if size >= 2 * (HEAD_BYTES + MIDDLE_BYTES) as u64 {
            let middle = (size / 2) & !(MIDDLE_BYTES as u64 - 1);
            self.sample(Tag::CONTENT_MIDDLE, root, middle, MIDDLE_BYTES as u64);
        }
        if size > HEAD_BYTES as u64 {
            let beyond = size - HEAD_BYTES as u64;
            let tail = if beyond < TAIL_BYTES as u64 {
                beyond
            } else {
                TAIL_BYTES as u64
            };
            self.sample(Tag::CONTENT_TAIL, root, size - tail, tail);
        }
    }

    /// Appends `length` (at most 512) bytes at `offset`; they may lie on two pages.
    #[inline(always)]
    fn sample(&mut self, tag: Tag, root: u64, offset: u64, length: u64) {
        append_sample(self.level, u32::from(tag.0), root, offset, length);
    }

    #[inline(always)]
    fn sample_here(&mut self, tag: Tag, root: u64, offset: u64, length: u64) {
        let Some(calibration) = CALIBRATION.get(0) else {
            return;
        };
        let constant = calibration.constant;
        let Some((at, value)) = self.room() else {
            return;
        };
        let shift = fields::page_shift();
        let within = offset & ((1u64 << shift) - 1);
        let here = (1u64 << shift) - within;
        let first = if length < here { length } else { here };

        let Some(memory) = page_memory(root, constant, offset >> shift) else {
            return;
        };
        let first = bound::<{ SAMPLE_LIMIT - 1 }>(first);
        // SAFETY: room for 1024 bytes is behind every field offset.
        let status = unsafe {
            bpf_probe_read_kernel(value.cast(), first as u32, (memory + within) as *const _)
        };
        if status != 0 {
            return;
        }
        let rest = length - first;
        if rest != 0 {
            let Some(memory) = page_memory(root, constant, (offset >> shift) + 1) else {
                return;
            };
            let rest = bound::<{ SAMPLE_LIMIT - 1 }>(rest);
            // SAFETY: `first` and `rest` are below 1024 each, and room is for 4096.
            let status = unsafe {
                bpf_probe_read_kernel(
                    value.add(first as usize).cast(),
                    rest as u32,
                    memory as *const _,
                )
            };
            if status != 0 {
                return;
            }
        }
        self.head(at, tag, length);
    }
}

/// Appends a sample to the record in the scratch at `level`. A global function, verified once and
/// with a stack of its own.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn append_sample(level: u32, tag: u32, root: u64, offset: u64, length: u64) -> u32 {
    if let Some(scratch) = SCRATCH.get_ptr_mut(level) {
        let mut draft = Draft { scratch, level };
        draft.sample_here(Tag(tag as u16), root, offset, length);
    }
    0
}

/// The pages of the written layer's file behind an overlay's inode; 0 for any other inode. The
/// overlay's own inode stands inside a `struct ovl_inode`. A function of its own, for its stack.
#[inline(never)]
fn upper_mapping(inode: u64) -> u64 {
    if fields::ovl_inode__upper_dentry() == ABSENT {
        return 0;
    }
    let magic = pointer(inode, fields::inode__i_sb())
        .and_then(|superblock| read(superblock, fields::super_block__s_magic()));
    if magic != Some(OVERLAY) {
        return 0;
    }
    let own = inode.wrapping_sub(u64::from(fields::ovl_inode__vfs_inode()));
    pointer(own, fields::ovl_inode__upper_dentry())
        .and_then(|dentry| pointer(dentry, fields::dentry__d_inode()))
        .and_then(|upper| pointer(upper, fields::inode__i_mapping()))
        .unwrap_or(0)
}

/// The memory of the page at `index` of the page cache whose xarray begins with `root`.
#[inline(always)]
fn page_memory(root: u64, constant: u64, index: u64) -> Option<u64> {
    let memory = find_page(root, constant, index);
    if memory == 0 { None } else { Some(memory) }
}

/// Walks the xarray; 0 when the page is not there. A global function, verified once.
///
/// Entries, after `include/linux/xarray.h`: the low bits are 10 for an internal entry (a node's
/// address plus 2, or below 256 the slot of a sibling that holds the same folio), x1 for a value
/// that marks an evicted page, 00 for a folio.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn find_page(root: u64, constant: u64, index: u64) -> u64 {
    let mut entry = root;
    let mut covered = false;
    for _ in 0..DEPTH {
        if entry & 3 != 2 {
            break;
        }
        let node = entry - 2;
        let Some(shift) = read::<u8>(node, fields::xa_node__shift()) else {
            return 0;
        };
        let slot = (index >> (shift & 63)) & SLOT_MASK;
        let slots = node.wrapping_add(u64::from(fields::xa_node__slots()));
        let Some(mut found) = read::<u64>(slots.wrapping_add(slot << 3), 0) else {
            return 0;
        };
        if found & 3 == 2 && found < SIBLINGS {
            let Some(canonical) = read::<u64>(slots.wrapping_add((found >> 2) << 3), 0) else {
                return 0;
            };
            found = canonical;
        }
        entry = found;
        covered = true;
    }
    if entry == 0 || entry & 3 != 0 || (!covered && index != 0) {
        return 0;
    }
    let first = read::<u64>(entry, fields::folio__index()).unwrap_or(index);
    let memory = (entry << fields::page_scale_shift()).wrapping_add(constant);
    memory.wrapping_add(index.wrapping_sub(first) << fields::page_shift())
}

/// `OVERLAYFS_SUPER_MAGIC` of `include/uapi/linux/magic.h`.
const OVERLAY: u64 = 0x794c_7630;
const SAMPLE_LIMIT: i32 = 1024;
/// Levels of an xarray of 64-bit indices with 64 slots each.
const DEPTH: u32 = 11;
const SLOT_MASK: u64 = 63;
const SIBLINGS: u64 = 258;
