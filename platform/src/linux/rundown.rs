//! What already runs when the capture begins, told as records with the `RUNDOWN` flag.
//!
//! Step: source. Processes with their programs, their executable mappings, and the regular files
//! that they hold open for writing, all from /proc. It works in slices, so that the ring is drained
//! in between; a process that ends meanwhile is left out or told in part, as /proc gives it.

use std::collections::VecDeque;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use ring_abi::{
    Encoder, FileOpened, Flags, Header, Kind, Known, LibraryLoad, MAX_RECORD, ProcessStart, Tag,
};

use super::system;

/// A rundown in progress.
pub(super) struct Rundown {
    /// Processes still to be told; `None` before the first slice.
    pids: Option<VecDeque<u32>>,
    buffer: Box<[u8; MAX_RECORD]>,
}

impl Rundown {
    pub(super) fn new() -> Self {
        Self {
            pids: None,
            buffer: Box::new([0; MAX_RECORD]),
        }
    }

    /// Whether everything was told.
    pub(super) fn is_done(&self) -> bool {
        self.pids.as_ref().is_some_and(VecDeque::is_empty)
    }

    /// Tells processes until at least `limit` records were handed out; gives their number.
    pub(super) fn slice(&mut self, limit: usize, take: &mut dyn FnMut(&[u8])) -> usize {
        let pids = self.pids.get_or_insert_with(all_processes);
        let mut records = 0;
        while records < limit
            && let Some(pid) = pids.pop_front()
        {
            if let Some(process) = Process::read(pid) {
                records += process.tell(&mut self.buffer[..], take);
            }
        }
        records
    }
}

/// Every process except this one, in the order of their numbers.
fn all_processes() -> VecDeque<u32> {
    let own = std::process::id();
    let mut pids: Vec<u32> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|&pid| pid != own)
        .collect();
    pids.sort_unstable();
    pids.into()
}

/// What /proc says of a process.
struct Process {
    pid: u32,
    folder: PathBuf,
    stat: Stat,
}

/// The fields of `/proc/PID/stat` that a record needs (`proc_pid_stat(5)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    session: u32,
    terminal: u32,
    start: u64,
}

impl Process {
    fn read(pid: u32) -> Option<Self> {
        let folder = PathBuf::from(format!("/proc/{pid}"));
        let stat = stat(&fs::read(folder.join("stat")).ok()?)?;
        Some(Self { pid, folder, stat })
    }

    fn tell(&self, buffer: &mut [u8], take: &mut dyn FnMut(&[u8])) -> usize {
        // Kernel threads have no program.
        let Ok(image) = fs::read_link(self.folder.join("exe")) else {
            return 0;
        };
        let mut records = usize::from(self.tell_start(&image, buffer, take));
        let libraries = libraries(&self.folder, &image);
        for library in libraries {
            records += usize::from(self.tell_library(&library, buffer, take));
        }
        records + self.tell_open_files(buffer, take)
    }

    fn header(&self, truncated: bool, failed: bool) -> Header {
        let mut flags = Flags::RUNDOWN;
        if truncated {
            flags = flags.with(Flags::TRUNCATED);
        }
        if failed {
            flags = flags.with(Flags::LOOKUP_FAILED);
        }
        let time = system::clocks().map_or(0, |clocks| clocks.boot);
        Header {
            flags: flags.0,
            cpu: u32::MAX,
            time,
            pid: self.pid,
            tid: self.pid,
            start_time: self.stat.start,
            ..Header::default()
        }
    }

