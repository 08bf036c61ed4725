//! The Security log: 4688 start, 4689 end, 4663 access to a file.
//!
//! Step: source. These events name processes by number alone, so the start of one that began before
//! the log is not known. Access that was used for reading is told by directory; access to write is
//! told as a written file of unknown size.

use ring_abi::{Exit, Flags, Kind, Known, ProcessStart, Tag};

use super::native::{Field, Native};
use super::processes::Processes;
use super::records::{Records, Who};
use super::{Came, arguments, files, moment};

/// Encodes an event; none where it lacks what it must have.
pub(super) fn encode(
    event: &Native<'_>,
    processes: &mut Processes,
    records: &mut Records,
) -> Option<Came> {
    let id = event.number(Field::EventId)?;
    if !matches!(id, 4688 | 4689 | 4663) {
        return Some(Came::PassedOver);
    }
    let time = moment::of_text(event.text(Field::SystemTime)?)?;
    let pid = event.pid(Field::ProcessId)?;
    let who = Who {
        time,
        pid,
        tid: 0,
        start: processes.start_of(pid),
    };
    match id {
        4688 => started(event, who, processes, records),
        4689 => {
            let status = event.pid(Field::Status);
            let body = Exit {
                status: status.unwrap_or(0),
                known: status.map_or(0, |_| Known::STATUS.0),
                ..Exit::default()
            };
            processes.seen(who, event.text(Field::ProcessName), None);
            records.put(Kind::EXIT, who, Flags(0), &body.write(), &[]);
            processes.ended(pid);
            Some(Came::Told)
        }
        _ => accessed(event, who, processes, records),
    }
}

fn started(
    event: &Native<'_>,
    creator: Who,
    processes: &mut Processes,
    records: &mut Records,
) -> Option<Came> {
    let pid = event.pid(Field::NewProcessId)?;
    let image = event.text(Field::NewProcessName)?;
    processes.seen(creator, event.text(Field::ParentProcessName), None);
    let who = Who {
        pid,
        start: creator.time,
        ..creator
    };
    processes.started(pid, who.start);
    let mut words = Vec::new();
    let line = event.text(Field::CommandLine).unwrap_or_default();
    arguments::split(line.as_bytes(), &mut words);
    let body = ProcessStart {
        parent_pid: creator.pid,
        parent_start: creator.start,
        known: Known::PARENT.0,
        arguments_length: words.len() as u32,
        ..ProcessStart::default()
    };
    // Another user's process names that user as the target; the creator's own does not.
    let user = named(event, Field::TargetDomainName, Field::TargetUserName)
        .or_else(|| named(event, Field::SubjectDomainName, Field::SubjectUserName));
    let fields = [
        (Tag::PATH, Some(image.as_bytes())),
        (Tag::ARGUMENTS, (!words.is_empty()).then_some(&*words)),
        (Tag::USER, user.as_deref().map(str::as_bytes)),
        (
            Tag::INTEGRITY,
            event.text(Field::MandatoryLabel).map(str::as_bytes),
        ),
    ];
    records.put(Kind::PROCESS_START, who, Flags(0), &body.write(), &fields);
    Some(Came::Told)
}

/// A user with the domain.
fn named(event: &Native<'_>, domain: Field, user: Field) -> Option<String> {
    let user = event.text(user)?;
    Some(match event.text(domain) {
        Some(domain) => format!("{domain}\\{user}"),
        None => user.to_owned(),
    })
}

fn accessed(
    event: &Native<'_>,
    who: Who,
    processes: &mut Processes,
    records: &mut Records,
) -> Option<Came> {
    if event.text(Field::ObjectType) != Some("File") {
        return Some(Came::PassedOver);
    }
    let path = event.text(Field::ObjectName)?.as_bytes();
    let mask = event.number(Field::AccessMask)?;
    processes.seen(who, event.text(Field::ProcessName), None);
    if mask & (WRITE | APPEND) != 0 {
        files::written(records, who, path, false);
    } else if mask & READ != 0 {
        files::read(records, who, path);
    } else {
        return Some(Came::PassedOver);
    }
    Some(Came::Told)
}

const READ: u64 = 1;
const WRITE: u64 = 2;
const APPEND: u64 = 4;
