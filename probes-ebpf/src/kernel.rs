//! Reads of the kernel's memory, and the few chains of pointers that several probes follow.
//!
//! Step: probe. Every read goes through the fault-tolerant helper: a stale or foreign address
//! gives `None`, not a fault. Addresses are plain integers here.

use aya_ebpf::EbpfContext;
use aya_ebpf::helpers::generated::{
    bpf_get_current_task, bpf_get_current_task_btf, bpf_probe_read_kernel,
};
use aya_ebpf::helpers::{bpf_get_current_pid_tgid, bpf_ktime_get_boot_ns};

use crate::fields::{self, ABSENT, UNTYPED, is_typed};

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

/// The beginning of a structure, read in one go: a helper's call costs more than the bytes.
pub struct Block<const WORDS: usize> {
    address: u64,
    words: core::mem::MaybeUninit<[u64; WORDS]>,
}

impl<const WORDS: usize> Block<WORDS> {
    /// A block that is to be read at `address`. It is read where it stands, for the stack is short
    /// and a block that is handed on stands there twice.
    #[inline(always)]
    pub fn new(address: u64) -> Self {
        let words = core::mem::MaybeUninit::uninit();
        Self { address, words }
    }

    /// Reads it; says whether the memory is readable. Nothing else may be asked of it before.
    #[inline(always)]
    pub fn read(&mut self) -> bool {
        // SAFETY: the helper writes so many bytes to a valid stack slot, or fails.
        let status = unsafe {
            bpf_probe_read_kernel(
                self.words.as_mut_ptr().cast(),
                (WORDS * 8) as u32,
                self.address as *const _,
            )
        };
        status == 0
    }

    /// The member at `offset`; one that lies behind the block is read by itself.
    #[inline(always)]
    pub fn member<T: Copy>(&self, offset: u32) -> Option<T> {
        if offset as usize > WORDS * 8 - size_of::<T>() {
            return read(self.address, offset);
        }
        // SAFETY: the member is inside the block, which was read, and lies as aligned in it as in
        // the kernel. The offset is a constant to the verifier.
        Some(unsafe {
            core::ptr::read_volatile(self.words.as_ptr().byte_add(offset as usize).cast())
        })
    }

    /// The non-null pointer at `offset`.
    #[inline(always)]
    pub fn pointer(&self, offset: u32) -> Option<u64> {
        self.member::<u64>(offset).filter(|address| *address != 0)
    }
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
    unsafe { bpf_get_current_task() }
}

/// A pointer that is a member of the running task, at an offset that may be [`UNTYPED`]; zero when
/// it is null.
#[inline(always)]
pub fn of_current(offset: u32) -> u64 {
    if is_typed(offset) {
        // SAFETY: the helper has no precondition. Linux 5.11 has it.
        return load(unsafe { bpf_get_current_task_btf() } as u64, offset);
    }
    copy_of_current(offset)
}

/// As [`of_current`], where the member must be copied. A function of its own, as all of them are
/// that newer kernels never call: so they cost those nothing.
#[inline(never)]
fn copy_of_current(offset: u32) -> u64 {
    read(current_task(), offset & !UNTYPED).unwrap_or(0)
}

/// Loads a member of a structure whose address the verifier knows by type, such as the
/// running task's: one instruction where [`read`] calls a helper. Zero when it is null.
#[inline(always)]
pub fn load<T: Copy>(address: u64, offset: u32) -> T {
    // SAFETY: the verifier admits the load only where the address is typed and the offset is that
    // of a member; a fault inside gives zero.
    unsafe { core::ptr::read_volatile((address + u64::from(offset)) as *const T) }
}

/// The running task's flags (`PF_…` of `include/linux/sched.h`).
#[inline(always)]
pub fn flags_of_current() -> u32 {
    let at = fields::current__flags();
    if is_typed(at) {
        // SAFETY: the helper has no precondition. Linux 5.11 has it.
        return load(unsafe { bpf_get_current_task_btf() } as u64, at);
    }
    read(current_task(), at & !UNTYPED).unwrap_or(0)
}

/// The `index`th argument of what a program stands at, or behind the last one the result, as a
/// number. As a pointer that the verifier knows by type it could be loaded through, but not be
/// handed to a global function, nor would every kernel give one without a type.
#[inline(always)]
pub fn argument(ctx: &impl EbpfContext, index: u32) -> u64 {
    read(ctx.as_ptr() as u64, index << 3).unwrap_or(0)
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
    let at = fields::current__group_leader();
    let start: u64 = if is_typed(at) {
        load(of_current(at), fields::task_struct__start_boottime())
    } else {
        copy_of_start(at)
    };
    Some(Who {
        pid,
        tid: ids as u32,
        start: start - start % TICK,
        time: now(),
    })
}

