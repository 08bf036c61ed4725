//! The system's event log.
//!
//! Step: source, beside it. Texts are shown with the messages of a program that every Windows has,
//! whose messages are nothing but their text. A text that is too long is cut and says so.

use std::io;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::EventLog::{
    DeregisterEventSource, EVENTLOG_INFORMATION_TYPE, EVENTLOG_WARNING_TYPE, RegisterEventSourceW,
    ReportEventW,
};
use windows_sys::Win32::System::Registry::{
    HKEY, HKEY_LOCAL_MACHINE, KEY_SET_VALUE, REG_DWORD, REG_EXPAND_SZ, REG_OPTION_NON_VOLATILE,
    RegCloseKey, RegCreateKeyExW, RegDeleteKeyW, RegSetValueExW,
};

use crate::host::wide::wide;

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The daemon says something of itself.
    Message,
    /// Something was found.
    Finding,
}

/// The log, open for our source.
pub(super) struct EventLog(HANDLE);

// SAFETY: the system's handle may be used by any thread, and by several at once.
unsafe impl Send for EventLog {}

// SAFETY: as above.
unsafe impl Sync for EventLog {}

impl EventLog {
    pub(super) fn open() -> io::Result<Self> {
        let source = wide(SOURCE.as_ref());
        // SAFETY: the name ends with a zero; no server means this host.
        let handle = unsafe { RegisterEventSourceW(std::ptr::null(), source.as_ptr()) };
        if handle.is_null() {
            return Err(io::Error::last_os_error());
        }
        Ok(Self(handle))
    }

    /// Writes a text. Failing to stops nothing: findings are in the state and the stream, too.
    pub(super) fn write(&self, kind: Kind, text: &str) {
        let (level, id) = match kind {
            Kind::Message => (EVENTLOG_INFORMATION_TYPE, 1),
            Kind::Finding => (EVENTLOG_WARNING_TYPE, 100),
        };
        let mut text = wide(text.replace('\0', " ").as_ref());
        if text.len() > LONGEST {
            text.truncate(LONGEST - 3);
            text.extend("...".encode_utf16().chain([0]));
        }
        let texts = [text.as_ptr()];
        // SAFETY: the handle is open, and there is one text, which ends with a zero.
        let _ = unsafe {
            ReportEventW(
                self.0,
                level,
                0,
                id,
                std::ptr::null_mut(),
                1,
                0,
                texts.as_ptr(),
                std::ptr::null(),
            )
        };
    }
}

impl Drop for EventLog {
    fn drop(&mut self) {
        // SAFETY: this value alone has the handle, and gives it back once.
        let _ = unsafe { DeregisterEventSource(self.0) };
    }
}

/// Makes our source known, so that texts are shown as they are.
pub(super) fn register() -> io::Result<()> {
    let key = wide(KEY.as_ref());
    let mut open: HKEY = std::ptr::null_mut();
    // SAFETY: the name ends with a zero, and the pointer leads to a local of the right type.
    let error = unsafe {
        RegCreateKeyExW(
            HKEY_LOCAL_MACHINE,
            key.as_ptr(),
            0,
            std::ptr::null(),
            REG_OPTION_NON_VOLATILE,
            KEY_SET_VALUE,
            std::ptr::null(),
            &raw mut open,
            std::ptr::null_mut(),
        )
    };
    told(error)?;
    let messages: Vec<u8> = wide(MESSAGES.as_ref())
        .into_iter()
        .flat_map(u16::to_le_bytes)
        .collect();
    let set = |name: &str, kind: u32, bytes: &[u8]| {
        let name = wide(name.as_ref());
        let length = bytes.len() as u32;
        // SAFETY: the key is open, the name ends with a zero, and the value is as long as told.
        told(unsafe { RegSetValueExW(open, name.as_ptr(), 0, kind, bytes.as_ptr(), length) })
    };
    let outcome = set("EventMessageFile", REG_EXPAND_SZ, &messages)
        .and_then(|()| set("TypesSupported", REG_DWORD, &7_u32.to_le_bytes()));
    // SAFETY: the key was opened above and is closed once.
    let _ = unsafe { RegCloseKey(open) };
    outcome
}

/// Forgets our source; what is in the log stays.
pub(super) fn unregister() {
    let key = wide(KEY.as_ref());
    // SAFETY: the name ends with a zero.
    let _ = unsafe { RegDeleteKeyW(HKEY_LOCAL_MACHINE, key.as_ptr()) };
}

fn told(error: u32) -> io::Result<()> {
    match error {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error.cast_signed())),
    }
}

const SOURCE: &str = "Packhound";
const KEY: &str = r"SYSTEM\CurrentControlSet\Services\EventLog\Application\Packhound";

/// Its messages with the numbers from 1 to 1000 are the text that is given.
const MESSAGES: &str = r"%SystemRoot%\System32\EventCreate.exe";

/// Units of a text.
const LONGEST: usize = 31_000;
