//! Which volumes drive letters stand for.
//!
//! Step: source. Asked once in a while: letters come and go.

use windows_sys::Win32::Storage::FileSystem::QueryDosDeviceW;

use super::wide::wide;
use crate::etw::Volumes;

/// What the kernel's names of volumes stand for now.
pub(super) fn volumes() -> Volumes {
    let mut volumes = Volumes::default();
    for letter in b'A'..=b'Z' {
        let drive = [letter, b':'];
        if let Some(device) = device(&String::from_utf8_lossy(&drive)) {
            volumes.add(device.as_bytes(), &drive);
        }
    }
    if let Some(root) = std::env::var_os("SystemRoot") {
        volumes.add(br"\SystemRoot", root.to_string_lossy().as_bytes());
    }
    volumes
}

/// The device that a drive stands for.
fn device(drive: &str) -> Option<String> {
    let drive = wide(drive.as_ref());
    let mut name = [0_u16; 1024];
    let (length, into) = (name.len() as u32, name.as_mut_ptr());
    // SAFETY: the drive ends with a zero, and the buffer has as many units as the call is told.
    let told = unsafe { QueryDosDeviceW(drive.as_ptr(), into, length) };
    let name = name.get(..told as usize)?;
    let name = name.split(|unit| *unit == 0).next()?;
    let name = String::from_utf16_lossy(name);
    // A drive that stands for a folder of another drive is not how the kernel names files.
    name.starts_with(r"\Device\").then_some(name)
}
