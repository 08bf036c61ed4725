//! Makes an event of a record: wall time, whole paths, containers, names, and unknowns as `None`.
//!
//! Step: enrich. Invariant: a field that its record does not know stays unknown, and a value that
//! was cut or could not be read travels as such with the event. It allocates nothing per record:
//! what must be joined is joined in buffers that are used again. It judges nothing.

mod clock;
mod maker;
mod path;
mod starts;

use correlator::{
    Content, Detail, Event, Exit, FileKey, FileWritten, Flow, LibraryUse, Lost, ProcessKey,
    ProcessStart, Script, UsePurpose,
};
use platform::host::Lookup;
use ring_abi::{
    Body, CaptureStart, Direction, FileNamed, Flags, Header, Kind, Known, LossReason, Purpose,
    Record, System, Tag, Tail,
};

use crate::host::Host;
pub(crate) use clock::Clock;
pub(crate) use path::Joined;
use starts::Starts;

/// Enriches the records of one capture.
pub(crate) struct Enricher {
    clock: Clock,
    host: Host,
    users: Option<Lookup>,
    joined: Joined,
    joined_old: Joined,
    starts: Starts,
}

impl Enricher {
    /// For the live host, whose user names `users` knows.
    pub(crate) fn live(users: Lookup) -> Self {
        Self::new(Some(users))
    }

    /// For a recording: its host's users are not this host's, so they stay numbers.
    pub(crate) fn recorded() -> Self {
        Self::new(None)
    }

    fn new(users: Option<Lookup>) -> Self {
        Self {
            clock: Clock::default(),
            host: Host::default(),
            users,
            joined: Joined::default(),
            joined_old: Joined::default(),
            starts: Starts::default(),
        }
    }

    /// Where the records are from, as far as the capture said it.
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// Whether the capture told how its clock relates to the calendar.
    pub(crate) fn knows_the_calendar(&self) -> bool {
        self.clock.is_anchored()
    }

    /// Forgets names that may have changed.
    pub(crate) fn forget_names(&mut self) {
        if let Some(users) = &mut self.users {
            users.forget();
        }
    }

    /// The event that a record tells; none for the capture's own opening, which is kept here.
    #[expect(clippy::too_many_lines, reason = "one arm per kind of record")]
    pub(crate) fn enrich<'a>(&'a mut self, record: &Record<'a>) -> Option<Event<'a>> {
        let Record { header, body, tail } = record;
        if let Body::CaptureStart(start) = body {
            self.open(start, tail);
            return None;
        }
        let flags = record.flags();
        let mut incomplete = flags.has(Flags::TRUNCATED) || flags.has(Flags::LOOKUP_FAILED);
        let time = self.clock.wall(header.time);
        let process = self.starts.process(header, body);
        let detail = match body {
            Body::ProcessStart(start) => {
                let parent = self.starts.behind(header, start, tail);
                Detail::ProcessStart(ProcessStart {
                    parent,
                    ..program_start(start, flags, tail, &mut self.users)
                })
            }
            Body::Fork(fork) => Detail::Fork {
                child: key(fork.child_pid, fork.child_start),
            },
            Body::Exit(exit) => Detail::Exit(ended(exit)),
            Body::LibraryLoad(load) => Detail::LibraryLoad {
                path: tail.field(Tag::PATH),
                file: file(Known(load.known), load.device, load.inode),
            },
            Body::LibraryUse(used) => Detail::LibraryUse(LibraryUse {
                output: self.joined.path(tail, OUTPUT, &BASE, &mut incomplete),
                first: self.clock.wall(used.first),
                ..library_use(used, tail)?
            }),
            Body::FileOpened(opened) => Detail::FileOpened {
                path: tail.field(Tag::PATH),
                file: file(Known(opened.known), opened.device, opened.inode),
                size: when(opened.known, Known::SIZE_AFTER, opened.size),
            },
            Body::FileContent(read) => Detail::FileContent {
                path: tail.field(Tag::PATH),
                file: file(Known(read.known), read.device, read.inode),
                size: when(read.known, Known::SIZE_AFTER, read.size),
                content: content(tail),
            },
            Body::FileWritten(written) => {
                let path = self.joined.path(tail, NAME, &BASE, &mut incomplete);
                Detail::FileWritten(file_written(path, header, written, flags, tail))
            }
            Body::FileRenamed(named) => {
                let (from, to) = self.names(flags, tail, &mut incomplete);
                Detail::Renamed {
                    from,
                    to,
                    file: named_file(named),
                }
            }
            Body::FileLinked(named) => {
                let (from, to) = self.names(flags, tail, &mut incomplete);
                Detail::Linked {
                    from,
                    to,
                    file: named_file(named),
                }
            }
            Body::FileRemoved(removed) => Detail::Removed {
                path: self.joined.path(tail, NAME, &BASE, &mut incomplete),
                file: file(Known(removed.known), removed.device, removed.inode),
                directory: removed.directory == 1,
            },
            Body::DirectoryRead(read) => Detail::DirectoryRead {
                path: tail.field(Tag::PATH),
                name: tail.field(Tag::NAME),
                count: when(read.known, Known::COUNTS, read.count),
            },
            Body::FlowOpened(flow) => Detail::FlowOpened(connection(flow)),
            Body::FlowClosed(flow) => Detail::FlowClosed(connection(flow)),
            Body::Throttle(throttle) => Detail::Throttled {
                left_out: throttle.left_out,
                since: (throttle.since != 0).then(|| self.clock.wall(throttle.since)),
            },
            Body::Loss(loss) => Detail::Lost(Lost {
                count: loss.count,
                from: self.clock.wall(loss.from),
                to: self.clock.wall(loss.to),
                kind: u16::try_from(loss.kind)
                    .ok()
                    .and_then(|code| kind_name(Kind(code))),
                reason: reason_name(LossReason(loss.reason)),
                unwatched: (loss.reason == LossReason::RESTING.0)
                    .then(|| tail.field(Tag::PATH).unwrap_or_default()),
            }),
            Body::Script(script) => Detail::Script(Script {
                block: script.block,
                part: script.part,
                parts: script.parts,
                text: tail.field(Tag::TEXT)?,
                path: tail.field(Tag::PATH),
            }),
            Body::CaptureStart(_) => return None,
        };
        Some(Event {
            time,
            process,
            incomplete,
            detail,
        })
    }

