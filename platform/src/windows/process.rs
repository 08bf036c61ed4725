//! What the system says of a process: its program, command line, user, session, and when it began.
//!
//! Step: source. Invariant: a number that was given to another process meanwhile answers nothing.

use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle as _, OwnedHandle};

use windows_sys::Wdk::System::Threading::{
    NtQueryInformationProcess, ProcessCommandLineInformation,
};
use windows_sys::Win32::Foundation::{FILETIME, INVALID_HANDLE_VALUE, UNICODE_STRING};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, PROCESSENTRY32W, Process32FirstW, Process32NextW, TH32CS_SNAPPROCESS,
};
use windows_sys::Win32::System::RemoteDesktop::ProcessIdToSessionId;
use windows_sys::Win32::System::Threading::{
    GetProcessTimes, OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION, QueryFullProcessImageNameW,
};

use super::token::{self, Token};

/// A process that is looked at.
pub(super) struct Process(OwnedHandle);

/// A process in the system's list.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) pid: u32,
    pub(super) parent: u32,
    /// Its program's name without its place.
    pub(super) name: String,
}

impl Process {
    /// Opens the process, if this user may ask about it.
    pub(super) fn open(pid: u32) -> io::Result<Self> {
        // SAFETY: it takes numbers and gives a new handle or null.
        let process = unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, pid) };
        token::owned(process).map(Self)
    }

    /// When it was started, in nanoseconds since 1970.
    pub(super) fn start(&self) -> Option<u64> {
        let mut times = [FILETIME {
            dwLowDateTime: 0,
            dwHighDateTime: 0,
        }; 4];
        let [created, ended, kernel, user] = &mut times;
        // SAFETY: the process is open, and the pointers lead to locals of the right type.
        let told = unsafe {
            GetProcessTimes(
                self.0.as_raw_handle(),
                &raw mut *created,
                &raw mut *ended,
                &raw mut *kernel,
                &raw mut *user,
            )
        };
        let FILETIME {
            dwLowDateTime: low,
            dwHighDateTime: high,
        } = times[0];
        (told != 0).then(|| super::nanoseconds(u64::from(high) << 32 | u64::from(low)))
    }

    /// Its program, by drive.
    pub(super) fn image(&self) -> Option<String> {
        let mut name = vec![0_u16; LONGEST];
        let mut length = name.len() as u32;
        let (handle, into) = (self.0.as_raw_handle(), name.as_mut_ptr());
        // SAFETY: the buffer has as many units as the call is told, and both outlive it.
        let told = unsafe { QueryFullProcessImageNameW(handle, 0, into, &raw mut length) };
        let name = name.get(..length as usize)?;
        (told != 0 && !name.is_empty()).then(|| String::from_utf16_lossy(name))
    }

    /// Its command line, as the system keeps it.
    pub(super) fn line(&self) -> Option<Vec<u8>> {
        let mut buffer: Vec<u64> = vec![0; 512];
        for _ in 0..3 {
            let bytes = size_of_val(&buffer[..]) as u32;
            let mut needed = 0;
            let (handle, into) = (self.0.as_raw_handle(), buffer.as_mut_ptr().cast::<c_void>());
            let class = ProcessCommandLineInformation;
            // SAFETY: the process is open, and the buffer has as many bytes as the call is told.
            let status =
                unsafe { NtQueryInformationProcess(handle, class, into, bytes, &raw mut needed) };
            if status >= 0 {
                return text(&buffer);
            }
            if needed <= bytes || needed > LONGEST_LINE {
                return None;
            }
            buffer.resize(needed.div_ceil(8) as usize, 0);
        }
        None
    }

    /// Whom it runs as.
    pub(super) fn token(&self) -> Option<Token> {
        Token::of(self.0.as_raw_handle()).ok()
    }
}

/// The text behind a structure at the beginning of a buffer, if it lies within the buffer.
fn text(buffer: &[u64]) -> Option<Vec<u8>> {
    // SAFETY: the buffer is longer than the structure, aligned for it, and filled by the system.
    let told = unsafe { buffer.as_ptr().cast::<UNICODE_STRING>().read() };
    let within = (told.Buffer as usize).checked_sub(buffer.as_ptr() as usize)?;
    let units = usize::from(told.Length) / 2;
    if within % 2 != 0 || within + 2 * units > size_of_val(buffer) {
        return None;
    }
    // SAFETY: it was just held against the buffer's bounds.
    let units = unsafe { std::slice::from_raw_parts(told.Buffer, units) };
    let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let mut line = Vec::new();
    crate::encode::utf8(&bytes, &mut line);
    Some(line)
}

/// Processes that run.
pub(super) fn list() -> io::Result<Vec<Listed>> {
    // SAFETY: it takes numbers and gives a new handle or the invalid one.
    let snapshot = unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0) };
    if snapshot == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    let snapshot = token::owned(snapshot)?;
    // SAFETY: every member is a number, for which zero is a value.
    let mut entry: PROCESSENTRY32W = unsafe { std::mem::zeroed() };
    entry.dwSize = size_of::<PROCESSENTRY32W>() as u32;
    let mut listed = Vec::new();
    // SAFETY: the snapshot is open, and the entry says how long it is.
    let mut more = unsafe { Process32FirstW(snapshot.as_raw_handle(), &raw mut entry) };
    while more != 0 && listed.len() < MOST {
        let name = entry.szExeFile.split(|unit| *unit == 0).next();
        listed.push(Listed {
            pid: entry.th32ProcessID,
            parent: entry.th32ParentProcessID,
            name: String::from_utf16_lossy(name.unwrap_or_default()),
        });
        // SAFETY: as above.
        more = unsafe { Process32NextW(snapshot.as_raw_handle(), &raw mut entry) };
    }
    Ok(listed)
}

/// The session that a process belongs to.
pub(super) fn session(pid: u32) -> Option<u32> {
    let mut session = 0;
    // SAFETY: the pointer leads to a local of the right type.
    let told = unsafe { ProcessIdToSessionId(pid, &raw mut session) };
    (told != 0).then_some(session)
}

/// Units of a path.
const LONGEST: usize = 32_768;

/// Bytes of a command line with its structure; Windows itself allows 64 KiB.
const LONGEST_LINE: u32 = 80_000;

/// Processes that are listed at most.
const MOST: usize = 1 << 17;
