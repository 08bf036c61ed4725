//! Calls of producing functions: deflateInit2_, archive_write_open_filename, EVP_CipherInit_ex.
//!
//! Step: probe. One program serves every function of every library; the cookie of the attachment
//! says which it is, and what a call must look like to count. A call that was told before costs
//! a look into [`CALLS`] and one into [`USES`]. What a function is called and which argument is its output is read from
//! [`ENTRY_POINTS`], and only where a record is made. A passphrase is never read, only noticed.

use aya_ebpf::EbpfContext as _;
use aya_ebpf::helpers::bpf_probe_read_user;
use aya_ebpf::helpers::generated::bpf_get_attach_cookie;
use aya_ebpf::macros::uprobe;
use aya_ebpf::programs::ProbeContext;
use ring_abi::{Flags, Kind, Known, LibraryUse, LossReason, Tag};

use crate::emit::{Draft, admit, count, emit, process};
use crate::fields;
use crate::kernel::{Who, current, current_task, pointer, read};
use crate::maps::{CALLS, ENTRY_POINTS, EntryPoint, LIBRARIES, Library, USES, Use, UseKey};

/// A producing function is called.
#[uprobe]
pub fn library_use(ctx: ProbeContext) -> u32 {
    // SAFETY: the helper only looks at the context that the kernel handed over.
    let cookie = Cookie(unsafe { bpf_get_attach_cookie(ctx.as_ptr()) });
    let call = Call(ctx.as_ptr() as u64);
    if let Some(calls) = CALLS.get_ptr_mut(cookie.slot()) {
        // SAFETY: a map value; races between processors only blur the rate.
        unsafe { *calls += 1 };
    }
    if cookie.holds(&call)
        && let Some(who) = current()
        && let Some(used) = counted(cookie, &who)
    {
        let _ = tell(cookie, &call, &who, used);
    }
    0
}

/// Counts a call; what is known of all of them where a record is due.
#[inline(always)]
fn counted(cookie: Cookie, who: &Who) -> Option<Use> {
    let key = UseKey {
        start: who.start,
        pid: who.pid,
        point: cookie.0 as u32,
    };
    if let Some(known) = USES.get_ptr_mut(&key) {
        // SAFETY: a map value; races between threads of one process only blur the count.
        return unsafe {
            (*known).count += 1;
            if (*known).count < (*known).next {
                return None;
            }
            let told = *known;
            (*known).next = if told.count < EACH && cookie.tells_each() {
                told.count + 1
            } else {
                next_power(told.count)
            };
            Some(told)
        };
    }
    let fresh = Use {
        count: 1,
        first: who.time,
        next: if cookie.tells_each() { 2 } else { 10 },
    };
    if USES.insert(key, fresh, 0).is_err() {
        count(Kind::LIBRARY_USE, 0);
        count(Kind::LIBRARY_USE, LossReason::TABLE_FULL.0);
        return None;
    }
    Some(fresh)
}

/// The next power of ten above a count; a count beyond them all is not told again.
#[inline(always)]
fn next_power(count: u64) -> u64 {
    match count {
        0..10 => 10,
        10..100 => 100,
        100..1_000 => 1_000,
        1_000..10_000 => 10_000,
        10_000..100_000 => 100_000,
        100_000..1_000_000 => 1_000_000,
        1_000_000..10_000_000 => 10_000_000,
        10_000_000..100_000_000 => 100_000_000,
        _ => u64::MAX,
    }
}

/// Makes the record.
#[inline(always)]
fn tell(cookie: Cookie, call: &Call, who: &Who, used: Use) -> Option<()> {
    let entry = ENTRY_POINTS.get_ptr(cookie.row())?;
    let library = LIBRARIES.get_ptr(cookie.slot())?;
    if !admit(Kind::LIBRARY_USE, who, process(Kind::LIBRARY_USE, who)?) {
        return None;
    }
    // SAFETY: map values, which the daemon writes before it sets a probe that names them.
    let body = unsafe { body(&*entry, &*library, call, used) };
    emit(Kind::LIBRARY_USE, who, body, |draft| {
        // SAFETY: as above.
        unsafe { draft.describe(&*entry, &*library, call) }
    });
    Some(())
}

#[inline(always)]
fn body(entry: &EntryPoint, library: &Library, call: &Call, used: Use) -> LibraryUse {
    let mut body = LibraryUse {
        device: library.device,
        inode: library.inode,
        uses: used.count,
        first: used.first,
        known: Known::FILE.0,
        purpose: entry.purpose,
        level: 0,
        _pad: 0,
    };
    if entry.level != 0 {
        body.level = call.argument(entry.level - 1) as u32;
        body.known |= Known::LEVEL.0;
    }
    if entry.passphrase != 0 && call.argument(entry.passphrase - 1) != 0 {
        body.known |= Known::PASSPHRASE.0;
    }
    body
}

