//! The kernel's classic events: Process, Image and `FileIo`, versions 0 to 4, 32- and 64-bit.
//!
//! Step: source. Their classes are described in MOF. 1 start, 2 end, 3 running when the session
//! began, 4 running when it ended; images alike, with 10 for a load; files by name, and as the
//! newer provider has them.

use ring_abi::{Exit, Flags, Kind, Known, ProcessStart, Tag};

use super::Event;
use super::file_payload::About;
use super::kernel_file::Files;
use super::payload::Payload;
use crate::encode::processes::{Noted, Processes};
use crate::encode::records::{Records, Who};
use crate::encode::{Came, arguments, files};

/// Reads a payload with pointers as its event's header says. A program may trace what another
/// system's kernel told it, with that one's pointers: where the first way makes no sense, the other
/// is tried.
fn either<T>(event: &Event<'_>, read: impl Fn(Payload<'_>) -> Option<T>) -> Option<T> {
    let payload = |pointer| Payload::new(event.payload, pointer);
    read(payload(event.pointer)).or_else(|| read(payload(12 - event.pointer)))
}

/// What a process's event says.
struct Told {
    pid: u32,
    parent: u32,
    session: Option<u32>,
    status: Option<u32>,
    user: Option<String>,
    image: Vec<u8>,
    line: Vec<u8>,
}

fn told(version: u8, mut payload: Payload<'_>) -> Option<Told> {
    let mut session = None;
    let mut status = None;
    let (pid, parent) = if version == 0 {
        (payload.pointer()? as u32, payload.pointer()? as u32)
    } else {
        payload.skip_pointers(1)?;
        let numbers = (payload.u32()?, payload.u32()?);
        session = Some(payload.u32()?).filter(|session| *session != u32::MAX);
        status = Some(payload.u32()?);
        numbers
    };
    if version >= 3 {
        payload.skip_pointers(1)?;
    }
    if version >= 4 {
        payload.skip(4)?;
    }
    let mut user = None;
    payload.user(&mut user)?;
    let user = user.map(|sid| sid.to_string());
    let image = payload.narrow().to_vec();
    let sensible = !image.is_empty() && image.iter().all(|byte| *byte >= b' ');
    sensible.then(|| Told {
        pid,
        parent,
        session,
        status,
        user,
        image,
        line: if version >= 2 {
            payload.wide()
        } else {
            Vec::new()
        },
    })
}

/// Encodes a process's event; none where its payload does not fit its layout.
pub(super) fn process(
    event: &Event<'_>,
    processes: &mut Processes,
    records: &mut Records,
) -> Option<Came> {
    if !matches!(event.id, 1..=4) {
        return Some(Came::PassedOver);
    }
    let Told {
        pid,
        parent,
        session,
        status,
        user,
        image,
        line,
    } = either(event, |payload| told(event.version, payload))?;
    if event.id == 2 {
        let body = Exit {
            status: status.unwrap_or(0),
            known: status.map_or(0, |_| Known::STATUS.0),
            ..Exit::default()
        };
        let who = event.by(pid, processes);
        records.put(Kind::EXIT, who, Flags(0), &body.write(), &[]);
        processes.ended(pid);
        return Some(Came::Told);
    }
    // At its end a session repeats what is running; only what it never saw start is news.
    if event.id == 4 && processes.is_known(pid) {
        return Some(Came::PassedOver);
    }
    let (start, flags) = match event.id {
        1 => (event.time, Flags(0)),
        // Running processes are told without the time of their start.
        _ => (0, Flags::RUNDOWN),
    };
    let mut words = Vec::new();
    arguments::split(&line, &mut words);
    let mut body = ProcessStart {
        parent_pid: parent,
        parent_start: processes.start_of(parent),
        known: Known::PARENT.0,
        arguments_length: words.len() as u32,
        ..ProcessStart::default()
    };
    if let Some(session) = session {
        body.session = session;
        body.terminal = session;
        body.known |= Known::SESSION.0;
    }
    processes.started(pid, start);
    let who = Who {
        time: event.time,
        pid,
        tid: 0,
        start,
    };
    // These events have the image's name without its place, as the program's own name for itself.
    let fields = [
        (Tag::PATH, Some(&*image)),
        (Tag::ARGUMENTS, (!words.is_empty()).then_some(&*words)),
        (Tag::USER, user.as_deref().map(str::as_bytes)),
    ];
    records.put(Kind::PROCESS_START, who, flags, &body.write(), &fields);
    Some(Came::Told)
}

