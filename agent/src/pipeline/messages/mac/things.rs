//! Processes and files of a Mac, as its kernel describes them.
//!
//! Step: all of them, in tests.

use platform::endpoint::running::Running;
use platform::endpoint::{File, Process, Stat, Token};

/// A process, and what it runs.
#[derive(Clone)]
pub(super) struct Ran {
    pub(super) pid: u32,
    pub(super) parent: Token,
    pub(super) version: u32,
    pub(super) start: u64,
    pub(super) image: String,
    pub(super) inode: u64,
    pub(super) owner: u32,
    pub(super) directory: String,
    pub(super) uid: u32,
    pub(super) terminal: bool,
    pub(super) signing: Option<String>,
    pub(super) of_system: bool,
}

/// A file.
#[derive(Clone)]
pub(super) struct Stored {
    pub(super) inode: u64,
    pub(super) size: u64,
    pub(super) content: Option<Vec<u8>>,
}

impl Ran {
    pub(super) fn token(&self) -> Token {
        Token {
            audit_user: if self.terminal { self.uid } else { u32::MAX },
            effective_user: self.uid,
            effective_group: 20,
            real_user: self.uid,
            real_group: 20,
            pid: self.pid,
            audit_session: 100_000,
            version: self.version,
        }
    }

    pub(super) fn process(&self) -> Process<'_> {
        let executable = Stored {
            inode: self.inode,
            size: 90_000,
            content: None,
        };
        let mut executable = executable.at(&self.image);
        if let Some(stat) = &mut executable.stat {
            (stat.uid, stat.mode) = (self.owner, 0o100_755);
        }
        let mut terminal = Stored {
            inode: 9,
            size: 0,
            content: None,
        }
        .at("/dev/ttys003");
        if let Some(stat) = &mut terminal.stat {
            (stat.special, stat.mode) = (268_435_459, 0o020_620);
        }
        Process {
            token: self.token(),
            start: Some(self.start),
            parent: Some(self.parent),
            parent_pid: self.parent.pid,
            original_parent_pid: self.parent.pid,
            responsible: Some(self.token()),
            group: self.pid,
            session: 11,
            is_platform_binary: self.of_system,
            signing_id: self.signing.as_deref().map(str::as_bytes),
            executable,
            terminal: self.terminal.then_some(terminal),
            ..Process::default()
        }
    }

    pub(super) fn running(&self) -> Running {
        Running {
            pid: self.pid,
            parent: self.parent.pid,
            start: self.start,
            version: Some(self.version),
            effective_user: self.uid,
            real_user: self.uid,
            effective_group: 20,
            real_group: 20,
            session: Some(11),
            terminal: if self.terminal { 268_435_459 } else { 0 },
            path: Some(self.image.clone().into()),
            file: Some((DEVICE, self.inode)),
            arguments: format!("{}\0", self.image).into_bytes(),
        }
    }
}

impl Stored {
    pub(super) fn at<'p>(&self, path: &'p str) -> File<'p> {
        File {
            path: path.as_bytes(),
            is_truncated: false,
            stat: Some(Stat {
                device: DEVICE,
                inode: self.inode,
                size: self.size,
                mode: 0o100_644,
                links: 1,
                uid: 501,
                ..Stat::default()
            }),
        }
    }
}

pub(super) fn directory(path: &str) -> File<'_> {
    File {
        path: path.as_bytes(),
        is_truncated: false,
        stat: Some(Stat {
            device: DEVICE,
            inode: 2,
            mode: 0o040_755,
            ..Stat::default()
        }),
    }
}

/// Whether the system brings it.
pub(super) fn is_of_system(image: &str) -> bool {
    let places = [
        "/System/",
        "/usr/bin/",
        "/usr/sbin/",
        "/usr/libexec/",
        "/bin/",
        "/sbin/",
    ];
    places.iter().any(|place| image.starts_with(place))
}

/// Bytes of a file of which a scenario says nothing.
pub(super) const SIZE: u64 = 4_711;

/// The device that all files are on.
pub(super) const DEVICE: u64 = 16_777_234;
