//! A record as a row of flat columns.
//!
//! Step: sink. What a record does not know is null. Text columns hold the host's bytes in the same
//! reversible form as findings do; the `record` column holds the record itself, so nothing is lost
//! by being flat.

use std::net::Ipv6Addr;

use ring_abi::{Body, Known, Tag, decode};

use super::journal::Entry;
use crate::enrich::kind_name;
use crate::sink::escape::{command_line, lossless};

/// The columns' names, in the order of a row's values. `time` is in nanoseconds since 1970, UTC.
pub(super) const COLUMNS: [&str; 29] = [
    "time",
    "host",
    "agent",
    "epoch",
    "sequence",
    "pid",
    "process_start",
    "parent_pid",
    "uid",
    "path",
    "old_path",
    "arguments",
    "directory",
    "cgroup",
    "device",
    "inode",
    "size_before",
    "size_after",
    "bytes_written",
    "bytes_read",
    "remote",
    "remote_port",
    "bytes_sent",
    "bytes_received",
    "function",
    "family",
    "uses",
    "lost",
    "record",
];

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Number(u64),
    Text(String),
    Bytes(Vec<u8>),
}

/// The record's kind, and its row; none when it does not decode.
pub(super) fn row(entry: &Entry<'_>) -> Option<(&'static str, Vec<Value>)> {
    let record = decode(entry.record).ok()?;
    let class = kind_name(ring_abi::Kind(record.header.kind))?;
    let mut row = vec![Value::Null; COLUMNS.len()];
    let mut set = |name: &str, value: Value| {
        let column = COLUMNS.iter().position(|column| *column == name);
        row[column.expect("columns are set by their names")] = value;
    };
    let text = |bytes: &[u8]| Value::Text(lossless(bytes));
    set("time", Value::Number(entry.time));
    set("host", text(entry.host));
    let agent = format!("{:032x}", u128::from_be_bytes(entry.agent));
    set("agent", Value::Text(agent));
    set("epoch", Value::Number(entry.epoch));
    set("sequence", Value::Number(entry.sequence));
    set("pid", Value::Number(record.header.pid.into()));
    set("process_start", Value::Number(record.header.start_time));
    for (name, tags) in TEXTS {
        let value = tags.iter().find_map(|tag| record.tail.field(*tag));
        if let Some(value) = value {
            set(name, text(value));
        }
    }
    if let Some(arguments) = record.tail.field(Tag::ARGUMENTS) {
        let words = arguments.strip_suffix(b"\0").unwrap_or(arguments);
        let line = command_line(words.split(|byte| *byte == 0));
        set("arguments", Value::Text(line));
    }
    set("record", Value::Bytes(entry.record.to_vec()));
    for (name, value) in numbers(&record.body) {
        set(name, Value::Number(value));
    }
    if let Body::FlowOpened(flow) | Body::FlowClosed(flow) = &record.body {
        let address = Ipv6Addr::from(flow.remote).to_canonical().to_string();
        set("remote", Value::Text(address));
    }
    Some((class, row))
}

/// The numbers that a body knows.
fn numbers(body: &Body) -> Vec<(&'static str, u64)> {
    let mut found = Vec::new();
    let mut when = |known: u32, bit: Known, values: &[(&'static str, u64)]| {
        if Known(known).has(bit) {
            found.extend_from_slice(values);
        }
    };
    match body {
        Body::ProcessStart(start) => {
            let known = start.known;
            when(
                known,
                Known::PARENT,
                &[("parent_pid", start.parent_pid.into())],
            );
            when(known, Known::USER, &[("uid", start.uid.into())]);
            let file = [("device", start.device), ("inode", start.inode)];
            when(known, Known::FILE, &file);
        }
        Body::Exit(exit) => {
            when(
                exit.known,
                Known::BYTES_READ,
                &[("bytes_read", exit.bytes_read)],
            );
            let written = [("bytes_written", exit.bytes_written)];
            when(exit.known, Known::BYTES_WRITTEN, &written);
        }
        Body::LibraryLoad(load) => {
            let file = [("device", load.device), ("inode", load.inode)];
            when(load.known, Known::FILE, &file);
        }
        Body::LibraryUse(used) => {
            let file = [("device", used.device), ("inode", used.inode)];
            when(used.known, Known::FILE, &file);
            found.push(("uses", used.uses));
        }
        Body::FileOpened(opened) => {
            let file = [("device", opened.device), ("inode", opened.inode)];
            when(opened.known, Known::FILE, &file);
            when(
                opened.known,
                Known::SIZE_AFTER,
                &[("size_after", opened.size)],
            );
        }
        Body::FileContent(read) => {
            let file = [("device", read.device), ("inode", read.inode)];
            when(read.known, Known::FILE, &file);
            when(read.known, Known::SIZE_AFTER, &[("size_after", read.size)]);
        }
        Body::FileWritten(written) => {
            let known = written.known;
            let file = [("device", written.device), ("inode", written.inode)];
            when(known, Known::FILE, &file);
            when(
                known,
                Known::SIZE_BEFORE,
                &[("size_before", written.size_before)],
            );
            when(
                known,
                Known::SIZE_AFTER,
                &[("size_after", written.size_after)],
            );
            let bytes = [("bytes_written", written.bytes_written)];
            when(known, Known::BYTES_WRITTEN, &bytes);
        }
        Body::FileRenamed(named) | Body::FileLinked(named) => {
            let file = [("device", named.device), ("inode", named.inode)];
            when(named.known, Known::FILE, &file);
        }
        Body::FileRemoved(removed) => {
            let file = [("device", removed.device), ("inode", removed.inode)];
            when(removed.known, Known::FILE, &file);
        }
        Body::FlowOpened(flow) | Body::FlowClosed(flow) => {
            when(
                flow.known,
                Known::BYTES_WRITTEN,
                &[("bytes_sent", flow.bytes_sent)],
            );
            when(
                flow.known,
                Known::BYTES_READ,
                &[("bytes_received", flow.bytes_received)],
            );
            found.push(("remote_port", flow.remote_port.into()));
        }
        Body::Loss(loss) => found.push(("lost", loss.count)),
        Body::Throttle(throttle) => found.push(("lost", throttle.left_out)),
        Body::Fork(_) | Body::DirectoryRead(_) | Body::CaptureStart(_) | Body::Script(_) => {}
    }
    found
}

/// Text columns, and the fields that they are taken from.
const TEXTS: [(&str, &[Tag]); 6] = [
    ("path", &[Tag::PATH, Tag::GIVEN_PATH]),
    ("old_path", &[Tag::OLD_PATH, Tag::OLD_GIVEN_PATH]),
    ("directory", &[Tag::DIRECTORY, Tag::BASE_PATH]),
    ("cgroup", &[Tag::CGROUP]),
    ("function", &[Tag::FUNCTION]),
    ("family", &[Tag::FAMILY]),
];
