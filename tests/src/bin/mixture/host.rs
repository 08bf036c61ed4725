//! The made-up host: its clock, its processes and what they do next.
//!
//! Step: tests. Every choice comes from one seeded sequence of numbers, so that two runs are the
//! same. It makes no judgement about what a correlator should say of its doings.

use std::io::{self, Write};

use ring_abi::{
    CaptureStart, CloseReason, DirectoryRead, Encoder, Exit, FileNamed, FileRemoved, FileWritten,
    Flags, Flow, Fork, Header, Kind, Known, LibraryLoad, MAX_RECORD, ProcessStart, RECORDING_MAGIC,
    ReadReason, System, Tag,
};

/// A host that writes its doings to `W`.
pub(crate) struct Host<W> {
    out: W,
    buffer: Vec<u8>,
    live: Vec<Process>,
    next_pid: u32,
    time: u64,
    written: u64,
    chance: u64,
}

#[derive(Clone, Copy)]
struct Process {
    pid: u32,
    start: u64,
}

impl<W: Write> Host<W> {
    /// A host without processes; opens the recording.
    pub(crate) fn new(mut out: W) -> io::Result<Self> {
        out.write_all(&RECORDING_MAGIC)?;
        let mut host = Self {
            out,
            buffer: vec![0; MAX_RECORD],
            live: Vec::new(),
            next_pid: 1,
            time: 1_000_000_000,
            written: 0,
            chance: 0x9e37_79b9_7f4a_7c15,
        };
        let body = CaptureStart {
            wall_time: 1_795_000_000_000_000_000,
            boot_time: host.time,
            system: System::LINUX.0,
            page_size: 4096,
        };
        let none = Process { pid: 0, start: 0 };
        let fields: [(Tag, &[u8]); 2] = [(Tag::HOST, b"made-up"), (Tag::RELEASE, b"6.18")];
        host.put(Kind::CAPTURE_START, none, 0, &body.write(), &fields)?;
        Ok(host)
    }

    /// Records written so far.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Writes what is buffered.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Lets a random process do something; what is frequent on a host is frequent here.
    pub(crate) fn act(&mut self) -> io::Result<()> {
        match self.random(100) {
            0..6 => self.replace_process(),
            6..14 => self.load_library(),
            14..44 => self.write_file(),
            44..72 => self.read_directory(),
            72..84 => self.rename_file(),
            84..96 => self.remove_file(),
            _ => self.use_network(),
        }
    }

    /// A new process: forked by a live one and started, or found when the capture began.
    pub(crate) fn start_process(&mut self, found: bool) -> io::Result<()> {
        let parent = if self.live.is_empty() {
            Process { pid: 0, start: 0 }
        } else {
            self.any_process()
        };
        self.next_pid += 1;
        let start = self.time / CLOCK_GRAIN * CLOCK_GRAIN;
        let process = Process {
            pid: self.next_pid,
            start,
        };
        if !found {
            let body = Fork {
                child_start: start,
                child_pid: process.pid,
                _pad: 0,
            };
            self.put(Kind::FORK, parent, 0, &body.write(), &[])?;
        }
        let program = self.random(PROGRAMS.len() as u64) as usize;
        let (image, arguments) = PROGRAMS[program];
        let known = Known::FILE
            .with(Known::PARENT)
            .with(Known::USER)
            .with(Known::SESSION);
        let body = ProcessStart {
            parent_start: parent.start,
            parent_pid: parent.pid,
            known: known.0,
            device: 65_025,
            inode: 1000 + program as u64,
            uid: 1000,
            euid: 1000,
            gid: 1000,
            egid: 1000,
            session: parent.pid,
            arguments_length: arguments.len() as u32,
            image_mode: 0o100_755,
            ..ProcessStart::default()
        };
        let flags = if found { Flags::RUNDOWN.0 } else { 0 };
        let fields: [(Tag, &[u8]); 3] = [
            (Tag::PATH, image),
            (Tag::ARGUMENTS, arguments),
            (Tag::DIRECTORY, b"/srv/work"),
        ];
        self.put(Kind::PROCESS_START, process, flags, &body.write(), &fields)?;
        self.live.push(process);
        Ok(())
    }