    fn tell_start(&self, image: &Path, buffer: &mut [u8], take: &mut dyn FnMut(&[u8])) -> bool {
        let mut body = ProcessStart {
            parent_pid: self.stat.parent,
            session: self.stat.session,
            terminal: self.stat.terminal,
            known: Known::SESSION.0,
            ..ProcessStart::default()
        };
        if let Some(parent) = Self::read(self.stat.parent) {
            body.parent_start = parent.stat.start;
            body.known |= Known::PARENT.0;
        }
        if let Ok(meta) = fs::metadata(self.folder.join("exe")) {
            body.device = meta.dev();
            body.inode = meta.ino();
            body.image_mode = meta.mode();
            body.image_uid = meta.uid();
            body.known |= Known::FILE.0 | Known::OWNER.0;
        }
        let status = fs::read_to_string(self.folder.join("status")).unwrap_or_default();
        if let (Some([uid, euid]), Some([gid, egid])) =
            (identifiers(&status, "Uid:"), identifiers(&status, "Gid:"))
        {
            (body.uid, body.euid, body.gid, body.egid) = (uid, euid, gid, egid);
            body.known |= Known::USER.0;
        }
        let login = system::line(self.folder.join("loginuid")).and_then(|text| text.parse().ok());
        if let Some(login) = login.filter(|&uid| uid != u32::MAX) {
            body.login_uid = login;
            body.known |= Known::LOGIN.0;
        }
        let arguments = fs::read(self.folder.join("cmdline")).unwrap_or_default();
        body.arguments_length = arguments.len() as u32;
        let kept = &arguments[..arguments.len().min(FIELD)];
        let directory = fs::read_link(self.folder.join("cwd"));
        let cgroup = control_group(&self.folder);

        let (image, unlinked) = without_deleted_mark(image.as_os_str().as_bytes());
        let mut header = self.header(kept.len() < arguments.len(), directory.is_err());
        if unlinked {
            header.flags |= Flags::UNLINKED.0;
        }
        record(
            buffer,
            Kind::PROCESS_START,
            header,
            &body.write(),
            take,
            |encoder| {
                encoder.field(Tag::PATH, image)?;
                encoder.field(Tag::ARGUMENTS, kept)?;
                if let Ok(directory) = &directory {
                    encoder.field(Tag::DIRECTORY, directory.as_os_str().as_bytes())?;
                }
                if let Some(cgroup) = &cgroup {
                    encoder.field(Tag::CGROUP, cgroup.as_bytes())?;
                }
                Ok(())
            },
        )
    }

    fn tell_library(
        &self,
        library: &Library,
        buffer: &mut [u8],
        take: &mut dyn FnMut(&[u8]),
    ) -> bool {
        let body = LibraryLoad {
            device: library.device,
            inode: library.inode,
            known: Known::FILE.0,
            ..LibraryLoad::default()
        };
        let (path, unlinked) = without_deleted_mark(&library.path);
        let mut header = self.header(false, false);
        if unlinked {
            header.flags |= Flags::UNLINKED.0;
        }
        record(
            buffer,
            Kind::LIBRARY_LOAD,
            header,
            &body.write(),
            take,
            |encoder| encoder.field(Tag::PATH, path),
        )
    }

    fn tell_open_files(&self, buffer: &mut [u8], take: &mut dyn FnMut(&[u8])) -> usize {
        let entries = fs::read_dir(self.folder.join("fd"))
            .into_iter()
            .flatten()
            .flatten();
        let mut records = 0;
        for entry in entries.take(DESCRIPTORS) {
            let Ok(path) = fs::read_link(entry.path()) else {
                continue;
            };
            if !path.is_absolute() || path.starts_with("/dev") || path.starts_with("/proc") {
                continue;
            }
            let information = self.folder.join("fdinfo").join(entry.file_name());
            if !fs::read_to_string(information).is_ok_and(|text| is_writable(&text)) {
                continue;
            }
            let Ok(meta) = fs::metadata(entry.path()) else {
                continue;
            };
            if !meta.is_file() {
                continue;
            }
            let body = FileOpened {
                device: meta.dev(),
                inode: meta.ino(),
                size: meta.size(),
                known: Known::FILE.0 | Known::SIZE_AFTER.0,
                mode: meta.mode(),
            };
            let (path, unlinked) = without_deleted_mark(path.as_os_str().as_bytes());
            let mut header = self.header(false, false);
            if unlinked {
                header.flags |= Flags::UNLINKED.0;
            }
            records += usize::from(record(
                buffer,
                Kind::FILE_OPENED,
                header,
                &body.write(),
                take,
                |encoder| encoder.field(Tag::PATH, path),
            ));
        }
        records
    }
}

