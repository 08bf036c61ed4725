//! Sysmon's events: 1 start, 3 connection, 5 end, 7 library, 11 and 15 file made, 23 and 26 deleted.
//!
//! Step: source. Sysmon names a process by a GUID that holds the second in which it started, which
//! is the start that records carry; so all events of a process agree, whichever comes first.

use std::net::IpAddr;

use ring_abi::{Direction, Exit, Flags, Kind, Known, ProcessStart, Tag};

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
    if !matches!(id, 1 | 3 | 5 | 7 | 11 | 15 | 23 | 26) {
        return Some(Came::PassedOver);
    }
    let who = who(event)?;
    if id == 1 {
        return started(event, who, processes, records);
    }
    processes.seen(who, event.text(Field::Image), None);
    let path = |field| event.text(field).map(str::as_bytes);
    match id {
        3 => connected(event, who, records)?,
        5 => {
            let body = Exit::default().write();
            records.put(Kind::EXIT, who, Flags(0), &body, &[]);
            processes.ended(who.pid);
        }
        7 => files::loaded(records, who, Flags(0), path(Field::ImageLoaded)?, None),
        11 | 15 => files::written(records, who, path(Field::TargetFilename)?, is_new(event)),
        _ => files::removed(records, who, path(Field::TargetFilename)?),
    }
    Some(Came::Told)
}

/// When and by whom.
fn who(event: &Native<'_>) -> Option<Who> {
    let pid = event.pid(Field::ProcessId)?;
    let time = event
        .text(Field::UtcTime)
        .or_else(|| event.text(Field::SystemTime))?;
    Some(Who {
        time: moment::of_text(time)?,
        pid,
        tid: 0,
        start: event.text(Field::ProcessGuid).map_or(0, start_in),
    })
}

/// The second in a process's GUID, `{machine-LLLL-HHHH-…}`, in nanoseconds; 0 where there is none.
fn start_in(guid: &str) -> u64 {
    let mut parts = guid.trim_start_matches('{').split('-').skip(1);
    let mut part = || {
        u64::from_str_radix(parts.next()?, 16)
            .ok()
            .filter(|part| *part <= 0xffff)
    };
    match (part(), part()) {
        (Some(low), Some(high)) => (high << 16 | low) * 1_000_000_000,
        _ => 0,
    }
}

fn started(
    event: &Native<'_>,
    who: Who,
    processes: &mut Processes,
    records: &mut Records,
) -> Option<Came> {
    let image = event.text(Field::Image)?;
    let mut body = ProcessStart::default();
    let mut known = Known(0);
    if let Some(pid) = event.pid(Field::ParentProcessId).filter(|pid| *pid != 0) {
        let start = event.text(Field::ParentProcessGuid).map_or(0, start_in);
        let parent = Who { pid, start, ..who };
        let line = event.text(Field::ParentCommandLine);
        processes.seen(parent, event.text(Field::ParentImage), line);
        body.parent_pid = pid;
        body.parent_start = start;
        known = known.with(Known::PARENT);
    }
    if let Some(session) = event.pid(Field::TerminalSessionId) {
        body.session = session;
        // Session 0 is that of services, which no terminal or screen belongs to.
        body.terminal = session;
        known = known.with(Known::SESSION);
    }
    let mut words = Vec::new();
    let line = event.text(Field::CommandLine).unwrap_or_default();
    arguments::split(line.as_bytes(), &mut words);
    body.arguments_length = words.len() as u32;
    body.known = known.0;
    let text = |field| event.text(field).map(str::as_bytes);
    let fields = [
        (Tag::PATH, Some(image.as_bytes())),
        (Tag::ARGUMENTS, (!words.is_empty()).then_some(&*words)),
        (
            Tag::DIRECTORY,
            event.text(Field::CurrentDirectory).map(directory),
        ),
        (Tag::USER, text(Field::User)),
        (Tag::ORIGINAL_NAME, text(Field::OriginalFileName)),
        (Tag::PRODUCT, text(Field::Product)),
        (Tag::COMPANY, text(Field::Company)),
        (Tag::INTEGRITY, event.text(Field::IntegrityLevel).map(label)),
    ];
    processes.started(who.pid, who.start);
    records.put(Kind::PROCESS_START, who, Flags(0), &body.write(), &fields);
    Some(Came::Told)
}

/// The identifier of a label that Sysmon gives a word for; a word that it is not known to give stays.
fn label(word: &str) -> &[u8] {
    let identifier = match word {
        "Untrusted" => "S-1-16-0",
        "Low" => "S-1-16-4096",
        "Medium" => "S-1-16-8192",
        "High" => "S-1-16-12288",
        "System" => "S-1-16-16384",
        other => other,
    };
    identifier.as_bytes()
}

/// A directory without the back slash that Sysmon leaves at its end, unless it is a drive's root.
fn directory(path: &str) -> &[u8] {
    match path.strip_suffix('\\') {
        Some(shorter) if !shorter.ends_with(':') => shorter.as_bytes(),
        _ => path.as_bytes(),
    }
}

/// A file that was made at the time of the event was made by it; Sysmon tells overwriting, too.
fn is_new(event: &Native<'_>) -> bool {
    let time = |field| event.text(field).and_then(moment::of_text);
    match (time(Field::UtcTime), time(Field::CreationUtcTime)) {
        (Some(now), Some(made)) => now.abs_diff(made) < 2_000_000_000,
        _ => false,
    }
}

/// Sysmon's source is this host, whoever began.
fn connected(event: &Native<'_>, who: Who, records: &mut Records) -> Option<()> {
    let address = |field| event.text(field)?.parse::<IpAddr>().ok();
    let port = |field| u16::try_from(event.number(field)?).ok();
    let direction = match event.text(Field::Initiated)? {
        text if text.eq_ignore_ascii_case("true") => Direction::OUTBOUND,
        _ => Direction::INBOUND,
    };
    let body = ring_abi::Flow {
        // Sysmon has no name for a connection; its place in the recording is one.
        cookie: records.len() as u64 + 1,
        local: mapped(address(Field::SourceIp)?),
        remote: mapped(address(Field::DestinationIp)?),
        local_port: port(Field::SourcePort)?,
        remote_port: port(Field::DestinationPort)?,
        protocol: match event.text(Field::Protocol)? {
            "tcp" => 6,
            "udp" => 17,
            _ => 0,
        },
        direction: direction.0,
        opened: who.time,
        ..ring_abi::Flow::default()
    };
    records.put(Kind::FLOW_OPENED, who, Flags(0), &body.write(), &[]);
    Some(())
}

fn mapped(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}