    /// The old and the new name of a renamed or linked file.
    fn names<'a>(
        &'a mut self,
        flags: Flags,
        tail: &Tail<'a>,
        incomplete: &mut bool,
    ) -> (Option<&'a [u8]>, Option<&'a [u8]>) {
        let bases = old_bases(flags);
        let from = self.joined_old.path(tail, OLD_NAME, bases, incomplete);
        let to = self.joined.path(tail, NAME, &BASE, incomplete);
        (from, to)
    }

    /// Takes over what the capture says of itself.
    fn open(&mut self, start: &CaptureStart, tail: &Tail<'_>) {
        self.clock = Clock::anchored(start.wall_time, start.boot_time);
        self.starts.open(System(start.system));
        let text = |tag| tail.field(tag).map(<[u8]>::to_vec);
        self.host = Host {
            name: text(Tag::HOST),
            release: text(Tag::RELEASE),
            boot: text(Tag::BOOT),
            system: Some(System(start.system)),
        };
    }
}

fn program_start<'a>(
    start: &ring_abi::ProcessStart,
    flags: Flags,
    tail: &Tail<'a>,
    users: &'a mut Option<Lookup>,
) -> ProcessStart<'a> {
    let known = Known(start.known);
    let cgroup = tail.field(Tag::CGROUP);
    let container = cgroup.and_then(platform::container);
    let uid = known.has(Known::USER).then_some(start.uid);
    ProcessStart {
        rundown: flags.has(Flags::RUNDOWN),
        parent: None,
        behind: maker::behind(tail),
        image: tail.field(Tag::PATH),
        image_file: file(known, start.device, start.inode),
        image_owner: known.has(Known::OWNER).then_some(start.image_uid),
        script: tail.field(Tag::SCRIPT),
        arguments: tail.field(Tag::ARGUMENTS),
        directory: tail.field(Tag::DIRECTORY),
        uid,
        euid: known.has(Known::USER).then_some(start.euid),
        user: tail
            .field(Tag::USER)
            .and_then(|user| std::str::from_utf8(user).ok())
            .or_else(|| user(users, uid, container.is_some())),
        maker: maker::maker(known, tail),
        integrity: tail
            .field(Tag::INTEGRITY)
            .and_then(|label| std::str::from_utf8(label).ok()),
        login_uid: known.has(Known::LOGIN).then_some(start.login_uid),
        session: known.has(Known::SESSION).then_some(start.session),
        terminal: known.has(Known::SESSION).then_some(start.terminal != 0),
        container,
        cgroup,
    }
}

/// The user's name. In a container, only root's number means the same as outside.
fn user(users: &mut Option<Lookup>, uid: Option<u32>, contained: bool) -> Option<&str> {
    let uid = uid.filter(|uid| !contained || *uid == 0)?;
    users.as_mut()?.user(uid)
}

fn file_written<'a>(
    path: Option<&'a [u8]>,
    header: &Header,
    written: &ring_abi::FileWritten,
    flags: Flags,
    tail: &Tail<'a>,
) -> FileWritten<'a> {
    let known = Known(written.known);
    let opener = key(written.opener_pid, written.opener_start);
    let closer = key(header.pid, header.start_time);
    FileWritten {
        path,
        file: file(known, written.device, written.inode),
        opener: (known.has(Known::OPENER) && opener != closer).then_some(opener),
        created: known.has(Known::CREATED),
        unlinked: flags.has(Flags::UNLINKED),
        size_before: when(written.known, Known::SIZE_BEFORE, written.size_before),
        size_after: when(written.known, Known::SIZE_AFTER, written.size_after),
        bytes_written: when(written.known, Known::BYTES_WRITTEN, written.bytes_written),
        content: content(tail),
    }
}