/// When the running process started, where that must be copied.
#[inline(never)]
fn copy_of_start(leader: u32) -> u64 {
    read(
        copy_of_current(leader),
        fields::task_struct__start_boottime(),
    )
    .unwrap_or(0)
}

/// The kernel's `struct file` behind a descriptor of the running task.
#[inline(always)]
pub fn file_of(descriptor: u64) -> Option<u64> {
    let at = fields::current__files();
    if !is_typed(at) {
        let file = copy_of_file(at, descriptor);
        return if file == 0 { None } else { Some(file) };
    }
    let files = of_current(at);
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

/// As [`file_of`], where everything must be copied; 0 for none.
#[inline(never)]
fn copy_of_file(files: u32, descriptor: u64) -> u64 {
    let files = copy_of_current(files);
    let Some(table) = pointer(files, fields::files_struct__fdt()) else {
        return 0;
    };
    let limit: u32 = read(table, fields::fdtable__max_fds()).unwrap_or(0);
    if descriptor >= u64::from(limit) {
        return 0;
    }
    let array = pointer(table, fields::fdtable__fd()).unwrap_or(0);
    pointer(array.wrapping_add(descriptor << 3), 0).unwrap_or(0)
}

/// What most probes need of an inode.
#[derive(Clone, Copy)]
pub struct Inode {
    pub address: u64,
    pub number: u64,
    /// The device as `stat` encodes it.
    pub device: u64,
    pub size: u64,
    /// Modification time, since the epoch.
    pub mtime_seconds: u64,
    pub mtime_nanoseconds: u32,
    pub mode: u32,
    pub uid: u32,
    pub links: u32,
}

/// Reads an inode.
#[inline(always)]
pub fn inode(address: u64) -> Option<Inode> {
    let mut inode = core::mem::MaybeUninit::uninit();
    if read_inode(address, &mut inode) == 0 {
        return None;
    }
    // SAFETY: it was read, and so filled.
    Some(unsafe { inode.assume_init() })
}

/// Reads an inode's first members in one go; 0 when it is unreadable. A function of its own, for
/// its stack: the block is gone from it when more is called.
#[inline(never)]
fn read_inode(address: u64, inode: &mut core::mem::MaybeUninit<Inode>) -> u32 {
    match fill(address) {
        Some(found) => {
            inode.write(found);
            1
        }
        None => 0,
    }
}

#[inline(always)]
fn fill(address: u64) -> Option<Inode> {
    // Up to the times of its changes, on every kernel so far.
    let mut block = Block::<16>::new(address);
    if !block.read() {
        return None;
    }
    let mode: u16 = block.member(fields::inode__i_mode())?;
    let superblock = block.pointer(fields::inode__i_sb())?;
    Some(Inode {
        address,
        number: block.member(fields::inode__i_ino())?,
        device: stat_device(read(superblock, fields::super_block__s_dev())?),
        size: block.member(fields::inode__i_size()).unwrap_or(0),
        mtime_seconds: block.member(fields::inode__mtime_seconds()).unwrap_or(0),
        mtime_nanoseconds: block
            .member(fields::inode__mtime_nanoseconds())
            .unwrap_or(0),
        mode: u32::from(mode),
        uid: block.member(fields::inode__i_uid()).unwrap_or(0),
        links: block.member(fields::inode__i_nlink()).unwrap_or(0),
    })
}

/// Turns the kernel's `dev_t` (12 bits major, 20 bits minor) into what `stat` gives.
#[inline(always)]
fn stat_device(device: u32) -> u64 {
    let (major, minor) = (u64::from(device >> 20), u64::from(device & 0xf_ffff));
    (minor & 0xff) | (major << 8) | ((minor & !0xff) << 12)
}

/// `S_IFMT`, and its value for regular files.
pub const FORMAT_MASK: u32 = 0o170_000;
pub const FORMAT_REGULAR: u32 = 0o100_000;

impl Inode {
    /// Whether it is a regular file.
    #[inline(always)]
    pub fn is_regular(&self) -> bool {
        self.mode & FORMAT_MASK == FORMAT_REGULAR
    }
}
