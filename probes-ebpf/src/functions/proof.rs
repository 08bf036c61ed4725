//! Proof for the daemon that its hooks listen.
//!
//! Step: probe. A program that is attached may still never run: a function can be inlined where it
//! matters. So the daemon does once what each hook is for, and each program counts that here
//! instead of telling it.

use aya_ebpf::helpers::bpf_get_current_pid_tgid;

use crate::fields;
use crate::maps::MOVED;

/// A hook's number; `platform/src/linux/hooks.rs` numbers them alike.
#[derive(Clone, Copy)]
pub struct Hook(pub u32);

impl Hook {
    pub const FILE_PUT: Self = Self(0);
    pub const TASK_ENDING: Self = Self(1);
    pub const TASK_GONE: Self = Self(2);
    pub const FILE_OPENED: Self = Self(3);
    pub const RENAME_BEGINS: Self = Self(4);
    pub const RENAMED: Self = Self(5);
    pub const LINK_BEGINS: Self = Self(6);
    pub const LINKED: Self = Self(7);
    pub const UNLINK_BEGINS: Self = Self(8);
    pub const UNLINKED: Self = Self(9);
    pub const RMDIR_BEGINS: Self = Self(10);
    pub const RMDIR_ENDS: Self = Self(11);
    pub const TRUNCATED: Self = Self(12);
    pub const FILE_MAPPED: Self = Self(13);
    pub const SOCKET_GRAFTED: Self = Self(14);
}

/// Whether the daemon itself is at work; if so, its hook has moved and there is nothing to tell.
#[inline(always)]
pub fn own(hook: Hook) -> bool {
    if (bpf_get_current_pid_tgid() >> 32) as u32 != fields::own_pid() {
        return false;
    }
    if let Some(moved) = MOVED.get_ptr_mut(hook.0) {
        // SAFETY: a map value; the daemon asks whether it is zero, so that a lost count is no harm.
        unsafe { *moved += 1 };
    }
    true
}
