//! Payloads of Microsoft-Windows-Kernel-File, by version.
//!
//! Step: source. Total: a payload that is too short is none.

use super::Event;
use super::payload::Payload;

/// What a file event carries, whatever its version.
#[derive(Debug, Default)]
pub(super) struct About {
    pub(super) object: u64,
    pub(super) key: u64,
    pub(super) bytes: u32,
    pub(super) options: u32,
    /// How it was moved, as flags of the request to the driver.
    pub(super) flags: u32,
    /// The event is told of files alone that were not there.
    pub(super) created: bool,
    pub(super) path: Vec<u8>,
}

/// `Create` and `CreateNewFile`.
pub(super) fn opened(event: &Event<'_>) -> Option<About> {
    let mut payload = Payload::new(event.payload, event.pointer);
    let mut about = About {
        created: event.id == 30,
        ..About::default()
    };
    payload.skip_pointers(1)?;
    if event.version == 0 {
        payload.skip_pointers(1)?;
        about.object = payload.pointer()?;
    } else {
        about.object = payload.pointer()?;
        payload.skip(4)?;
    }
    about.options = payload.u32()?;
    payload.skip(8)?;
    about.path = payload.wide();
    Some(about)
}

/// Cleanup and Close.
pub(super) fn closed(event: &Event<'_>) -> Option<About> {
    let mut payload = Payload::new(event.payload, event.pointer);
    payload.skip_pointers(if event.version == 0 { 2 } else { 1 })?;
    Some(About {
        object: payload.pointer()?,
        key: payload.pointer()?,
        ..About::default()
    })
}

/// Read and Write.
pub(super) fn moved(event: &Event<'_>) -> Option<About> {
    let mut payload = Payload::new(event.payload, event.pointer);
    payload.skip(8)?;
    payload.skip_pointers(if event.version == 0 { 2 } else { 1 })?;
    let (object, key) = (payload.pointer()?, payload.pointer()?);
    if event.version > 0 {
        payload.skip(4)?;
    }
    Some(About {
        object,
        key,
        bytes: payload.u32()?,
        flags: payload.u32().unwrap_or(0),
        ..About::default()
    })
}

/// `DeletePath`, `RenamePath` and `SetLinkPath`.
pub(super) fn set(event: &Event<'_>) -> Option<About> {
    let mut payload = Payload::new(event.payload, event.pointer);
    payload.skip_pointers(if event.version == 0 { 2 } else { 1 })?;
    let (object, key) = (payload.pointer()?, payload.pointer()?);
    payload.skip_pointers(1)?;
    if event.version > 0 {
        payload.skip(4)?;
    }
    payload.skip(4)?;
    Some(About {
        object,
        key,
        path: payload.wide(),
        ..About::default()
    })
}