impl Draft {
    /// Appends which function of which library it was, and what it was told to make.
    #[inline(always)]
    fn describe(&mut self, entry: &EntryPoint, library: &Library, call: &Call) {
        if library.path_length != 0 {
            self.kernel(Tag::PATH, library.path.as_ptr() as u64, library.path_length);
        }
        let (function, family) = (&entry.function, &entry.family);
        self.kernel(
            Tag::FUNCTION,
            function.as_ptr() as u64,
            u64::from(entry.function_length),
        );
        self.kernel(
            Tag::FAMILY,
            family.as_ptr() as u64,
            u64::from(entry.family_length),
        );
        if entry.format_argument != 0 {
            self.user_text(Tag::FORMAT, call.argument(entry.format_argument - 1));
        } else if entry.format_length != 0 {
            let format = &entry.format;
            self.kernel(
                Tag::FORMAT,
                format.as_ptr() as u64,
                u64::from(entry.format_length),
            );
        }
        if entry.output != 0 {
            self.output(call.argument(entry.output - 1));
        }
    }

    /// Appends the output's name and, where it is relative, the working directory. A name of null
    /// stands for an output without one.
    #[inline(always)]
    fn output(&mut self, name: u64) {
        if name == 0 {
            return;
        }
        self.user_text(Tag::GIVEN_PATH, name);
        if user::<u8>(name) == Some(b'/') {
            return;
        }
        match pointer(current_task(), fields::task_struct__fs()) {
            Some(fs) => self.path(
                Tag::BASE_PATH,
                fs.wrapping_add(u64::from(fields::fs_struct__pwd())),
            ),
            None => self.flag(Flags::LOOKUP_FAILED),
        }
    }
}

/// What the daemon attached with the probe (`platform/src/linux/uses/tables.rs` writes it):
/// bits 0 to 15 the entry point, 16 to 31 the library, 32 to 35 a test of a call, 36 to 39 the
/// argument that is tested, 40 to 43 an argument that must not be null, plus one; bit 44 is set
/// where each of the first calls is told.
#[derive(Clone, Copy)]
struct Cookie(u64);

impl Cookie {
    #[inline(always)]
    fn row(self) -> u32 {
        self.0 as u32 & 0xffff
    }

    #[inline(always)]
    fn slot(self) -> u32 {
        self.0 as u32 >> 16
    }

    #[inline(always)]
    fn tells_each(self) -> bool {
        self.0 >> 44 & 1 != 0
    }

    /// Whether the call produces something, as far as its arguments say it.
    #[inline(always)]
    fn holds(self, call: &Call) -> bool {
        let high = (self.0 >> 32) as u32;
        if high & 0xfff == 0 {
            return true;
        }
        let needed = high >> 8 & 0xf;
        if needed != 0 && call.argument(needed - 1) == 0 {
            return false;
        }
        let tested = || call.argument(high >> 4 & 0xf);
        match high & 0xf {
            0 => true,
            IS_ONE => tested() as u32 == 1,
            HAS_LOWEST_BIT => tested() & 1 != 0,
            WRITES => matches!(user::<u8>(tested()), Some(b'w' | b'a' | b'x')),
            IS_ARCHIVE_WRITER => user::<u64>(tested().wrapping_add(8)) == Some(ARCHIVE_WRITER),
            _ => false,
        }
    }
}

/// The arguments of the call, in the registers where the convention for calls puts them.
struct Call(u64);

impl Call {
    #[inline(always)]
    fn argument(&self, index: u32) -> u64 {
        let register = match index {
            0 => fields::pt_regs__argument0(),
            1 => fields::pt_regs__argument1(),
            2 => fields::pt_regs__argument2(),
            3 => fields::pt_regs__call_argument3(),
            4 => fields::pt_regs__argument4(),
            _ => fields::pt_regs__call_argument5(),
        };
        read(self.0, register).unwrap_or(0)
    }
}

/// Reads from the program's memory.
#[inline(always)]
fn user<T: Copy>(address: u64) -> Option<T> {
    // SAFETY: the helper tolerates any address.
    unsafe { bpf_probe_read_user(address as *const T) }.ok()
}

/// The tests of a cookie.
const IS_ONE: u32 = 1;
const HAS_LOWEST_BIT: u32 = 2;
const WRITES: u32 = 3;
const IS_ARCHIVE_WRITER: u32 = 4;

/// Second half of 7-Zip's interface identifier for making archives (IOutArchive: group 6, 0xA0).
const ARCHIVE_WRITER: u64 = u64::from_le_bytes([0, 0, 0, 6, 0, 0xa0, 0, 0]);

/// So many calls are told one by one where each names an output.
const EACH: u64 = 64;
