//! Sessions: made, filled, asked, ended, and asked for what was there before.
//!
//! Step: source. Errors are the system's numbers.

use windows_sys::Win32::System::Diagnostics::Etw::{
    CONTROLTRACE_HANDLE, ControlTraceW, ENABLE_TRACE_PARAMETERS, ENABLE_TRACE_PARAMETERS_VERSION_2,
    EVENT_CONTROL_CODE_CAPTURE_STATE, EVENT_CONTROL_CODE_ENABLE_PROVIDER, EVENT_FILTER_DESCRIPTOR,
    EVENT_FILTER_TYPE_EVENT_ID, EVENT_TRACE_CONTROL, EVENT_TRACE_CONTROL_QUERY,
    EVENT_TRACE_CONTROL_STOP, EVENT_TRACE_FLAG_PROCESS, EVENT_TRACE_PROPERTIES,
    EVENT_TRACE_REAL_TIME_MODE, EVENT_TRACE_SYSTEM_LOGGER_MODE, EnableTraceEx2, StartTraceW,
    WNODE_FLAG_TRACED_GUID,
};
use windows_sys::core::GUID;

use crate::etw::Lost;
use crate::etw::plan::{ProviderPlan, SessionPlan};
use crate::host::wide::wide;

/// What a session has lost since it was started.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    events: u32,
    buffers: u32,
}

impl Told {
    /// What was lost since an earlier look; the system's counters wrap.
    pub(super) fn since(self, earlier: Self) -> Lost {
        Lost {
            events: u64::from(self.events.wrapping_sub(earlier.events)),
            buffers: u64::from(self.buffers.wrapping_sub(earlier.buffers)),
        }
    }
}

/// Makes a session on a host with so many processors; gives its handle.
pub(super) fn start(plan: &SessionPlan, processors: u32) -> Result<u64, i32> {
    let name = wide(plan.name.as_ref());
    let mut block = Block::new();
    let properties = &mut block.properties;
    properties.Wnode.Flags = WNODE_FLAG_TRACED_GUID;
    properties.Wnode.ClientContext = FINE_CLOCK;
    properties.BufferSize = plan.buffer_kib;
    (properties.MinimumBuffers, properties.MaximumBuffers) = plan.buffers(processors);
    properties.LogFileMode = EVENT_TRACE_REAL_TIME_MODE | USE_MILLISECONDS;
    properties.FlushTimer = u32::try_from(plan.flush.as_millis()).unwrap_or(u32::MAX);
    properties.LogFileNameOffset = 0;
    if plan.classic {
        properties.LogFileMode |= EVENT_TRACE_SYSTEM_LOGGER_MODE;
        properties.EnableFlags = EVENT_TRACE_FLAG_PROCESS;
    }
    let mut handle = CONTROLTRACE_HANDLE { Value: 0 };
    // SAFETY: the name ends with a zero, the block has the room that it says it has, and the handle
    // is a local of the right type.
    let error = unsafe { StartTraceW(&raw mut handle, name.as_ptr(), block.properties()) };
    told(error)?;
    Ok(handle.Value)
}

/// Has a provider send its events to a session; only those that are read, where the system can
/// tell them apart.
pub(super) fn enable(handle: u64, provider: &ProviderPlan, filtered: bool) -> Result<(), i32> {
    let guid = GUID::from_u128(provider.number());
    // Whether the numbers are those that are wanted, how many there are, and they themselves.
    let mut numbers = vec![1, provider.events.len() as u16];
    numbers.extend(provider.events);
    let mut filter = EVENT_FILTER_DESCRIPTOR {
        Ptr: numbers.as_ptr() as u64,
        Size: size_of_val(&numbers[..]) as u32,
        Type: EVENT_FILTER_TYPE_EVENT_ID,
    };
    let mut parameters = ENABLE_TRACE_PARAMETERS {
        Version: ENABLE_TRACE_PARAMETERS_VERSION_2,
        SourceId: guid,
        ..ENABLE_TRACE_PARAMETERS::default()
    };
    if filtered && !provider.events.is_empty() {
        parameters.EnableFilterDesc = &raw mut filter;
        parameters.FilterDescCount = 1;
    }
    // SAFETY: the GUID, the parameters and what they point to outlive the call.
    let error = unsafe {
        EnableTraceEx2(
            CONTROLTRACE_HANDLE { Value: handle },
            &raw const guid,
            EVENT_CONTROL_CODE_ENABLE_PROVIDER,
            provider.level,
            provider.keywords,
            0,
            0,
            &raw const parameters,
        )
    };
    told(error)
}

