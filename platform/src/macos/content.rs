//! Files that were closed, opened without getting in anybody's way, and read in few short pieces.
//!
//! Step: source, on the thread that takes looks. Everything may be written, renamed or removed by
//! others meanwhile. Links are not followed, and a file that lies in a cloud is not fetched.

use std::ffi::OsStr;
use std::fs::File;
use std::os::macos::fs::MetadataExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use nix::fcntl::OFlag;

use super::image::device;
use crate::looks::sampling::{self, Opened, Pieces, fill};
use crate::looks::{Sample, Seen, Want};
use crate::unix::opened;

/// Takes a look at a file.
pub(super) fn look(want: &Want) -> Seen {
    match want {
        Want::File {
            path,
            identity,
            closed,
        } => sample(path, *identity, *closed).map_or(Seen::Nothing, Seen::File),
        // Messages say everything of a process.
        Want::Process { .. } => Seen::Nothing,
    }
}

fn sample(path: &[u8], wanted: Option<(u64, u64)>, closed: u64) -> Option<Sample> {
    let path = Path::new(OsStr::from_bytes(path));
    // Opening what lies elsewhere alone would fetch it.
    if std::fs::symlink_metadata(path).ok()?.st_flags() & SF_DATALESS != 0 {
        return None;
    }
    let image = opened::open(path, OFlag::O_NOFOLLOW).ok()??;
    let about = Opened {
        identity: (device(image.identity.device), image.identity.inode),
        size: image.identity.size,
        written: image.identity.modified,
    };
    sampling::sample(&about, &mut Reader(image.file), wanted, closed)
}

struct Reader(File);

impl Pieces for Reader {
    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> usize {
        fill(into, |at, rest| self.0.read_at(rest, offset + at))
    }
}

/// The content is not on this host.
const SF_DATALESS: u32 = 0x4000_0000;
