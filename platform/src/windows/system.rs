//! Small facts about the running system.
//!
//! Step: source. Nothing is guessed: what cannot be read is `None`.

use windows_sys::Win32::System::SystemInformation::{
    ComputerNamePhysicalDnsHostname, GetComputerNameExW,
};

use crate::survey::Identity;

/// Descriptors have no limit here that a program could raise.
pub fn raise_descriptors() {}

/// What names this host, as far as it can be read.
#[must_use]
pub fn identity() -> Identity {
    Identity {
        host: host(),
        system: "windows",
        release: None,
        boot: None,
    }
}

/// The host's name.
fn host() -> Option<String> {
    let mut name = [0_u16; 256];
    let mut length = name.len() as u32;
    let into = name.as_mut_ptr();
    // SAFETY: the buffer has as many places as the call is told, and both outlive it.
    let told =
        unsafe { GetComputerNameExW(ComputerNamePhysicalDnsHostname, into, &raw mut length) };
    let name = name.get(..length as usize)?;
    (told != 0).then(|| String::from_utf16_lossy(name))
}