    /// Ends one process and starts another, so that as many live as before.
    fn replace_process(&mut self) -> io::Result<()> {
        let at = self.random(self.live.len() as u64) as usize;
        let process = self.live.swap_remove(at);
        let body = Exit {
            bytes_read: 9000,
            bytes_written: 700,
            files_read: 12,
            files_written: 1,
            directories_read: 3,
            known: Known::COUNTS.with(Known::STATUS).0,
            ..Exit::default()
        };
        self.put(Kind::EXIT, process, 0, &body.write(), &[])?;
        self.start_process(false)
    }

    fn load_library(&mut self) -> io::Result<()> {
        let process = self.any_process();
        let library = self.random(LIBRARIES.len() as u64) as usize;
        let body = LibraryLoad {
            device: 65_025,
            inode: 5000 + library as u64,
            size: 120_000,
            known: Known::FILE.with(Known::SIZE_AFTER).0,
            _pad: 0,
        };
        let fields = [(Tag::PATH, LIBRARIES[library])];
        self.put(Kind::LIBRARY_LOAD, process, 0, &body.write(), &fields)
    }

    fn write_file(&mut self) -> io::Result<()> {
        let process = self.any_process();
        let (path, inode) = self.file();
        let size = 200 + self.random(60_000);
        let known = Known::FILE
            .with(Known::SIZE_BEFORE)
            .with(Known::SIZE_AFTER)
            .with(Known::CREATED);
        let body = FileWritten {
            device: 65_025,
            inode,
            size_after: size,
            opened: self.time - 1000,
            opener_start: process.start,
            opener_pid: process.pid,
            known: known.with(Known::OPENER).0,
            reason: CloseReason::CLOSED.0,
            mode: 0o100_644,
            links: 1,
            uid: 1000,
            ..FileWritten::default()
        };
        let head = self.content();
        let fields: [(Tag, &[u8]); 2] = [(Tag::PATH, &path), (Tag::CONTENT_HEAD, &head)];
        self.put(Kind::FILE_WRITTEN, process, 0, &body.write(), &fields)
    }

    fn read_directory(&mut self) -> io::Result<()> {
        let process = self.any_process();
        let directory = self.random(4000);
        let body = DirectoryRead {
            device: 65_025,
            inode: 100_000 + directory,
            count: 1 + self.random(30),
            reason: ReadReason::FILE_READ.0,
            known: Known::FILE.with(Known::COUNTS).0,
        };
        let path = format!("/srv/work/module-{directory}/src").into_bytes();
        let fields: [(Tag, &[u8]); 2] = [(Tag::PATH, &path), (Tag::NAME, b"lib.rs")];
        self.put(Kind::DIRECTORY_READ, process, 0, &body.write(), &fields)
    }

    fn rename_file(&mut self) -> io::Result<()> {
        let process = self.any_process();
        let (path, inode) = self.file();
        let body = FileNamed {
            device: 65_025,
            inode,
            known: Known::FILE.0,
            call_flags: 0,
        };
        let old = [&path[..], b".tmp"].concat();
        let fields: [(Tag, &[u8]); 2] = [(Tag::PATH, &path), (Tag::OLD_PATH, &old)];
        self.put(Kind::FILE_RENAMED, process, 0, &body.write(), &fields)
    }

    fn remove_file(&mut self) -> io::Result<()> {
        let process = self.any_process();
        let (path, inode) = self.file();
        let body = FileRemoved {
            device: 65_025,
            inode,
            known: Known::FILE.0,
            directory: 0,
        };
        self.put(
            Kind::FILE_REMOVED,
            process,
            0,
            &body.write(),
            &[(Tag::PATH, &path)],
        )
    }