/// What a record tells of a use by itself; none where it is one of a later version.
fn library_use<'a>(used: &ring_abi::LibraryUse, tail: &Tail<'a>) -> Option<LibraryUse<'a>> {
    let known = Known(used.known);
    Some(LibraryUse {
        library: tail.field(Tag::PATH),
        function: tail.field(Tag::FUNCTION)?,
        family: tail.field(Tag::FAMILY)?,
        purpose: match Purpose(used.purpose) {
            Purpose::COMPRESS => UsePurpose::Compress,
            Purpose::ARCHIVE => UsePurpose::Archive,
            Purpose::ENCRYPT => UsePurpose::Encrypt,
            Purpose(_) => return None,
        },
        uses: used.uses.max(1),
        first: correlator::Time::default(),
        output: None,
        format: tail.field(Tag::FORMAT),
        level: known.has(Known::LEVEL).then_some(used.level as i32),
        passphrase: known.has(Known::PASSPHRASE),
    })
}

fn ended(exit: &ring_abi::Exit) -> Exit {
    let known = exit.known;
    Exit {
        status: Known(known).has(Known::STATUS).then_some(exit.status),
        bytes_read: when(known, Known::BYTES_READ, exit.bytes_read),
        bytes_written: when(known, Known::BYTES_WRITTEN, exit.bytes_written),
        files_read: when(known, Known::COUNTS, exit.files_read),
        directories_read: when(known, Known::COUNTS, exit.directories_read),
        files_written: when(known, Known::COUNTS, exit.files_written),
        files_removed: when(known, Known::COUNTS, exit.files_removed),
    }
}

fn connection(flow: &ring_abi::Flow) -> Flow {
    Flow {
        cookie: flow.cookie,
        outbound: match Direction(flow.direction) {
            Direction::OUTBOUND => Some(true),
            Direction::INBOUND => Some(false),
            Direction(_) => None,
        },
        remote: flow.remote,
        remote_port: flow.remote_port,
        local_port: flow.local_port,
        bytes_sent: when(flow.known, Known::BYTES_WRITTEN, flow.bytes_sent),
        bytes_received: when(flow.known, Known::BYTES_READ, flow.bytes_received),
    }
}

fn content<'a>(tail: &Tail<'a>) -> Content<'a> {
    Content {
        head: tail.field(Tag::CONTENT_HEAD),
        middle: tail.field(Tag::CONTENT_MIDDLE),
        tail: tail.field(Tag::CONTENT_TAIL),
    }
}

fn key(pid: u32, start: u64) -> ProcessKey {
    ProcessKey { pid, start }
}

fn file(known: Known, device: u64, inode: u64) -> Option<FileKey> {
    known.has(Known::FILE).then_some(FileKey { device, inode })
}

fn named_file(named: &FileNamed) -> Option<FileKey> {
    file(Known(named.known), named.device, named.inode)
}

/// A value that holds only where its bit is set.
fn when(known: u32, bit: Known, value: u64) -> Option<u64> {
    Known(known).has(bit).then_some(value)
}

/// The format's name of a kind; none for one of a later version.
pub(crate) fn kind_name(kind: Kind) -> Option<&'static str> {
    let named = Kind::ALL.iter().find(|(named, _)| *named == kind);
    named.map(|(_, name)| *name)
}

/// The format's name of a reason for loss.
pub(crate) fn reason_name(reason: LossReason) -> &'static str {
    let named = LossReason::ALL.iter().find(|(named, _)| *named == reason);
    named.map_or("UNNAMED", |(_, name)| *name)
}

/// What an old name may be relative to: a base that the two names share is told once.
pub(crate) fn old_bases(flags: Flags) -> &'static [Tag] {
    if flags.has(Flags::LOOKUP_FAILED) || flags.has(Flags::TRUNCATED) {
        &[Tag::OLD_BASE_PATH]
    } else {
        &[Tag::OLD_BASE_PATH, Tag::BASE_PATH]
    }
}

/// The fields that a file's name is in.
pub(crate) const NAME: [Tag; 2] = [Tag::PATH, Tag::GIVEN_PATH];

/// The field that a given name is relative to.
pub(crate) const BASE: [Tag; 1] = [Tag::BASE_PATH];

/// The fields that a function's output is in; `PATH` is the library's (tag 0 is never used).
pub(crate) const OUTPUT: [Tag; 2] = [Tag(0), Tag::GIVEN_PATH];

/// The fields that a file's old name is in.
pub(crate) const OLD_NAME: [Tag; 2] = [Tag::OLD_PATH, Tag::OLD_GIVEN_PATH];

#[cfg(test)]
mod tests;