/// Builds a record and hands it out; a field that does not fit leaves the record out.
fn record(
    buffer: &mut [u8],
    kind: Kind,
    header: Header,
    body: &[u8],
    take: &mut dyn FnMut(&[u8]),
    fields: impl FnOnce(&mut Encoder<'_>) -> Result<(), ring_abi::EncodeError>,
) -> bool {
    let built = Encoder::new(buffer, kind, header, body)
        .and_then(|mut encoder| fields(&mut encoder).map(|()| encoder));
    match built {
        Ok(encoder) => {
            take(encoder.finish());
            true
        }
        Err(_) => false,
    }
}

/// A mapped library.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Library {
    path: Vec<u8>,
    device: u64,
    inode: u64,
}

/// The files that are mapped executable, without the program itself.
fn libraries(folder: &Path, image: &Path) -> Vec<Library> {
    let maps = fs::read(folder.join("maps")).unwrap_or_default();
    let mut found: Vec<Library> = Vec::new();
    for line in maps.split(|&byte| byte == b'\n') {
        if let Some(library) = library(line)
            && library.path != image.as_os_str().as_bytes()
            && !found.contains(&library)
        {
            found.push(library);
        }
    }
    found
}

/// A line of `/proc/PID/maps` (`proc_pid_maps(5)`), where it is an executable mapping of a file.
fn library(line: &[u8]) -> Option<Library> {
    let mut parts = line.splitn(6, |&byte| byte == b' ');
    let _range = parts.next()?;
    let permissions = parts.next()?;
    let _offset = parts.next()?;
    let device = std::str::from_utf8(parts.next()?).ok()?;
    let inode: u64 = std::str::from_utf8(parts.next()?).ok()?.parse().ok()?;
    let path = parts.next()?.trim_ascii_start();
    if permissions.get(2) != Some(&b'x') || path.first() != Some(&b'/') || inode == 0 {
        return None;
    }
    let (major, minor) = device.split_once(':')?;
    let (major, minor) = (
        u64::from_str_radix(major, 16).ok()?,
        u64::from_str_radix(minor, 16).ok()?,
    );
    let device = nix::sys::stat::makedev(major, minor);
    Some(Library {
        path: path.to_vec(),
        device,
        inode,
    })
}

/// Reads `/proc/PID/stat`; the name in parentheses may hold anything, so fields count from the
/// last parenthesis.
fn stat(text: &[u8]) -> Option<Stat> {
    let end = text.iter().rposition(|&byte| byte == b')')?;
    let rest = std::str::from_utf8(text.get(end + 2..)?).ok()?;
    let fields: Vec<&str> = rest.split(' ').collect();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
        terminal: fields.get(4)?.parse::<i32>().ok()? as u32,
        start: fields.get(19)?.parse::<u64>().ok()? * TICK,
    })
}

/// Real and effective identifiers of a line of `/proc/PID/status`.
fn identifiers(status: &str, label: &str) -> Option<[u32; 2]> {
    let line = status.lines().find_map(|line| line.strip_prefix(label))?;
    let mut numbers = line.split_whitespace();
    Some([numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?])
}

/// The path in the default hierarchy of control groups.
fn control_group(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join("cgroup")).ok()?;
    text.lines()
        .find_map(|line| line.strip_prefix("0::"))
        .map(str::to_owned)
}

/// Whether `/proc/PID/fdinfo/N` says that the descriptor may write (`O_ACCMODE` in octal flags).
fn is_writable(text: &str) -> bool {
    text.lines()
        .find_map(|line| line.strip_prefix("flags:"))
        .and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok())
        .is_some_and(|flags| flags & 3 != 0)
}

/// /proc marks files without a name by a suffix.
fn without_deleted_mark(path: &[u8]) -> (&[u8], bool) {
    match path.strip_suffix(b" (deleted)") {
        Some(path) => (path, true),
        None => (path, false),
    }
}

/// Nanoseconds of a clock tick as /proc counts them (`USER_HZ` is 100 on every architecture here).
const TICK: u64 = 10_000_000;
/// Longest argument list that is kept.
const FIELD: usize = 4095;
/// Descriptors of one process that are looked at.
const DESCRIPTORS: usize = 1024;

#[cfg(test)]
mod tests;