    fn use_network(&mut self) -> io::Result<()> {
        let process = self.any_process();
        let mut remote = [0; 16];
        remote[10..].copy_from_slice(&[0xff, 0xff, 203, 0, 113, 9]);
        let body = Flow {
            cookie: self.time,
            remote,
            local_port: 40_000,
            remote_port: 443,
            protocol: 6,
            direction: 1,
            known: Known::BYTES_WRITTEN.with(Known::BYTES_READ).0,
            bytes_sent: 2000,
            bytes_received: 90_000,
            ..Flow::default()
        };
        self.put(Kind::FLOW_CLOSED, process, 0, &body.write(), &[])
    }

    /// One of the host's files, by name and inode.
    fn file(&mut self) -> (Vec<u8>, u64) {
        let number = self.random(200_000);
        let extension = ["o", "rs", "log", "json", "d", "html"][(number % 6) as usize];
        let module = number % 4000;
        let path = format!("/srv/work/module-{module}/target/file-{number}.{extension}");
        (path.into_bytes(), 200_000 + number)
    }

    /// The head of a file: mostly text, at times machine code; one in two hundred is an archive.
    fn content(&mut self) -> Vec<u8> {
        let head: &[u8] = match self.random(200) {
            0 => b"PK\x03\x04\x14\0\0\0\x08\0",
            1..60 => b"\x7fELF\x02\x01\x01\0",
            _ => b"status=200 path=/index.html agent=browser\n",
        };
        head.iter().copied().cycle().take(512).collect()
    }

    fn any_process(&mut self) -> Process {
        let at = self.random(self.live.len() as u64) as usize;
        self.live[at]
    }

    /// The next number below `below`.
    fn random(&mut self, below: u64) -> u64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        self.chance % below.max(1)
    }

    fn put(
        &mut self,
        kind: Kind,
        process: Process,
        flags: u32,
        body: &[u8],
        fields: &[(Tag, &[u8])],
    ) -> io::Result<()> {
        self.time += 20_000;
        let header = Header {
            flags,
            cpu: 0,
            sequence: self.written,
            time: self.time,
            pid: process.pid,
            tid: process.pid,
            start_time: process.start,
            ..Header::default()
        };
        let mut encoder =
            Encoder::new(&mut self.buffer, kind, header, body).map_err(io::Error::other)?;
        for (tag, value) in fields {
            encoder.field(*tag, value).map_err(io::Error::other)?;
        }
        self.out.write_all(encoder.finish())?;
        self.written += 1;
        Ok(())
    }
}

/// The boot clock's grain for start times, in nanoseconds.
const CLOCK_GRAIN: u64 = 10_000_000;

const PROGRAMS: [(&[u8], &[u8]); 8] = [
    (b"/usr/bin/dash", b"sh\0-c\0make\0"),
    (b"/usr/bin/gcc", b"gcc\0-c\0main.c\0-o\0main.o\0"),
    (b"/usr/sbin/nginx", b"nginx: worker process\0"),
    (b"/usr/bin/python3.11", b"python3\0/srv/work/serve.py\0"),
    (b"/usr/bin/git", b"git\0status\0--porcelain\0"),
    (b"/usr/bin/rsync", b"rsync\0-a\0/srv/work\0/srv/copy\0"),
    (
        b"/usr/lib/postgresql/15/bin/postgres",
        b"postgres: writer\0",
    ),
    (b"/usr/bin/tar", b"tar\0-xf\0release.tar\0"),
];

const LIBRARIES: [&[u8]; 6] = [
    b"/usr/lib/x86_64-linux-gnu/libc.so.6",
    b"/usr/lib/x86_64-linux-gnu/libz.so.1.2.13",
    b"/usr/lib/x86_64-linux-gnu/libcrypto.so.3",
    b"/usr/lib/x86_64-linux-gnu/libpcre2-8.so.0",
    b"/usr/lib/x86_64-linux-gnu/libselinux.so.1",
    b"/usr/lib/x86_64-linux-gnu/libm.so.6",
];
