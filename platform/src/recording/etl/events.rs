//! An event in a buffer, by the kind of its header.
//!
//! Step: source. Every header begins with a size and a type; those of the kernel's own events have
//! the size after the type. Kinds that carry nothing of interest are passed over by their size.

use crate::encode::etw::{NT_FILE, NT_IMAGE, NT_PROCESS};

/// An event as it was traced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Traced<'b> {
    pub(super) provider: [u8; 16],
    pub(super) id: u16,
    pub(super) version: u8,
    /// In the trace's own clock.
    pub(super) ticks: u64,
    pub(super) pid: u32,
    pub(super) tid: u32,
    pub(super) pointer: usize,
    pub(super) payload: &'b [u8],
}

/// The event that `bytes` begin with, and what follows it; none where there is none.
pub(super) fn traced(bytes: &[u8]) -> Option<(Traced<'_>, &[u8])> {
    let [_, _, kind, flags, ..] = *bytes else {
        return None;
    };
    if flags & MARKED == 0 {
        return None;
    }
    let is_system = matches!(kind, 1..=4 | 16 | 17);
    let size = usize::from(u16_at(bytes, if is_system { 4 } else { 0 })?);
    let event = bytes.get(..size)?;
    let after = bytes.get(size.next_multiple_of(8)..).unwrap_or_default();
    let traced = match kind {
        1..=4 | 16 | 17 => system(event, kind)?,
        10 | 20 => classic(event, kind == 20)?,
        18 | 19 => modern(event, kind == 19)?,
        // Others are at least as long as their size, so that reading goes on.
        _ if size >= 4 => Traced {
            provider: [0; 16],
            id: 0,
            version: 0,
            ticks: 0,
            pid: u32::MAX,
            tid: u32::MAX,
            pointer: 8,
            payload: &[],
        },
        _ => return None,
    };
    Some((traced, after))
}

/// The kernel's own events: type and group, and mostly thread and process.
fn system(event: &[u8], kind: u8) -> Option<Traced<'_>> {
    let (length, named) = match kind {
        1 | 2 => (32, true),
        3 | 4 => (24, true),
        _ => (16, false),
    };
    let (id, group) = (*event.get(6)?, *event.get(7)?);
    let provider = match (group, id) {
        // Loads of images were once events of processes.
        (3, 10) | (20, _) => NT_IMAGE,
        (3, _) => NT_PROCESS,
        (4, _) => NT_FILE,
        (0, 0) => TRACE,
        _ => [0; 16],
    };
    Some(Traced {
        provider,
        id: u16::from(id),
        version: u16_at(event, 0)? as u8,
        ticks: u64_at(event, if named { 16 } else { 8 })?,
        pid: if named { u32_at(event, 12)? } else { u32::MAX },
        tid: if named { u32_at(event, 8)? } else { u32::MAX },
        pointer: if kind.is_multiple_of(2) == (kind < 16) {
            8
        } else {
            4
        },
        payload: event.get(length..)?,
    })
}

/// Events with a class's GUID.
fn classic(event: &[u8], wide: bool) -> Option<Traced<'_>> {
    Some(Traced {
        provider: *event.get(24..)?.first_chunk()?,
        id: u16::from(*event.get(4)?),
        version: u16_at(event, 6)? as u8,
        ticks: u64_at(event, 16)?,
        pid: u32_at(event, 12)?,
        tid: u32_at(event, 8)?,
        pointer: if wide { 8 } else { 4 },
        payload: event.get(48..)?,
    })
}

/// Events of a manifest, perhaps with items before their payload.
fn modern(event: &[u8], wide: bool) -> Option<Traced<'_>> {
    let mut payload = event.get(80..)?;
    if u16_at(event, 4)? & EXTENDED != 0 {
        loop {
            let length = usize::from(u16_at(payload, 0)?);
            let more = u16_at(payload, 4)? & 1 != 0;
            payload = payload.get(length.next_multiple_of(8).max(8)..)?;
            if !more {
                break;
            }
        }
    }
    Some(Traced {
        provider: *event.get(24..)?.first_chunk()?,
        id: u16_at(event, 40)?,
        version: *event.get(42)?,
        ticks: u64_at(event, 16)?,
        pid: u32_at(event, 12)?,
        tid: u32_at(event, 8)?,
        pointer: if wide { 8 } else { 4 },
        payload,
    })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Stands for the trace's own events.
pub(super) const TRACE: [u8; 16] = *b"the trace itself";

/// A header begins here.
const MARKED: u8 = 0x80;

/// Items stand between header and payload.
const EXTENDED: u16 = 1;
