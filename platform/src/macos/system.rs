//! Small facts about the running system.
//!
//! Step: source. Nothing is guessed: what cannot be read is `None`.

use std::ffi::CStr;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::survey::Identity;

/// Lets this program have as many open files as its system lets it ask for. Fewer only means that
/// fewer agents can be connected, which is said when it happens.
pub fn raise_descriptors() {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // The system names no limit, and refuses more than this.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard.min(OPEN_MAX), hard);
    }
}

/// What names this host, as far as it can be read.
#[must_use]
pub fn identity() -> Identity {
    Identity {
        host: text(c"kern.hostname"),
        system: "macos",
        release: text(c"kern.osproductversion"),
        boot: text(c"kern.bootsessionuuid"),
    }
}

/// A fact that the kernel tells as a text.
pub(super) fn text(name: &CStr) -> Option<String> {
    let mut buffer = vec![0_u8; 256];
    let mut length = buffer.len();
    // SAFETY: the name ends with a zero; the buffer has as many bytes as the call is told, and both
    // outlive it; nothing is set.
    let told = unsafe {
        libc::sysctlbyname(
            name.as_ptr(),
            buffer.as_mut_ptr().cast(),
            &raw mut length,
            std::ptr::null_mut(),
            0,
        )
    };
    if told != 0 {
        return None;
    }
    buffer.truncate(length);
    let end = buffer.iter().position(|byte| *byte == 0);
    buffer.truncate(end.unwrap_or(buffer.len()));
    String::from_utf8(buffer)
        .ok()
        .filter(|text| !text.is_empty())
}

/// Descriptors that a process may have at most without asking for more at the system's start.
const OPEN_MAX: u64 = 10_240;
