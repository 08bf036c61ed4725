//! Microsoft-Windows-Kernel-Process: 1 start, 2 stop, 5 image load, 15 rundown.
//!
//! Step: source. The manifest's fields by version: a start has process, creation time, parent and
//! session, from version 1 flags, and from version 3 sequence numbers, elevation and integrity
//! between them; then the image. There is no command line in these events: a live session has it
//! from the classic event of the same start.

use ring_abi::{Exit, Flags, Kind, Known, ProcessStart, Tag, write_process};

use super::Event;
use super::kernel_file::Files;
use super::payload::Payload;
use crate::encode::processes::Processes;
use crate::encode::records::{Records, Who};
use crate::encode::{Came, arguments, files, moment};

/// Encodes an event; none where its payload does not fit its layout.
pub(super) fn encode(
    event: &Event<'_>,
    processes: &mut Processes,
    opened: &mut Files,
    records: &mut Records,
) -> Option<Came> {
    let mut payload = Payload::new(event.payload, event.pointer);
    match event.id {
        1 => started(
            event,
            &mut payload,
            event.version,
            Flags(0),
            processes,
            records,
        ),
        // A rundown's layouts are those of the starts two versions later.
        15 => {
            let version = event.version.saturating_add(2);
            started(
                event,
                &mut payload,
                version,
                Flags::RUNDOWN,
                processes,
                records,
            )
        }
        2 => stopped(event, &mut payload, processes, opened, records),
        5 => {
            payload.skip_pointers(2)?;
            let pid = payload.u32()?;
            payload.skip(8)?;
            payload.skip_pointers(1)?;
            let path = payload.wide();
            let who = event.by(pid, processes);
            files::loaded(records, who, Flags(0), &path, None);
            Some(Came::Told)
        }
        _ => Some(Came::PassedOver),
    }
}

fn started(
    event: &Event<'_>,
    payload: &mut Payload<'_>,
    version: u8,
    flags: Flags,
    processes: &mut Processes,
    records: &mut Records,
) -> Option<Came> {
    let pid = payload.u32()?;
    if version >= 3 {
        payload.skip(8)?;
    }
    let start = moment::of_file_time(payload.u64()?);
    let parent_pid = payload.u32()?;
    if version >= 3 {
        payload.skip(8)?;
    }
    let session = payload.u32()?;
    if version >= 1 {
        payload.skip(4)?;
    }
    let mut label = None;
    if version >= 3 {
        payload.skip(8)?;
        label = Some(payload.sid()?.to_string());
    }
    let image = payload.wide();
    let noted = processes.take_noted(pid, event.time);
    let mut words = Vec::new();
    if let Some(noted) = &noted {
        arguments::split(&noted.line, &mut words);
    }
    let user = noted.as_ref().and_then(|noted| noted.user.as_deref());
    let body = ProcessStart {
        parent_pid,
        parent_start: processes.start_of(parent_pid),
        session,
        terminal: session,
        known: Known::PARENT.with(Known::SESSION).0,
        arguments_length: words.len() as u32,
        ..ProcessStart::default()
    };
    processes.started(pid, start);
    let who = Who {
        time: event.time,
        pid,
        tid: 0,
        start,
    };
    // The event is the creator's own; a rundown's is nobody's.
    let creator = (!flags.has(Flags::RUNDOWN) && !matches!(event.pid, 0 | u32::MAX))
        .then_some(event.pid)
        .filter(|creator| *creator != parent_pid)
        .map(|creator| write_process(creator, processes.start_of(creator)));
    let fields = [
        (Tag::CREATOR, creator.as_ref().map(|creator| &creator[..])),
        (Tag::PATH, Some(&*image)),
        (Tag::ARGUMENTS, (!words.is_empty()).then_some(&*words)),
        (Tag::USER, user.map(str::as_bytes)),
        (Tag::INTEGRITY, label.as_deref().map(str::as_bytes)),
    ];
    records.put(Kind::PROCESS_START, who, flags, &body.write(), &fields);
    Some(Came::Told)
}

fn stopped(
    event: &Event<'_>,
    payload: &mut Payload<'_>,
    processes: &mut Processes,
    opened: &mut Files,
    records: &mut Records,
) -> Option<Came> {
    let pid = payload.u32()?;
    if event.version >= 2 {
        payload.skip(8)?;
    }
    let start = moment::of_file_time(payload.u64()?);
    payload.skip(8)?;
    let mut body = Exit {
        status: payload.u32()?,
        known: Known::STATUS.0,
        ..Exit::default()
    };
    if event.version >= 1 {
        // Elevation, handles, memory twice, cycles, numbers of reads and writes.
        payload.skip(4 + 4 + 8 + 8 + 8 + 4 + 4)?;
        body.bytes_read = u64::from(payload.u32()?) * 1024;
        body.bytes_written = u64::from(payload.u32()?) * 1024;
        body.known |= Known::BYTES_READ.with(Known::BYTES_WRITTEN).0;
    }
    let who = Who {
        time: event.time,
        pid,
        tid: 0,
        start,
    };
    processes.ended(pid);
    opened.ended(pid, start);
    records.put(Kind::EXIT, who, Flags(0), &body.write(), &[]);
    Some(Came::Told)
}