/// Asks what a session has lost.
pub(super) fn query(name: &str) -> Result<Told, i32> {
    let properties = control(name, EVENT_TRACE_CONTROL_QUERY)?;
    Ok(Told {
        events: properties.EventsLost,
        buffers: properties.RealTimeBuffersLost,
    })
}

/// Ends a session; what its buffers hold is delivered.
pub(super) fn stop(name: &str) -> Result<(), i32> {
    control(name, EVENT_TRACE_CONTROL_STOP).map(|_| ())
}

/// Has a provider tell what was there before.
pub(super) fn capture_state(name: &str, provider: &ProviderPlan) -> Result<(), i32> {
    let properties = control(name, EVENT_TRACE_CONTROL_QUERY)?;
    // SAFETY: of the two readings of these bytes this is the one that a query fills in.
    let handle = unsafe { properties.Wnode.Anonymous1.HistoricalContext };
    let guid = GUID::from_u128(provider.number());
    // SAFETY: the GUID outlives the call, and no parameters are given.
    let error = unsafe {
        EnableTraceEx2(
            CONTROLTRACE_HANDLE { Value: handle },
            &raw const guid,
            EVENT_CONTROL_CODE_CAPTURE_STATE,
            provider.level,
            provider.keywords,
            0,
            0,
            std::ptr::null(),
        )
    };
    told(error)
}

/// Does something with a session; gives what the system says of it.
fn control(name: &str, what: EVENT_TRACE_CONTROL) -> Result<EVENT_TRACE_PROPERTIES, i32> {
    let name = wide(name.as_ref());
    let mut block = Block::new();
    // SAFETY: the name ends with a zero, and the block has the room that it says it has.
    let error = unsafe {
        ControlTraceW(
            CONTROLTRACE_HANDLE { Value: 0 },
            name.as_ptr(),
            block.properties(),
            what,
        )
    };
    told(error)?;
    Ok(block.properties)
}

fn told(error: u32) -> Result<(), i32> {
    if error == 0 {
        Ok(())
    } else {
        Err(error.cast_signed())
    }
}

/// What the system fills in, with room for the names that follow.
#[repr(C)]
struct Block {
    properties: EVENT_TRACE_PROPERTIES,
    names: [u16; NAMES],
}

impl Block {
    fn new() -> Self {
        let mut block = Self {
            properties: EVENT_TRACE_PROPERTIES::default(),
            names: [0; NAMES],
        };
        let head = size_of::<EVENT_TRACE_PROPERTIES>() as u32;
        block.properties.Wnode.BufferSize = size_of::<Self>() as u32;
        block.properties.LoggerNameOffset = head;
        block.properties.LogFileNameOffset = head + NAMES as u32;
        block
    }

    /// As the system takes it, which may write to all of the block.
    fn properties(&mut self) -> *mut EVENT_TRACE_PROPERTIES {
        std::ptr::from_mut(self).cast()
    }
}

/// Times in the finest clock that there is.
const FINE_CLOCK: u32 = 1;

/// `EVENT_TRACE_USE_MS_FLUSH_TIMER`, of Windows 8 and later.
const USE_MILLISECONDS: u32 = 0x10;

/// Units of both names together, each of 1024 bytes.
const NAMES: usize = 1024;
