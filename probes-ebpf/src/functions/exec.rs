//! Files that a program start closes (close-on-exec), told before the new program is.
//!
//! Step: probe. The kernel closes them in the middle of the start and drops them at its end, when
//! the process is another program already. They stay in the table of open files as they were told,
//! so that their end tells them again only if they have changed since.

use aya_ebpf::macros::fentry;
use aya_ebpf::programs::FEntryContext;
use ring_abi::CloseReason;

use crate::fields;
use crate::kernel::{of_current, pointer, read};
use crate::written::{MODE_WRITE, WORDS, tell_early};

/// `begin_new_exec(struct linux_binprm *bprm)`; 5.10 to 7.3. It may still fail, which does no harm.
#[fentry(function = "begin_new_exec")]
pub fn exec_begins(_ctx: FEntryContext) -> i32 {
    let files = of_current(fields::current__files());
    // Files that are shared stay open for the others.
    if read::<u32>(files, fields::files_struct__count()) != Some(1) {
        return 0;
    }
    let Some(table) = pointer(files, fields::files_struct__fdt()) else {
        return 0;
    };
    let _ = close_marked(table);
    0
}

/// Tells the written files that are marked to be closed.
#[inline(always)]
fn close_marked(table: u64) -> Option<()> {
    let array = pointer(table, fields::fdtable__fd())?;
    let open = pointer(table, fields::fdtable__open_fds())?;
    let marked = pointer(table, fields::fdtable__close_on_exec())?;
    let limit: u32 = read(table, fields::fdtable__max_fds())?;
    let mut word = 0;
    for _ in 0..WORDS {
        let base = word << 6;
        if base >= u64::from(limit) {
            break;
        }
        let open: u64 = read(open.wrapping_add(word << 3), 0).unwrap_or(0);
        let marked: u64 = read(marked.wrapping_add(word << 3), 0).unwrap_or(0);
        if open & marked != 0 {
            close_marked_word(array.wrapping_add(base << 3), open & marked);
        }
        word += 1;
    }
    Some(())
}

/// Tells the written files among 64 descriptors from the one at `array`. A global function,
/// verified once.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn close_marked_word(array: u64, wanted: u64) -> u32 {
    let mut wanted = wanted;
    let mut at = array;
    for _ in 0..64u32 {
        if wanted == 0 {
            break;
        }
        if wanted & 1 != 0
            && let Some(file) = pointer(at, 0)
            && let Some(mode) = read::<u32>(file, fields::file__f_mode())
            && mode & MODE_WRITE != 0
        {
            tell_early(file, mode, CloseReason::EXECUTED.0);
        }
        wanted >>= 1;
        at = at.wrapping_add(8);
    }
    0
}
