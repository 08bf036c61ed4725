//! Reads of the kernel's memory, and the few chains of pointers that several probes follow.
//!
//! Step: probe. Every read goes through the fault-tolerant helper: a stale or foreign address
//! gives `None`, not a fault. Addresses are plain integers here.

use aya_ebpf::helpers::generated::{bpf_get_current_task_btf, bpf_probe_read_kernel};
use aya_ebpf::helpers::{bpf_get_current_pid_tgid, bpf_ktime_get_boot_ns};

use crate::fields::{self, ABSENT};

/// Reads a `T` at `address + offset`; `None` when the member is absent or the memory unreadable.
#[inline(always)]
pub fn read<T: Copy>(address: u64, offset: u32) -> Option<T> {
    if offset == ABSENT {
        return None;
    }
    let mut value = core::mem::MaybeUninit::<T>::uninit();
    // SAFETY: the helper writes exactly `size_of::<T>()` bytes to a valid stack slot, or fails.
    let status = unsafe {
        bpf_probe_read_kernel(
            value.as_mut_ptr().cast(),
            size_of::<T>() as u32,
            (address.wrapping_add(u64::from(offset))) as *const _,
        )
    };
    if status != 0 {
        return None;
    }
    // SAFETY: the helper filled the slot.
    Some(unsafe { value.assume_init() })
}

/// Reads a non-null pointer.
#[inline(always)]
pub fn pointer(address: u64, offset: u32) -> Option<u64> {
    match read::<u64>(address, offset) {
        Some(0) | None => None,
        found => found,
    }
}

/// Keeps `value` below `MASK + 1` in a way that neither the compiler nor the verifier loses.
#[inline(always)]
pub fn bound<const MASK: i32>(value: u64) -> u64 {
    let mut value = value;
    // SAFETY: one arithmetic instruction on a register.
    unsafe { core::arch::asm!("{0} &= {1}", inout(reg) value, const MASK, options(pure, nomem)) };
    value
}

/// Who is at work, and when.
#[derive(Clone, Copy)]
pub struct Who {
    pub pid: u32,
    pub tid: u32,
    pub start: u64,
    pub time: u64,
}

/// The address of the running task.
#[inline(always)]
pub fn current_task() -> u64 {
    // SAFETY: the helper has no precondition.
    unsafe { bpf_get_current_task_btf() as u64 }
}

/// Loads a pointer member of a structure whose address the verifier knows by type, such as the
/// running task's: one instruction where [`read`] calls a helper. Zero when it is null.
#[inline(always)]
fn load<T: Copy>(address: u64, offset: u32) -> T {
    // SAFETY: the verifier admits the load only where the address is typed and the offset is that
    // of a member; a fault inside gives zero.
    unsafe { core::ptr::read_volatile((address + u64::from(offset)) as *const T) }
}

/// Nanoseconds of the boot clock.
#[inline(always)]
pub fn now() -> u64 {
    // SAFETY: the helper has no precondition.
    unsafe { bpf_ktime_get_boot_ns() }
}

/// When a task's process started.
#[inline(always)]
pub fn process_start(task: u64) -> u64 {
    let leader = pointer(task, fields::task_struct__group_leader()).unwrap_or(task);
    start(leader).unwrap_or(0)
}

/// When a task started, in whole ticks of 10 ms: as /proc tells it, so that processes from the
/// rundown and from events have one name.
#[inline(always)]
pub fn start(task: u64) -> Option<u64> {
    let time: u64 = read(task, fields::task_struct__start_boottime())?;
    Some(time - time % TICK)
}

const TICK: u64 = 10_000_000;

/// The running process; `None` for the daemon itself and for kernel threads.
#[inline(always)]
pub fn current() -> Option<Who> {
    let ids = bpf_get_current_pid_tgid();
    let pid = (ids >> 32) as u32;
    if pid == fields::own_pid() || pid == 0 {
        return None;
    }
    let leader: u64 = load(current_task(), fields::task_struct__group_leader());
    let start: u64 = load(leader, fields::task_struct__start_boottime());
    Some(Who {
        pid,
        tid: ids as u32,
        start: start - start % TICK,
        time: now(),
    })
}

/// The kernel's `struct file` behind a descriptor of the running task.
#[inline(always)]
pub fn file_of(descriptor: u64) -> Option<u64> {
    let files: u64 = load(current_task(), fields::task_struct__files());
    if files == 0 {
        return None;
    }
    let table: u64 = load(files, fields::files_struct__fdt());
    let limit: u32 = load(table, fields::fdtable__max_fds());
    if descriptor >= u64::from(limit) {
        return None;
    }
    let array: u64 = load(table, fields::fdtable__fd());
    pointer(array.wrapping_add(descriptor << 3), 0)
}

/// What most probes need of an inode.
#[derive(Clone, Copy)]
pub struct Inode {
    pub address: u64,
    pub number: u64,
    /// The device as `stat` encodes it.
    pub device: u64,
    pub mode: u32,
}

/// Reads an inode's identity.
#[inline(always)]
pub fn inode(address: u64) -> Option<Inode> {
    let mode: u16 = read(address, fields::inode__i_mode())?;
    let number = read(address, fields::inode__i_ino())?;
    let superblock = pointer(address, fields::inode__i_sb())?;
    let device: u32 = read(superblock, fields::super_block__s_dev())?;
    Some(Inode {
        address,
        number,
        device: stat_device(device),
        mode: u32::from(mode),
    })
}

/// Turns the kernel's `dev_t` (12 bits major, 20 bits minor) into what `stat` gives.
#[inline(always)]
fn stat_device(device: u32) -> u64 {
    let (major, minor) = (u64::from(device >> 20), u64::from(device & 0xf_ffff));
    (minor & 0xff) | (major << 8) | ((minor & !0xff) << 12)
}

/// `S_IFMT`, and its value for regular files.
const FORMAT_MASK: u32 = 0o170_000;
const FORMAT_REGULAR: u32 = 0o100_000;

impl Inode {
    /// Whether it is a regular file.
    #[inline(always)]
    pub fn is_regular(&self) -> bool {
        self.mode & FORMAT_MASK == FORMAT_REGULAR
    }

    /// Its size in bytes.
    #[inline(always)]
    pub fn size(&self) -> u64 {
        read(self.address, fields::inode__i_size()).unwrap_or(0)
    }
}
