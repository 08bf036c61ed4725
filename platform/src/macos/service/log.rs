//! The system's log.
//!
//! Step: source, beside it. What `os_log` is in C is a macro that lays out its arguments in a
//! buffer; for a format with one text that layout is fixed, and built here. Texts are public: a log
//! that hides them would be of no use. Findings tell command lines of every user, so who may read
//! the log (administrators) reads those too, as with the journal on Linux.

use std::ffi::{CString, c_char, c_void};
use std::io::{self, Write};

use crate::service::entries::entries;

/// The log, with a category.
pub(super) struct Log(libc::os_log_t);

// SAFETY: the system's object may be used by any thread, and by several at once.
unsafe impl Send for Log {}

// SAFETY: as above.
unsafe impl Sync for Log {}

impl Log {
    /// The log for one kind of texts. The system keeps it for as long as the program runs.
    pub(super) fn new(category: &std::ffi::CStr) -> Self {
        // SAFETY: both names end with a zero; the object that is given is never freed.
        Self(unsafe { libc::os_log_create(SUBSYSTEM.as_ptr(), category.as_ptr()) })
    }

    /// Writes a text, an entry for each line. There is nobody to tell that it failed.
    pub(super) fn write(&self, text: &str) {
        for entry in entries(text, LONGEST) {
            if let Ok(entry) = CString::new(entry.replace('\0', " ")) {
                self.entry(&entry);
            }
        }
    }

    fn entry(&self, text: &std::ffi::CStr) {
        // One argument that is no number; then its kind (a text, public), its size, and where it is.
        let mut buffer = [0_u8; 12];
        buffer[..4].copy_from_slice(&[0x02, 1, 0x22, 8]);
        buffer[4..].copy_from_slice(&(text.as_ptr() as usize as u64).to_ne_bytes());
        let program = (&raw const __dso_handle).cast::<c_void>();
        let format = FORMAT.0.as_ptr().cast::<c_char>();
        let (into, size) = (buffer.as_mut_ptr(), buffer.len() as u32);
        // SAFETY: the log is one; the format ends with a zero, lies where formats must, and asks for
        // the one text that the buffer leads to, which outlives the call.
        unsafe { _os_log_impl(program, self.0, DEFAULT, format, into, size) };
    }
}

/// Each text that is written is one finding.
pub(super) struct Findings(pub(super) &'static Log);

impl Write for Findings {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Formats must lie in a section of their own, where the log's readers find them.
#[repr(C)]
struct Format([u8; 11]);

#[unsafe(link_section = "__TEXT,__oslogstring,cstring_literals")]
#[used]
static FORMAT: Format = Format(*b"%{public}s\0");

unsafe extern "C" {
    /// Names the program that a format is of.
    static __dso_handle: u8;

    fn _os_log_impl(
        program: *const c_void,
        log: libc::os_log_t,
        level: u8,
        format: *const c_char,
        buffer: *mut u8,
        size: u32,
    );
}

/// `OS_LOG_TYPE_DEFAULT`, which is kept on the disk.
const DEFAULT: u8 = 0;

const SUBSYSTEM: &std::ffi::CStr = c"com.packhound.agent";

/// Bytes of an entry: the system cuts at 1024.
const LONGEST: usize = 960;
