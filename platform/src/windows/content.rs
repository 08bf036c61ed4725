//! Files that were closed, and programs: opened without getting in anybody's way, and read in few
//! short pieces.
//!
//! Step: source, on the thread that takes looks. Everything may be read, written, renamed or removed
//! by others meanwhile. Links are not followed.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt as _, OpenOptionsExt as _};
use std::os::windows::io::AsRawHandle as _;

use windows_sys::Win32::Foundation::FILETIME;
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_OFFLINE,
    FILE_ATTRIBUTE_REPARSE_POINT, FILE_FLAG_OPEN_NO_RECALL, FILE_FLAG_OPEN_REPARSE_POINT,
    FILE_NAME_NORMALIZED, FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE,
    GetFileInformationByHandle, GetFinalPathNameByHandleW, GetLongPathNameW, VOLUME_NAME_DOS,
    VOLUME_NAME_NT,
};

use super::wide::wide;
use crate::etw::sampling;
use crate::looks::Sample;
use crate::looks::sampling::{self as samples, Pieces};

/// An open file and what names its content.
pub(super) struct Opened {
    file: File,
    /// Its volume and its number there.
    pub(super) identity: (u64, u64),
    pub(super) size: u64,
    /// When it was last written, in nanoseconds since 1970.
    pub(super) written: u64,
}

/// Opens a file by its name.
pub(super) fn open(path: &str) -> io::Result<Opened> {
    let name = sampling::opened_as(path).ok_or(io::ErrorKind::InvalidInput)?;
    let file = OpenOptions::new()
        .read(true)
        .share_mode(FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_OPEN_NO_RECALL)
        .open(&name)?;
    let told = information(&file)?;
    let barred = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_OFFLINE;
    if told.dwFileAttributes & barred != 0 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let whole = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
    let FILETIME {
        dwLowDateTime: low,
        dwHighDateTime: high,
    } = told.ftLastWriteTime;
    Ok(Opened {
        identity: (
            u64::from(told.dwVolumeSerialNumber),
            whole(told.nFileIndexHigh, told.nFileIndexLow),
        ),
        size: whole(told.nFileSizeHigh, told.nFileSizeLow),
        written: super::nanoseconds(whole(high, low)),
        file,
    })
}

/// Samples of a file that was closed at a time; none where it is another one by now.
pub(super) fn sample(path: &str, closed: u64) -> Option<Sample> {
    let mut opened = open(path).ok()?;
    let by_drive = !path.starts_with('\\');
    let found = place(&opened.file, by_drive)?;
    let is_same = sampling::is_same_place(path, &found)
        || sampling::is_shortened(path)
            && lengthened(path).is_some_and(|long| sampling::is_same_place(&long, &found));
    if !is_same {
        return None;
    }
    let about = samples::Opened {
        identity: opened.identity,
        size: opened.size,
        written: opened.written,
    };
    samples::sample(&about, &mut opened, None, closed)
}

/// The name with each part as its directory lists it, instead of the short one (`PROGRA~1`).
fn lengthened(path: &str) -> Option<String> {
    let opened = wide(OsStr::new(&sampling::opened_as(path)?));
    let mut name = vec![0_u16; 32_768];
    let (length, into) = (name.len() as u32, name.as_mut_ptr());
    // SAFETY: the name ends with a zero, and the buffer has as many units as the call is told.
    let told = unsafe { GetLongPathNameW(opened.as_ptr(), into, length) };
    let name = name.get(..told as usize).filter(|name| !name.is_empty())?;
    Some(String::from_utf16_lossy(name))
}

impl Pieces for Opened {
    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> usize {
        samples::fill(into, |at, rest| self.file.seek_read(rest, offset + at))
    }
}

fn information(file: &File) -> io::Result<BY_HANDLE_FILE_INFORMATION> {
    // SAFETY: every member is a number, for which zero is a value.
    let mut told: BY_HANDLE_FILE_INFORMATION = unsafe { std::mem::zeroed() };
    // SAFETY: the file is open, and the pointer leads to a local of the right type.
    let known = unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut told) };
    if known == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(told)
}

/// The system's own name of an open file.
fn place(file: &File, by_drive: bool) -> Option<String> {
    let flags = FILE_NAME_NORMALIZED
        | if by_drive {
            VOLUME_NAME_DOS
        } else {
            VOLUME_NAME_NT
        };
    let mut name = vec![0_u16; 32_768];
    let (length, into) = (name.len() as u32, name.as_mut_ptr());
    // SAFETY: the file is open, and the buffer has as many units as the call is told.
    let told = unsafe { GetFinalPathNameByHandleW(file.as_raw_handle(), into, length, flags) };
    let name = name.get(..told as usize).filter(|name| !name.is_empty())?;
    Some(String::from_utf16_lossy(name))
}