/// Keeps what a process's start has and the newer provider's event of it lacks.
pub(super) fn note(event: &Event<'_>, processes: &mut Processes) -> Option<Came> {
    if event.id != 1 {
        return Some(Came::PassedOver);
    }
    let told = either(event, |payload| told(event.version, payload))?;
    processes.note(
        told.pid,
        Noted {
            time: event.time,
            line: told.line,
            user: told.user,
        },
    );
    Some(Came::Told)
}

/// Encodes an image's event; none where its payload does not fit its layout.
pub(super) fn image(
    event: &Event<'_>,
    processes: &Processes,
    records: &mut Records,
) -> Option<Came> {
    let flags = match event.id {
        10 => Flags(0),
        3 => Flags::RUNDOWN,
        _ => return Some(Came::PassedOver),
    };
    let (pid, path) = either(event, |payload| mapped(event, payload))?;
    files::loaded(records, event.by(pid, processes), flags, &path, None);
    Some(Came::Told)
}

/// The process and the path of an image.
fn mapped(event: &Event<'_>, mut payload: Payload<'_>) -> Option<(u32, Vec<u8>)> {
    payload.skip_pointers(1)?;
    let pid = match event.version {
        0 => {
            payload.skip(4)?;
            event.pid
        }
        version => {
            payload.skip_pointers(1)?;
            let pid = payload.u32()?;
            if version >= 2 {
                // Checksum, time stamp, signature; default base; four reserved numbers.
                payload.skip(12)?;
                payload.skip_pointers(1)?;
                payload.skip(16)?;
            }
            pid
        }
    };
    let path = payload.wide();
    let sensible = matches!(*path, [b'\\', ..] | [_, b':', ..]);
    sensible.then_some((pid, path))
}

/// Encodes a file's event; none where its payload does not fit its layout.
pub(super) fn file(
    event: &Event<'_>,
    known: &mut Files,
    processes: &Processes,
    records: &mut Records,
) -> Option<Came> {
    let mut payload = Payload::new(event.payload, event.pointer);
    let who = event.who(processes);
    // From version 3 on the thread follows the file object; before, it stood before it.
    let late = event.version >= 3;
    match event.id {
        // Names: given, made, deleted, and of files that were open already.
        0 | 32 | 35 | 36 => {
            let key = payload.pointer()?;
            let path = payload.wide();
            known.named(key, path, event.id != 35);
        }
        64 => {
            payload.skip_pointers(1)?;
            if !late {
                payload.skip_pointers(1)?;
            }
            let object = payload.pointer()?;
            if late {
                payload.skip(4)?;
            }
            let options = payload.u32()?;
            payload.skip(8)?;
            let path = payload.wide();
            known.opened(
                who,
                About {
                    object,
                    options,
                    path,
                    ..About::default()
                },
                records,
            );
        }
        65 => {
            payload.skip_pointers(if late { 1 } else { 2 })?;
            let object = payload.pointer()?;
            known.closed(
                who,
                &About {
                    object,
                    ..About::default()
                },
                records,
            );
        }
        67 | 68 => {
            payload.skip(8)?;
            payload.skip_pointers(if late { 1 } else { 2 })?;
            let (object, key) = (payload.pointer()?, payload.pointer()?);
            if late {
                payload.skip(4)?;
            }
            let bytes = payload.u32()?;
            let about = About {
                object,
                key,
                bytes,
                flags: payload.u32().unwrap_or(0),
                ..About::default()
            };
            if event.id == 67 {
                known.read(who, &about, records);
            } else {
                known.written(&about, records);
            }
        }
        _ => return Some(Came::PassedOver),
    }
    Some(Came::Told)
}
