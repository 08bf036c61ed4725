//! Whom a process runs as.
//!
//! Step: source, for the stream to the collector. A process's token names its user and the groups
//! that count for it; a group that is only there to deny does not count.

use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};

use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Security::{
    GetLengthSid, GetTokenInformation, PSID, SID_AND_ATTRIBUTES, TOKEN_GROUPS,
    TOKEN_MANDATORY_LABEL, TOKEN_QUERY, TOKEN_USER, TokenGroups, TokenIntegrityLevel, TokenUser,
};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, OpenProcess, OpenProcessToken, PROCESS_QUERY_LIMITED_INFORMATION,
};

use crate::sid::Sid;

/// A process's user and groups.
#[derive(Debug)]
pub(super) struct Token {
    /// Its user.
    pub(super) user: Sid,
    /// Its enabled groups.
    pub(super) groups: Vec<Sid>,
    /// The label of its integrity, where the system tells one.
    pub(super) label: Option<Sid>,
}

impl Token {
    /// This process's.
    pub(super) fn own() -> io::Result<Self> {
        // SAFETY: it gives a constant that stands for this process and needs no closing.
        let process = unsafe { GetCurrentProcess() };
        Self::of(process)
    }

    /// Another process's, if this one may ask.
    pub(super) fn of_process(pid: u32) -> io::Result<Self> {
        // SAFETY: it takes numbers and gives a new handle or null.
        let process = unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, pid) };
        let process = owned(process)?;
        Self::of(process.as_raw_handle())
    }

    /// That of a process that is open.
    pub(super) fn of(process: HANDLE) -> io::Result<Self> {
        let mut token: HANDLE = INVALID_HANDLE_VALUE;
        // SAFETY: the process handle is open, and the pointer leads to a local of the right type.
        let opened = unsafe { OpenProcessToken(process, TOKEN_QUERY, &raw mut token) };
        if opened == 0 {
            return Err(io::Error::last_os_error());
        }
        let token = owned(token)?;
        let user = information(&token, TokenUser)?;
        let groups = information(&token, TokenGroups)?;
        let label = information(&token, TokenIntegrityLevel);
        Ok(Self {
            user: user_of(&user).ok_or(io::ErrorKind::InvalidData)?,
            groups: groups_of(&groups),
            label: label.ok().and_then(|label| label_of(&label)),
        })
    }
}

/// Takes over a handle that a call has just made.
pub(super) fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() || handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the caller has just got this open handle from the system and keeps no other copy.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// What a token tells, in memory that is aligned for any structure of it.
fn information(token: &OwnedHandle, class: i32) -> io::Result<Vec<u64>> {
    let mut needed = 0;
    let mut buffer: Vec<u64> = Vec::new();
    // Once to learn the size; once more should it have grown in between.
    for _ in 0..3 {
        let bytes = u32::try_from(buffer.len() * 8).unwrap_or(u32::MAX);
        let into = buffer.as_mut_ptr().cast::<c_void>();
        let handle = token.as_raw_handle();
        // SAFETY: the token is open, and the buffer has as many bytes as the call is told.
        let told = unsafe { GetTokenInformation(handle, class, into, bytes, &raw mut needed) };
        if told != 0 {
            return Ok(buffer);
        }
        if needed <= bytes {
            break;
        }
        buffer.resize(needed.div_ceil(8) as usize, 0);
    }
    Err(io::Error::last_os_error())
}

fn user_of(buffer: &[u64]) -> Option<Sid> {
    if size_of_val(buffer) < size_of::<TOKEN_USER>() {
        return None;
    }
    // SAFETY: the system filled the buffer with this structure, it is long enough and aligned.
    let user = unsafe { buffer.as_ptr().cast::<TOKEN_USER>().read() };
    copy(user.User.Sid)
}

fn label_of(buffer: &[u64]) -> Option<Sid> {
    if size_of_val(buffer) < size_of::<TOKEN_MANDATORY_LABEL>() {
        return None;
    }
    // SAFETY: the system filled the buffer with this structure, it is long enough and aligned.
    let label = unsafe { buffer.as_ptr().cast::<TOKEN_MANDATORY_LABEL>().read() };
    copy(label.Label.Sid)
}

fn groups_of(buffer: &[u64]) -> Vec<Sid> {
    if size_of_val(buffer) < size_of::<TOKEN_GROUPS>() {
        return Vec::new();
    }
    let list = buffer.as_ptr().cast::<TOKEN_GROUPS>();
    // SAFETY: the system filled the buffer with this structure, it is long enough and aligned.
    let count = unsafe { (*list).GroupCount } as usize;
    // SAFETY: only an address within the buffer is computed.
    let first = unsafe { &raw const (*list).Groups }.cast::<SID_AND_ATTRIBUTES>();
    let room = size_of_val(buffer) - std::mem::offset_of!(TOKEN_GROUPS, Groups);
    let count = count.min(room / size_of::<SID_AND_ATTRIBUTES>());
    let groups = (0..count).map(|index| {
        // SAFETY: the index is below the number of entries that fit the buffer.
        let entry = unsafe { first.add(index) };
        // SAFETY: the system filled this entry.
        unsafe { entry.read() }
    });
    groups
        .filter(|group| group.Attributes & ENABLED != 0 && group.Attributes & DENY_ONLY == 0)
        .filter_map(|group| copy(group.Sid))
        .collect()
}

/// Copies an identifier that the system points to.
pub(super) fn copy(sid: PSID) -> Option<Sid> {
    if sid.is_null() {
        return None;
    }
    // SAFETY: the pointer came from the system with the structure around it, and is valid for it.
    let length = unsafe { GetLengthSid(sid) } as usize;
    // SAFETY: an identifier has as many bytes as the system has just said.
    let bytes = unsafe { std::slice::from_raw_parts(sid.cast::<u8>(), length) };
    Sid::read(bytes).map(|(sid, _)| sid)
}

/// The group counts.
const ENABLED: u32 = 4;

/// The group counts only where it denies.
const DENY_ONLY: u32 = 16;
