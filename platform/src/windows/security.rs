//! Security descriptors: who may open an object, and whose it is.
//!
//! Step: source, for the stream to the collector and for the daemon's own files.

use std::ffi::{OsStr, c_void};
use std::io;
use std::os::windows::io::{AsRawHandle as _, BorrowedHandle};
use std::path::Path;

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, GetNamedSecurityInfoW, GetSecurityInfo,
    SDDL_REVISION_1, SE_FILE_OBJECT, SE_KERNEL_OBJECT,
};
use windows_sys::Win32::Security::{
    OWNER_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID, SECURITY_ATTRIBUTES,
};

use super::token;
use super::wide::wide;
use crate::sid::Sid;

/// A security descriptor that the system allocated.
#[derive(Debug)]
pub(super) struct Descriptor(PSECURITY_DESCRIPTOR);

// SAFETY: nothing changes a descriptor after it was made, and memory of the process heap may be
// read and freed by any thread.
unsafe impl Send for Descriptor {}

impl Descriptor {
    /// From its description in the system's own notation (SDDL).
    pub(super) fn parse(text: &str) -> io::Result<Self> {
        let text = wide(OsStr::new(text));
        let mut descriptor: PSECURITY_DESCRIPTOR = std::ptr::null_mut();
        // SAFETY: the text ends with a zero, and the pointer leads to a local of the right type.
        let made = unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &raw mut descriptor,
                std::ptr::null_mut(),
            )
        };
        if made == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self(descriptor))
    }

    /// As the calls that make objects take it; valid as long as this descriptor is.
    pub(super) fn attributes(&self) -> SECURITY_ATTRIBUTES {
        SECURITY_ATTRIBUTES {
            nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
            lpSecurityDescriptor: self.0,
            bInheritHandle: 0,
        }
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: the system allocated it for this value, which alone frees it, once.
        unsafe { LocalFree(self.0) };
    }
}

/// Whose an open object is; none where the system does not say.
pub(super) fn owner(object: BorrowedHandle<'_>) -> io::Result<Option<Sid>> {
    told_owner(|owner, descriptor| {
        // SAFETY: the handle is open, and the pointers lead to variables of the right types or are
        // null.
        unsafe {
            GetSecurityInfo(
                object.as_raw_handle().cast::<c_void>(),
                SE_KERNEL_OBJECT,
                OWNER_SECURITY_INFORMATION,
                owner,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                descriptor,
            )
        }
    })
}

/// Whose a file or directory is; none where the file system does not say.
pub(super) fn owner_of_path(path: &Path) -> io::Result<Option<Sid>> {
    let name = wide(path.as_os_str());
    told_owner(|owner, descriptor| {
        // SAFETY: the name ends with a zero, and the pointers lead to variables of the right types
        // or are null.
        unsafe {
            GetNamedSecurityInfoW(
                name.as_ptr(),
                SE_FILE_OBJECT,
                OWNER_SECURITY_INFORMATION,
                owner,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                descriptor,
            )
        }
    })
}

/// Asks for an owner; the call fills both places or gives an error.
fn told_owner(
    ask: impl FnOnce(*mut PSID, *mut PSECURITY_DESCRIPTOR) -> u32,
) -> io::Result<Option<Sid>> {
    let mut owner: PSID = std::ptr::null_mut();
    let mut descriptor: PSECURITY_DESCRIPTOR = std::ptr::null_mut();
    let error = ask(&raw mut owner, &raw mut descriptor);
    if error != 0 {
        return Err(io::Error::from_raw_os_error(error as i32));
    }
    let _freed_at_the_end = Descriptor(descriptor);
    Ok(token::copy(owner))
}
