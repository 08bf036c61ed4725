//! Listens to a session.
//!
//! Step: source. The system calls back on the thread that listens, for each event. Invariants: the
//! callback copies and leaves; what fails in it is caught and counted, and never reaches the system;
//! what it points to lives until the system has said that it calls no more.

use std::ffi::c_void;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use windows_sys::Win32::System::Diagnostics::Etw::{
    CloseTrace, EVENT_HEADER_FLAG_32_BIT_HEADER, EVENT_HEADER_FLAG_CLASSIC_HEADER, EVENT_RECORD,
    EVENT_TRACE_LOGFILEW, EVENT_TRACE_LOGFILEW_0, EVENT_TRACE_LOGFILEW_1, OpenTraceW,
    PROCESS_TRACE_MODE_EVENT_RECORD, PROCESS_TRACE_MODE_REAL_TIME, PROCESSTRACE_HANDLE,
    ProcessTrace,
};
use windows_sys::core::GUID;

use crate::etw::{Intake, Raw};
use crate::host::wide::wide;

/// A session that is listened to.
pub(super) struct Listener {
    handle: u64,
    place: Box<Place>,
}

/// What the callback finds behind its pointer.
struct Place {
    intake: Arc<Intake>,
    lane: usize,
}

impl Listener {
    /// Opens a session that runs; the error is the system's number.
    pub(super) fn open(name: &str, lane: usize, intake: Arc<Intake>) -> Result<Self, i32> {
        let place = Box::new(Place { intake, lane });
        let mut name = wide(name.as_ref());
        let mut log = EVENT_TRACE_LOGFILEW {
            LoggerName: name.as_mut_ptr(),
            Anonymous1: EVENT_TRACE_LOGFILEW_0 {
                ProcessTraceMode: PROCESS_TRACE_MODE_REAL_TIME | PROCESS_TRACE_MODE_EVENT_RECORD,
            },
            Anonymous2: EVENT_TRACE_LOGFILEW_1 {
                EventRecordCallback: Some(received),
            },
            Context: (&raw const *place).cast_mut().cast::<c_void>(),
            ..EVENT_TRACE_LOGFILEW::default()
        };
        // SAFETY: the name ends with a zero and outlives the call; what the context points to lives
        // in this value until the handle is closed.
        let handle = unsafe { OpenTraceW(&raw mut log) };
        if handle.Value == u64::MAX || handle.Value == u64::from(u32::MAX) {
            return Err(io::Error::last_os_error().raw_os_error().unwrap_or(6));
        }
        Ok(Self {
            handle: handle.Value,
            place,
        })
    }

    /// Hands events over until the session ends.
    pub(super) fn listen(self) {
        let handle = PROCESSTRACE_HANDLE { Value: self.handle };
        let none = std::ptr::null();
        // SAFETY: the handle is open, and one is there.
        let error = unsafe { ProcessTrace(&raw const handle, 1, none, none) };
        let Place { intake, lane } = &*self.place;
        intake.ended(*lane, error.cast_signed());
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let handle = PROCESSTRACE_HANDLE { Value: self.handle };
        // SAFETY: the handle is open, and is closed once. Nobody listens any more, so that the
        // system calls back no more and what the context points to may go.
        let _ = unsafe { CloseTrace(handle) };
    }
}

/// What the system calls for each event.
unsafe extern "system" fn received(event: *mut EVENT_RECORD) {
    // A panic must not reach the system, which would end the program.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the system gives a valid event or none, for as long as this runs.
        let Some(event) = (unsafe { event.as_ref() }) else {
            return;
        };
        // SAFETY: it points to what the listener holds for as long as the system calls back.
        let Some(place) = (unsafe { event.UserContext.cast::<Place>().as_ref() }) else {
            return;
        };
        let handed = catch_unwind(AssertUnwindSafe(|| hand_over(event, place)));
        if handed.is_err() {
            place.intake.failed(place.lane);
        }
    }));
    drop(outcome);
}

/// Puts an event into its lane. Its layout is known by provider, number and version, so that the
/// system need not be asked for it, which would be slow.
fn hand_over(event: &EVENT_RECORD, place: &Place) {
    let header = &event.EventHeader;
    let flags = u32::from(header.Flags);
    let is_classic = flags & EVENT_HEADER_FLAG_CLASSIC_HEADER != 0;
    let descriptor = &header.EventDescriptor;
    let payload = if event.UserData.is_null() {
        &[][..]
    } else {
        let length = usize::from(event.UserDataLength);
        // SAFETY: the system says that so many bytes are there, for as long as it calls back.
        unsafe { std::slice::from_raw_parts(event.UserData.cast::<u8>(), length) }
    };
    let is_narrow = flags & EVENT_HEADER_FLAG_32_BIT_HEADER != 0;
    place.intake.put(
        place.lane,
        &Raw {
            provider: bytes(&header.ProviderId),
            id: if is_classic {
                u16::from(descriptor.Opcode)
            } else {
                descriptor.Id
            },
            version: descriptor.Version,
            pointer: if is_narrow { 4 } else { 8 },
            time: header.TimeStamp.cast_unsigned(),
            pid: header.ProcessId,
            tid: header.ThreadId,
            payload,
        },
    );
}

/// A GUID in its binary layout.
fn bytes(guid: &GUID) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&guid.data1.to_le_bytes());
    bytes[4..6].copy_from_slice(&guid.data2.to_le_bytes());
    bytes[6..8].copy_from_slice(&guid.data3.to_le_bytes());
    bytes[8..].copy_from_slice(&guid.data4);
    bytes
}
