//! A record as a row of flat columns.
//!
//! Step: sink. What a record does not know is null, never zero. The last column holds the record
//! itself, so nothing is lost by being flat; bytes that are no record this version knows have a row
//! too, with that column and whose they are.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::Ipv6Addr;

use ring_abi::{
    Body, CloseReason, Direction, FileWritten, Flags, Flow, Known, LibraryUse, LossReason,
    ProcessStart, Purpose, ReadReason, Record, Tag, ThrottleReason, decode, read_process,
};

use super::columns::{COLUMNS, Column};
use super::journal::Entry;
use crate::enrich::{BASE, Joined, NAME, OLD_NAME, OUTPUT, kind_name, old_bases};
use crate::sink::escape::{command_line, lossless};

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell<'r> {
    Null,
    Flag(bool),
    Number(u64),
    Text(Cow<'static, str>),
    Bytes(&'r [u8]),
}

/// A row; every cell is null until it is set.
pub(super) struct Row<'r> {
    cells: [Cell<'r>; COLUMNS.len()],
}

impl<'r> Row<'r> {
    /// An entry's class and its row.
    pub(super) fn of(entry: &Entry<'r>) -> (&'static str, Self) {
        let mut row = Self {
            cells: [const { Cell::Null }; COLUMNS.len()],
        };
        if let Some(time) = entry.wall() {
            row.number(Column::Time, time);
        }
        row.text(Column::Host, entry.host);
        let agent = format!("{:032x}", u128::from_be_bytes(entry.agent));
        row.set(Column::Agent, Cell::Text(agent.into()));
        row.number(Column::Epoch, entry.epoch);
        row.number(Column::Sequence, entry.sequence);
        row.set(Column::Record, Cell::Bytes(entry.record));
        let Ok(record) = decode(entry.record) else {
            return (UNDECODABLE, row);
        };
        row.header(&record);
        row.names(&record);
        row.body(&record.body);
        let class = kind_name(ring_abi::Kind(record.header.kind)).unwrap_or(UNDECODABLE);
        (class, row)
    }

    /// The cells, in the order of the columns.
    pub(super) fn cells(self) -> impl Iterator<Item = Cell<'r>> {
        self.cells.into_iter()
    }

    fn header(&mut self, record: &Record<'_>) {
        // A loss and the capture's opening are nobody's.
        if !matches!(record.body, Body::Loss(_) | Body::CaptureStart(_)) {
            self.number(Column::Pid, record.header.pid);
            self.number(Column::Tid, record.header.tid);
            if record.header.start_time != 0 {
                self.number(Column::ProcessStart, record.header.start_time);
            }
        }
        for (column, flag) in FLAGS {
            self.set(column, Cell::Flag(record.flags().has(flag)));
        }
    }

    fn names(&mut self, record: &Record<'_>) {
        let mut joined = Joined::default();
        let mut incomplete = false;
        let tail = &record.tail;
        if let Body::LibraryUse(_) = record.body {
            // Its path is the library's; what it was given is its output.
            if let Some(path) = tail.field(Tag::PATH) {
                self.text(Column::Path, path);
            }
            if let Some(path) = joined.path(tail, OUTPUT, &BASE, &mut incomplete) {
                self.text(Column::Output, path);
            }
        } else {
            if let Some(path) = joined.path(tail, NAME, &BASE, &mut incomplete) {
                self.text(Column::Path, path);
            }
            let bases = old_bases(record.flags());
            if let Some(path) = joined.path(tail, OLD_NAME, bases, &mut incomplete) {
                self.text(Column::OldPath, path);
            }
        }
        for (column, tag) in TEXTS {
            if let Some(value) = tail.field(tag) {
                self.text(column, value);
            }
        }
        if let Some(hash) = tail.field(Tag::CODE_HASH) {
            let mut text = String::with_capacity(2 * hash.len());
            for byte in hash {
                let _ = write!(text, "{byte:02x}");
            }
            self.set(Column::CodeHash, Cell::Text(text.into()));
        }
        for (tag, pid_column, start_column) in OTHERS {
            if let Some((pid, start)) = tail.field(tag).and_then(read_process) {
                self.number(pid_column, pid);
                if start != 0 {
                    self.number(start_column, start);
                }
            }
        }
        if let Some(arguments) = tail.field(Tag::ARGUMENTS) {
            let words = arguments.strip_suffix(b"\0").unwrap_or(arguments);
            let line = command_line(words.split(|byte| *byte == 0));
            self.set(Column::Arguments, Cell::Text(line.into()));
        }
    }

    fn body(&mut self, body: &Body) {
        match body {
            Body::ProcessStart(start) => self.start(start),
            Body::Fork(fork) => {
                self.number(Column::ChildPid, fork.child_pid);
                self.number(Column::ChildStart, fork.child_start);
            }
            Body::Exit(exit) => {
                let known = exit.known;
                self.when(known, Known::STATUS, Column::ExitStatus, exit.status);
                self.when(known, Known::BYTES_READ, Column::BytesRead, exit.bytes_read);
                let written = exit.bytes_written;
                self.when(known, Known::BYTES_WRITTEN, Column::BytesWritten, written);
                for (column, count) in [
                    (Column::FilesRead, exit.files_read),
                    (Column::FilesWritten, exit.files_written),
                    (Column::FilesRemoved, exit.files_removed),
                    (Column::DirectoriesRead, exit.directories_read),
                ] {
                    self.when(known, Known::COUNTS, column, count);
                }
            }
            Body::LibraryLoad(load) => {
                self.file(load.known, load.device, load.inode);
                self.when(load.known, Known::SIZE_AFTER, Column::SizeAfter, load.size);
            }
            Body::LibraryUse(used) => self.library_use(used),
            Body::FileOpened(opened) => {
                self.file(opened.known, opened.device, opened.inode);
                let (known, size) = (opened.known, opened.size);
                self.when(known, Known::SIZE_AFTER, Column::SizeAfter, size);
                self.when(known, Known::FILE, Column::Mode, opened.mode);
            }
            Body::FileContent(read) => {
                self.file(read.known, read.device, read.inode);
                self.when(read.known, Known::SIZE_AFTER, Column::SizeAfter, read.size);
            }
            Body::FileWritten(written) => self.written(written),
            Body::FileRenamed(named) | Body::FileLinked(named) => {
                self.file(named.known, named.device, named.inode);
            }
            Body::FileRemoved(removed) => {
                self.file(removed.known, removed.device, removed.inode);
            }
            Body::DirectoryRead(read) => {
                self.file(read.known, read.device, read.inode);
                let (known, count) = (read.known, read.count);
                self.when(known, Known::COUNTS, Column::DirectoriesRead, count);
                self.code(Column::Reason, ReadReason::ALL, ReadReason, read.reason);
            }
            Body::FlowOpened(flow) | Body::FlowClosed(flow) => self.flow(flow),
            Body::Loss(loss) => {
                self.number(Column::Lost, loss.count);
                self.code(Column::Reason, LossReason::ALL, LossReason, loss.reason);
                self.lost_kind(loss.kind);
            }
            Body::Throttle(throttle) => {
                self.number(Column::Lost, throttle.left_out);
                let reason = throttle.reason;
                self.code(Column::Reason, ThrottleReason::ALL, ThrottleReason, reason);
                self.lost_kind(throttle.kind);
            }
            Body::CaptureStart(_) | Body::Script(_) => {}
        }
    }

    fn start(&mut self, start: &ProcessStart) {
        let known = start.known;
        self.file(known, start.device, start.inode);
        self.when(
            known,
            Known::PARENT,
            Column::ParentStart,
            start.parent_start,
        );
        self.when(known, Known::CGROUP, Column::CgroupId, start.cgroup);
        for (bit, column, number) in [
            (Known::PARENT, Column::ParentPid, start.parent_pid),
            (Known::USER, Column::Uid, start.uid),
            (Known::USER, Column::Euid, start.euid),
            (Known::USER, Column::Gid, start.gid),
            (Known::USER, Column::Egid, start.egid),
            (Known::LOGIN, Column::LoginUid, start.login_uid),
            (Known::SESSION, Column::Session, start.session),
            (Known::SESSION, Column::Terminal, start.terminal),
            (Known::OWNER, Column::Owner, start.image_uid),
            (Known::OWNER, Column::Mode, start.image_mode),
        ] {
            self.when(known, bit, column, number);
        }
        let known = Known(known);
        if known.has(Known::SIGNED) || known.has(Known::UNSIGNED) {
            let signed = known.has(Known::SIGNED);
            self.set(Column::Signed, Cell::Flag(signed));
        }
        if known.has(Known::SYSTEM_PROGRAM) {
            self.set(Column::SystemProgram, Cell::Flag(true));
        }
    }

    fn written(&mut self, written: &FileWritten) {
        let known = written.known;
        self.file(known, written.device, written.inode);
        for (bit, column, number) in [
            (Known::SIZE_BEFORE, Column::SizeBefore, written.size_before),
            (Known::SIZE_AFTER, Column::SizeAfter, written.size_after),
            (
                Known::BYTES_WRITTEN,
                Column::BytesWritten,
                written.bytes_written,
            ),
            (Known::OPENER, Column::OpenerPid, written.opener_pid.into()),
            (Known::OPENER, Column::OpenerStart, written.opener_start),
            (Known::OWNER, Column::Owner, written.uid.into()),
            (Known::OWNER, Column::Links, written.links.into()),
            (Known::FILE, Column::Mode, written.mode.into()),
        ] {
            self.when(known, bit, column, number);
        }
        let created = Known(known).has(Known::CREATED);
        self.set(Column::Created, Cell::Flag(created));
        self.code(
            Column::Reason,
            CloseReason::ALL,
            CloseReason,
            written.reason,
        );
    }

    fn library_use(&mut self, used: &LibraryUse) {
        self.file(used.known, used.device, used.inode);
        self.number(Column::Uses, used.uses);
        self.when(used.known, Known::LEVEL, Column::Level, used.level);
        let passphrase = Known(used.known).has(Known::PASSPHRASE);
        self.set(Column::Passphrase, Cell::Flag(passphrase));
        self.code(Column::Purpose, Purpose::ALL, Purpose, used.purpose);
    }

    fn flow(&mut self, flow: &Flow) {
        for (column, address) in [(Column::Local, flow.local), (Column::Remote, flow.remote)] {
            let address = Ipv6Addr::from(address).to_canonical().to_string();
            self.set(column, Cell::Text(address.into()));
        }
        self.number(Column::LocalPort, flow.local_port);
        self.number(Column::RemotePort, flow.remote_port);
        self.number(Column::Protocol, flow.protocol);
        self.code(Column::Direction, Direction::ALL, Direction, flow.direction);
        let (known, sent, received) = (flow.known, flow.bytes_sent, flow.bytes_received);
        self.when(known, Known::BYTES_WRITTEN, Column::BytesSent, sent);
        self.when(known, Known::BYTES_READ, Column::BytesReceived, received);
    }

    fn file(&mut self, known: u32, device: u64, inode: u64) {
        self.when(known, Known::FILE, Column::Device, device);
        self.when(known, Known::FILE, Column::Inode, inode);
    }

    fn lost_kind(&mut self, kind: u32) {
        let name = u16::try_from(kind).ok().map(ring_abi::Kind);
        if let Some(name) = name.and_then(kind_name) {
            self.set(Column::LostKind, Cell::Text(name.into()));
        }
    }

    /// A code by its name; one that this version does not know by its number, as it came.
    fn code<C: PartialEq>(
        &mut self,
        column: Column,
        all: &[(C, &'static str)],
        code: impl Fn(u32) -> C,
        number: u32,
    ) {
        let code = code(number);
        let name = all.iter().find(|(known, _)| *known == code);
        let text = name.map_or_else(|| number.to_string().into(), |(_, name)| (*name).into());
        self.set(column, Cell::Text(text));
    }

    fn when(&mut self, known: u32, bit: Known, column: Column, value: impl Into<u64>) {
        if Known(known).has(bit) {
            self.number(column, value);
        }
    }

    fn number(&mut self, column: Column, value: impl Into<u64>) {
        self.set(column, Cell::Number(value.into()));
    }

    fn text(&mut self, column: Column, bytes: &[u8]) {
        self.set(column, Cell::Text(lossless(bytes).into()));
    }

    fn set(&mut self, column: Column, cell: Cell<'r>) {
        self.cells[column as usize] = cell;
    }
}

/// The class of bytes that are no record this version knows.
pub(super) const UNDECODABLE: &str = "UNDECODABLE";

/// Flag columns, and the flags that they are taken from.
const FLAGS: [(Column, Flags); 4] = [
    (Column::Truncated, Flags::TRUNCATED),
    (Column::Rundown, Flags::RUNDOWN),
    (Column::LookupFailed, Flags::LOOKUP_FAILED),
    (Column::Unlinked, Flags::UNLINKED),
];

/// Fields that name another process.
const OTHERS: [(Tag, Column, Column); 2] = [
    (Tag::CREATOR, Column::CreatorPid, Column::CreatorStart),
    (
        Tag::RESPONSIBLE,
        Column::ResponsiblePid,
        Column::ResponsibleStart,
    ),
];

/// Text columns, and the fields that they are taken from.
const TEXTS: [(Column, Tag); 16] = [
    (Column::Directory, Tag::DIRECTORY),
    (Column::Script, Tag::SCRIPT),
    (Column::Cgroup, Tag::CGROUP),
    (Column::Name, Tag::NAME),
    (Column::Command, Tag::COMMAND),
    (Column::User, Tag::USER),
    (Column::OriginalName, Tag::ORIGINAL_NAME),
    (Column::Product, Tag::PRODUCT),
    (Column::Company, Tag::COMPANY),
    (Column::Integrity, Tag::INTEGRITY),
    (Column::SigningId, Tag::SIGNING_ID),
    (Column::TeamId, Tag::TEAM_ID),
    (Column::Text, Tag::TEXT),
    (Column::Function, Tag::FUNCTION),
    (Column::Family, Tag::FAMILY),
    (Column::Format, Tag::FORMAT),
];
