//! What a client listens to, and whose noise it does not want to hear.
//!
//! Step: source. Data, which tests read on every host. Starts and ends of programs are never muted,
//! whoever makes them; of the system's own noisiest services only what they open, map and write is,
//! and of files that belong to the system only their being read. Invariant: no program that packs
//! is muted, and no place that holds anybody's data.

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// What `eslogger` calls it.
    pub name: &'static str,
    /// Its number (`es_event_type_t`, the notification).
    pub number: u32,
    /// What is seen through it; what stays unseen without it.
    pub sees: &'static str,
    /// Whether the product is of use without it.
    pub essential: bool,
}

const fn seen(name: &'static str, number: u32, sees: &'static str) -> Subscription {
    Subscription {
        name,
        number,
        sees,
        essential: false,
    }
}

const fn essential(name: &'static str, number: u32, sees: &'static str) -> Subscription {
    Subscription {
        essential: true,
        ..seen(name, number, sees)
    }
}

/// What is listened to.
pub const SUBSCRIPTIONS: [Subscription; 14] = [
    essential("exec", EXEC, "programs being started"),
    essential("fork", FORK, "processes that others make"),
    essential("exit", EXIT, "processes that end"),
    essential("close", CLOSE, "files that were written being closed"),
    seen("create", CREATE, "files being made"),
    seen("write", WRITE, "files being written while they are open"),
    seen("rename", RENAME, "files getting another name"),
    seen("link", LINK, "files getting one more name"),
    seen("unlink", UNLINK, "files being removed"),
    seen("truncate", TRUNCATE, "files being cut"),
    seen("clone", CLONE, "files being copied by sharing their blocks"),
    seen("copyfile", COPYFILE, "files being copied within the kernel"),
    seen("open", OPEN, "directories whose files are read"),
    seen("mmap", MMAP, "libraries and modules being loaded"),
];

/// A program that is not listened to for everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Muted {
    /// The beginning of its path, or of the path of the file that it is done to.
    pub path: &'static str,
    /// Which of the two.
    pub side: Side,
    /// Numbers of what is not heard.
    pub events: &'static [u32],
}

/// Whose path it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The program's that does it.
    Doer,
    /// The file's that it is done to.
    Target,
}

/// Services of the system that read and write all the time and pack nothing for anybody: the search
/// index, preferences, trust, logs, and the protection against malware, which reads every file.
const SERVICES: [&str; 14] = [
    "/System/Library/Frameworks/CoreServices.framework/Frameworks/Metadata.framework/",
    "/System/Library/Frameworks/CoreServices.framework/Versions/A/Frameworks/Metadata.framework/",
    "/System/Library/PrivateFrameworks/MetadataIndex.framework/",
    "/System/Library/PrivateFrameworks/CoreDuetContext.framework/",
    "/System/Library/PrivateFrameworks/XprotectFramework.framework/",
    "/Library/Apple/System/Library/CoreServices/XProtect.app/",
    "/System/Library/CoreServices/fseventsd",
    "/usr/libexec/logd",
    "/usr/libexec/lsd",
    "/usr/libexec/opendirectoryd",
    "/usr/libexec/syspolicyd",
    "/usr/libexec/trustd",
    "/usr/sbin/cfprefsd",
    "/usr/sbin/distnoted",
];

/// Files of the system itself, which every program reads.
const SYSTEM_FILES: [&str; 8] = [
    "/System/",
    "/usr/lib/",
    "/usr/share/",
    "/Library/Apple/",
    "/dev/",
    "/private/var/db/dyld/",
    "/private/var/db/timezone/",
    "/private/var/db/uuidtext/",
];

/// What services do all the time.
const NOISE: [u32; 4] = [OPEN, MMAP, WRITE, CLOSE];

/// What is done to the system's files all the time.
const READING: [u32; 1] = [OPEN];

/// Everything that is muted by default.
pub fn muted() -> impl Iterator<Item = Muted> {
    let services = SERVICES.into_iter().map(|path| Muted {
        path,
        side: Side::Doer,
        events: &NOISE,
    });
    let files = SYSTEM_FILES.into_iter().map(|path| Muted {
        path,
        side: Side::Target,
        events: &READING,
    });
    services.chain(files)
}

/// Numbers of notifications, as the system's header has them.
const EXEC: u32 = 9;
const OPEN: u32 = 10;
const FORK: u32 = 11;
const CLOSE: u32 = 12;
const CREATE: u32 = 13;
const EXIT: u32 = 15;
const LINK: u32 = 19;
const MMAP: u32 = 20;
const RENAME: u32 = 25;
const UNLINK: u32 = 32;
const WRITE: u32 = 33;
const TRUNCATE: u32 = 41;
const CLONE: u32 = 61;
const COPYFILE: u32 = 110;

#[cfg(test)]
mod tests;
